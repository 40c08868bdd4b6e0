merchant-record = 信用档案
merchant-record-about = 您的等级与下一等级的要求、买家评分，以及逐月的图表。

rating-title = 评价“{ $title }”
rating-lead-buyer-open = 这次在 { $merchant } 买得怎么样？
rating-lead-buyer-blind = 您已评价此订单。商家要到 { $moment }，或在答复之后，才能看到。
rating-lead-buyer-published = 您的评价已公开，商家尚未答复。
rating-lead-buyer-answered = 您的评价和商家的答复都已公开。
rating-lead-merchant-open = 买家还没有评价此订单。
rating-lead-merchant-blind = 买家已评价此订单。您要到 { $moment }，或在答复之后，才能看到。
rating-lead-merchant-published = 买家的评价已公开。您可以答复一次。
rating-lead-merchant-answered = 买家的评价和您的答复都已公开。
rating-how = 三项各打 1 到 5 分。商家会知道您已评价，但要等它答复之后，或 7 天之后，才能看到内容。届时所有人都能看到，但不会显示您的姓名。
rating-until = 请在 { $moment } 前评价。
rating-ask-goods = 商品
rating-ask-service = 服务
rating-ask-delivery = 交付
rating-marks-hint = 5 分最好，1 分最差。
rating-mark-5 = 5 分，很好
rating-mark-4 = 4 分，好
rating-mark-3 = 3 分，一般
rating-mark-2 = 2 分，差
rating-mark-1 = 1 分，很差
rating-missing-goods = 请为商品打分。
rating-missing-service = 请为服务打分。
rating-missing-delivery = 请为交付打分。
rating-words = 写几句话（选填）
rating-words-hint = 哪些话对下一位买家有帮助？请勿写姓名和地址，所有人都能看到。
rating-do = 提交评价
rating-once = 每笔订单只能评价一次，不能修改，也不能撤回。
rating-yours = 您的评价
rating-the-buyers = 买家的评价
rating-no-words = 没有留言。
rating-answer-of = { $merchant } 的答复
rating-answer = 答复此评价
rating-answer-blind = 您还没有看到这条评价。现在答复，双方的话将立即原样公开；若愿意等，可以先看到评价再答复。
rating-answer-words = 您的答复
rating-answer-hint = 所有人都能看到。只能答复一次，不能修改。
rating-answer-do = 公开此答复
rating-answer-do-blind = 不看评价直接答复，并公开双方的话
rating-mean = { $mean } 分（满分 5 分）
rating-part-goods = 商品 { $mark }
rating-part-service = 服务 { $mark }
rating-part-delivery = 交付 { $mark }
rating-by-buyer = 买家评价于
rating-refused-not-completed = 此订单没有完成，不能评价。只有履行并结清的订单才能评价。
rating-refused-too-late = 评价此订单的 30 天期限已过，订单不再有评价。
rating-refused-self-dealt = 此订单的买家与商家有关联，不能评价。
rating-refused-rated = 此订单已经评价过。评价只有一次，不能更改。
rating-refused-not-rated = 买家还没有评价此订单，暂无可答复的内容。
rating-refused-replied = 此评价已经答复过。答复只有一次，不能更改。
done-rated = 谢谢。您的评价已原样保存。
done-rating-answered = 您的答复已和评价一起公开。
form-required-reply = 请写下您的答复。

record-title = 信用档案
record-lead = 您现在是{ $tier }。距离{ $next }还有 { $left } 项条件未达到。
record-lead-top = 您现在是{ $tier }，已是最高等级。
record-lead-soon = 您现在是{ $tier }。信用档案将于今夜计算。
record-lead-none = 您没有信用标识，因此没有等级。但您的交易照样计入档案。
record-night = 信用档案每夜根据最近十二个月计算。等级只看订单，级别只看买家的评价，两者互不影响。
record-waiting = 有 { $count } 条评价等您答复
record-waiting-how = 您答复之后，或到了公开之日，就能看到评价。
record-waiting-until = 公开时间：
record-what-completed = 已完成订单
record-what-dispute-rate = 纠纷率
record-what-months-trusted = 成为信用商家的月数
record-needs-completed = 至少 { $value }
record-needs-dispute-rate = 至多 { $value }
record-needs-months-trusted = 至少 { $value }
record-of-paid = 共 { $count } 笔已付款
record-completion-rate = 完成率
record-completion-about = 已结束订单中完成的比例
record-dispute-about = 已付款订单中有纠纷的比例
record-rating-count = { $count ->
    [0] 暂无评价
   *[other] { $count } 条评价
}
record-tier = 保障：您的等级
record-tier-about = 等级表明您的订单有怎样的保障。它每夜随信用档案升降。
record-next = { $tier }的要求
record-met = 已达到
record-not-met = 未达到
record-measured = 实际
record-from = 统计范围：{ $since }至{ $until }之间付款的订单和公开的评价。
record-left-out = 有 { $count } 笔订单因买卖双方有关联而未计入。
record-rank = 评价：您的级别
record-rank-about = 三项平均 4 分及以上的订单加一分，不足 3 分的减一分。级别取决于所有已评价订单的总和。
record-score = 总和 { $score }
record-months = 逐月情况
record-month = 月份
record-paid = 付款
record-completed = 完成
record-refunded = 退款
record-disputed = 纠纷
record-ratings = 评价
record-mean = 平均分
record-as-table = 以表格查看
record-plot-orders = 各月结束的订单
record-plot-orders-about = 每月一根柱：下段为已完成的订单，上段为款项退回的订单。最高的一根代表 { $most } 笔。具体数字见下方表格。
record-plot-ratings = 各月平均评分
record-plot-ratings-about = 有评价的月份各有一点，位于 1 到 5 之间。具体数字见下方表格。
record-no-ratings = 还没有公开的评价。
record-ratings-published = 买家评价
record-empty = 有了第一笔已付款的订单，信用档案就开始了
record-empty-how = 当夜即会计算：订单、纠纷、评价，以及由此得到的等级。
rank-none = 暂无级别
rank-heart = { $count } 心
rank-diamond = { $count } 钻
rank-crown = { $count } 皇冠
rank-golden-crown = { $count } 金冠
rank-next = 再得 { $left } 分即为{ $rank }。

