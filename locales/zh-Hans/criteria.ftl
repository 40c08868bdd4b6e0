criterion-agreement = 已签署联盟协议
criterion-tenure = 在本平台有经营记录
criterion-no_deception = 没有欺诈消费者
criterion-reputation = 信誉良好
criterion-domain = 网站确由其掌控
criterion-identity = 身份属实
criterion-about-agreement = 已代表商家签署现行版本的联盟协议。
criterion-about-tenure = 自首次签署协议之日起算，或自工作人员说明理由后登记的日期起算。
criterion-about-tenure-signed = 自首次签署协议之日起算。
criterion-about-tenure-record = 自工作人员说明理由后登记的日期起算。
criterion-about-no_deception = 调解员裁定成立、且认定存在欺诈的纠纷。
criterion-about-reputation = 看已付款订单的完成情况、纠纷比例和买家评分。
criterion-about-reputation-few = 已付款订单太少，无法衡量，由审核员判断商家的信誉。
criterion-about-reputation-open = 目前衡量到的内容没有不利之处，但还有部分暂时无法衡量，由审核员判断。
criterion-about-domain = 商家已证明展示标识的网站由其掌控。
criterion-about-identity = 审核员把登记名称和登记号、地址、负责人与证照核对。
criterion-met-met = 符合
criterion-met-not_met = 不符合
criterion-met-needs_judgement = 由审核员判断
criterion-measured = 实际情况
criterion-needed = 要求
criterion-evaluated = 核验日期
criterion-earliest = 最早可在{ $date }达到要求。
criterion-completed = 完成率
criterion-disputed = 纠纷率
criterion-rating = 评分
criterion-orders = 已付款订单
criterion-newest = 最近 { $count } 笔
criterion-at-least = { $value }（不低于 { $limit }）
criterion-at-most = { $value }（不高于 { $limit }）
criterion-none-yet = 暂无
criterion-signed = 已于{ $date }签署第 { $version } 版
criterion-signed-older = 已签署第 { $signed } 版，现行版本为第 { $current } 版
criterion-not-signed = 未签署
criterion-record = { $months ->
    [0] { $days } 天
   *[other] { $months } 个月零 { $days } 天
}，自{ $since }起
criterion-no-record = 尚无记录
criterion-findings = { $count ->
    [0] 无
   *[other] { $count } 起
}
criterion-paid = { $count ->
    [0] 没有已付款订单
   *[other] { $count } 笔已付款订单
}
criterion-domain-verified = { $domain }，{ $date }验证
criterion-no-domain = 没有已验证的域名
criterion-given = 已提供 { $asked } 项资料中的 { $given } 项
criterion-need-signed = 签署现行版本
criterion-need-months = { $months ->
    [0] 签署协议即可
   *[other] 满 { $months } 个自然月
}
criterion-need-findings = { $max ->
    [0] { $months } 个月内没有
   *[other] { $months } 个月内不超过 { $max } 起
}
criterion-need-rates = { $months } 个月内完成率不低于 { $completed }，纠纷率不高于 { $disputed }，评分不低于 { $rating }；已付款订单不足 { $orders } 笔时由审核员判断
criterion-need-domain = 最近 { $days } 天内验证过
criterion-need-judged = 审核员判断为属实
