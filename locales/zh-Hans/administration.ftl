# 六项标准的门槛及其版本。
policies-lead = 现行的是协议第 { $agreement } 版、门槛第 { $thresholds } 版。
policies-lead-about = 已发布的版本不再修改，只由新版取代；每一版都注明由谁发布、为何发布。
policies-published-by = 由{ $who }发布
policies-agreement = 联盟协议
policies-thresholds = 六项标准的门槛
policies-thresholds-about = 每份申请都按现行门槛核验。已作出的决定保留当时依据的数值。
policies-thresholds-change = 修改门槛
thresholds-title = 门槛第 { $version } 版
thresholds-about = 表格中是现行数值，请只改需要改的。下一页会列出变更内容，在那之前不会发布。
thresholds-hint = 现行：{ $now }。可填 { $least } 至 { $most }。
thresholds-look = 查看变更内容
thresholds-preview-title = 门槛第 { $version } 版尚未发布。
thresholds-touched = { $count ->
    [0] 目前没有未决的申请。此后申请的商家按新门槛核验。
   *[other] { $count } 份未决的申请将按新门槛核验。已作出的决定不变。
}
thresholds-what = 门槛
thresholds-from = 现行
thresholds-to = 新值
thresholds-publish-about = 发布后立即生效，适用于所有未决的申请，并显示在公开的规则页上。
thresholds-edit = 返回修改数值
thresholds-changed = 您打开页面之后，已有人发布了第 { $version } 版，因此没有执行任何操作。您的改动仍在表格中，其余为现行数值。请重新查看。
thresholds-same = 没有任何变更：这些就是现行门槛。
thresholds-bounds = 请填写 { $least } 至 { $most }之间的数。
thresholds-number-whole = 请填写整数，例如 12。
thresholds-number-percent = 请填写百分比，最多两位小数，例如 97.5。
thresholds-number-stars = 请填写数字，最多一位小数，例如 4.2。
done-thresholds-published = 新门槛已发布并生效。
threshold-tenure-months = 在本平台的经营记录不少于
threshold-deception-findings-max = 认定欺诈的次数不超过
threshold-deception-window-months = 欺诈认定的计入期限
threshold-completion-rate-min = 完成率不低于（%）
threshold-dispute-rate-max = 纠纷率不高于（%）
threshold-rating-min = 评分不低于
threshold-reputation-orders-min = 由审核员判断的已付款订单数，少于
threshold-reputation-window-months = 订单的计入期限
threshold-domain-verified-within-days = 距上次验证域名不超过
threshold-months = { $count } 个自然月
threshold-days = { $count } 天
threshold-changed = { $what }：{ $from } → { $to }
audit-action-thresholds-publish = 发布了新门槛
audit-subject-thresholds = 门槛第 { $version } 版