credit-tier-title = 等级的由来
credit-tier-trusted = 已通过全部六项标准的审核。更高的等级取决于信用档案。
credit-ratings-title = 买家的感受
credit-all-published = 最新的评价，买家怎样写就怎样登，并附商家的答复。双方都写完之前，或 7 天之内，没有人能看到。

rules-tiers = 等级
rules-tiers-text = 信用商家的等级每夜根据此前十二个月计算，可升可降。买卖双方若共用商家身份、浏览器或收付款账户，其订单不计入档案，也不受保障。
rules-tier-needs = 至少 { $completed } 笔已完成订单，有纠纷的不超过已付款订单的 { $disputes }，成为信用商家满 { $months } 个月
rules-ratings = 评价
rules-ratings-text = 订单完成后{ $window }内，买家可以就商品、服务和交付各打 1 到 5 分，只有一次。商家可以答复一次。双方的话一起公开；商家不答复的，{ $blind }后单独公开评价。在此之前其他人都看不到。公开的评价不会更改，也不会删除。
rules-rank-text = 三项平均 4 分及以上的订单加一分，不足 3 分的减一分。总和达到 4 为心，251 为钻，10,001 为皇冠，500,001 为金冠。评价不影响等级，等级也不影响级别。

self-dealt-checkout = 您与此商家有关联。
self-dealt-order = 此订单的买家与商家有关联。
self-dealt-link-membership = 买家是商家的成员。
self-dealt-link-device = 商家的人曾在买家的浏览器上登录。
self-dealt-link-payment-account = 双方共用同一个收付款账户。
self-dealt-follows = 订单照常进行，款项照常托管。但此订单不受保障，不能评价，也不计入任何档案。
order-event-find-self-dealt = 发现买家与商家有关联：此订单不受保障，也不计入档案

mail-order-self-dealt-subject = “{ $title }”不受保障
mail-order-self-dealt-body = 我们发现“{ $title }”（{ $price }）的买家与商家有关联：双方共用商家身份、浏览器或收付款账户。

    订单照常进行。但它不受保障，不能评价，也不计入任何档案。
mail-order-self-dealt-action = 查看订单
mail-rating-received-subject = “{ $title }”有了评价
mail-rating-received-body = “{ $title }”的买家已评价此订单。您要到 { $due_at }，或在答复之后，才能看到。

    若在看到之前答复，双方的话将立即公开。
mail-rating-received-action = 查看可以怎么做
mail-rating-published-subject = “{ $title }”的评价已公开：{ $rating } 分
mail-rating-published-body = “{ $title }”的买家给了 { $rating } 分（满分 5 分），并写道：{ $words }
mail-rating-published-action = 查看评价
mail-rating-answered-subject = 商家答复了您对“{ $title }”的评价
mail-rating-answered-body = 商家写道：{ $reply }

    您的评价和这条答复现已公开，不显示您的姓名。
mail-rating-answered-action = 查看两者
mail-badge-tier-raised-subject = 您的标识升为{ $tier }
mail-badge-tier-raised-body = 您的标识 { $code } 已由{ $before }升为{ $tier }：最近十二个月完成 { $completed } 笔订单，有纠纷的占已付款订单的 { $disputes }，成为信用商家已 { $months } 个月。

    所有展示标识之处都会显示。
mail-badge-tier-raised-action = 查看信用档案
mail-badge-tier-lowered-subject = 您的标识降为{ $tier }
mail-badge-tier-lowered-body = 您的标识 { $code } 已由{ $before }降为{ $tier }：最近十二个月完成 { $completed } 笔订单，有纠纷的占已付款订单的 { $disputes }，成为信用商家已 { $months } 个月。

    信用档案中列有{ $before }的要求。等级每夜重新计算。
mail-badge-tier-lowered-action = 查看信用档案

order-to-rating = 评价此订单，或查看评价
order-to-rating-merchant = 查看此订单的评价
