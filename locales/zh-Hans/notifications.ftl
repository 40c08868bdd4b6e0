mail-greeting = { $name }，您好：
mail-greeting-nameless = 您好：
mail-action = 在 Surety 中查看
mail-copy-link = 如果按钮无法打开，请把下面的网址复制到浏览器中：
mail-why = 您收到这封邮件，是因为有人在本站的账户或订单中填写了 { $email }。我们绝不会通过邮件索要密码，真正来自我们的链接一律以 { $home } 开头。
notifications-title = 通知
notifications-lead = { $count ->
    [0] 没有新通知。
   *[other] 有 { $count } 条新通知。
}
notifications-all = 全部通知
notifications-new-mark = （新）
notifications-none = 还没有通知
notifications-none-hint = 款项有变动或期限临近时，会在这里和邮件中告知您。
notifications-read-all = 全部标为已读
done-notifications-read = 已全部标为已读。
dev-mail-title = 邮件
dev-mail-none = 还没有邮件
dev-mail-none-hint = 后台进程由待发消息生成的邮件会显示在这里。
dev-mail-to = 收件人
dev-mail-state = 状态
dev-mail-written = 写入时间
dev-mail-link = 链接
dev-mail-html = HTML
dev-mail-sent = 已发送
dev-mail-waits = 等待发送
dev-mail-parked = 已搁置，不再重试
# 供测试和开发页面使用。
mail-dev-sample-subject = 示例：{ $title }，{ $amount }
mail-dev-sample-body =
    邮件就是这个样子。“{ $title }”的 { $amount } 已安全保管。

    请在 { $due_at }前处理。
mail-dev-sample-action = 查看示例
