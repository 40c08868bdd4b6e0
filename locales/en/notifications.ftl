mail-greeting = Hello { $name },
mail-greeting-nameless = Hello,
mail-action = Open it on Surety
mail-copy-link = If the button does not work, copy this address into your browser:
mail-why = You get this mail because { $email } was given on our site, for an account or an order. We never ask for your password by mail. Every real link of ours begins with { $home }
notifications-title = Notifications
notifications-lead = { $count ->
    [0] Nothing new.
    [one] One thing is new.
   *[other] { $count } things are new.
}
notifications-all = All notifications
notifications-new-mark = (new)
notifications-none = No notifications yet
notifications-none-hint = When money moves or a date comes near, it is said here and by mail.
notifications-read-all = Mark all as read
done-notifications-read = Everything is marked as read.
dev-mail-title = Mails
dev-mail-none = No mail yet
dev-mail-none-hint = What the worker makes of the outbox is shown here.
dev-mail-to = To
dev-mail-state = State
dev-mail-written = Written
dev-mail-link = Link
dev-mail-html = HTML
dev-mail-sent = sent
dev-mail-waits = waits to be sent
dev-mail-parked = parked, not tried again
# What tests and the development pages tell somebody.
mail-dev-sample-subject = Sample: { $amount } for { $title }
mail-dev-sample-body =
    This is what a mail looks like. { $amount } for { $title } is held safely.

    Do something by { $due_at }.
mail-dev-sample-action = See the sample
