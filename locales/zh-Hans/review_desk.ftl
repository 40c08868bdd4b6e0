changes-heading = 有何变化
changes-since-sent = 与 { $when }提交的内容相比。
changes-since-approved = 与 { $day }通过的申请相比。
changes-since-rejected = 与 { $day }未通过的申请相比。
changes-since-withdrawn = 与 { $day }撤回的申请相比。
changes-see-earlier = 查看以前的申请
changes-none = 资料和材料都没有变化。
changes-question = 询问
changes-answer = 答复
changes-detail-registered_name = 登记名称
changes-detail-registration_number = 登记号
changes-detail-address = 地址
changes-detail-responsible_person = 负责人
changes-detail-about = 经营内容
changes-before = 原为：
changes-now = 现为：
changes-nothing = 未填写
changes-added = 新增
changes-removed = 移除
changes-kept = 未变
changes-kept-count = { $count ->
    [one] 一份材料
   *[other] { $count } 份材料
}

checks-title = { $merchant }：域名检查
checks-about = 每个域名的每次检查，最新的在前。已验证的域名每天检查一次，其他域名由成员发起检查。这里的记录不能更改。
checks-heading = 域名检查
checks-none = 没有检查记录。
checks-all = 查看全部检查
checks-cut = 显示最近 { $all } 项结果中的 { $count } 项。
checks-domain = 域名
checks-result = 结果
checks-when = 时间
checks-how-heading = 方式
checks-how = { $how }，{ $who }
checks-how-file = 检查文件
checks-by = 由{ $who }发起
checks-by-clock = 每日检查
checks-several = 共 { $count } 次，始于 { $day }
checks-verified = 已验证
checks-failed = 未验证
checks-why-not-resolved = 域名无法解析。
checks-why-not-public = 没有公共互联网地址。
checks-why-not-secure = 跳转到了未加密的地址。
checks-why-not-reached = 无法连接，或证书无效。
checks-why-too-slow = 5 秒内没有响应。
checks-why-no-file = 没有找到文件。
checks-why-too-large = 文件过大。
checks-why-too-many-redirects = 跳转次数过多。
checks-why-wrong-token = 文件内容不符。
checks-why-token-expired = 内容已过期。
checks-why-taken = 已由另一家商家验证。

documents-from-earlier = 来自以前的申请
documents-taken-over = 来自您以前的申请
documents-taken-over-about = 以前申请的材料已经带入。请查看是否仍然有效，移除已失效的材料。
details-taken-over = 已填入您以前申请的资料，请核对是否仍然正确。
