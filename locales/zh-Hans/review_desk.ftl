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
