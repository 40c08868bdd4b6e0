brand = Surety
skip-to-content = Skip to the content
nav-main = Main
nav-verify = Check a shop
nav-directory = Directory
nav-rules = Rules
nav-sign-in = Sign in
nav-register = Create an account
nav-sign-out = Sign out
nav-account = Account
nav-orders = Purchases
nav-merchant = Shop
nav-staff = Staff
nav-notifications = Notifications
nav-unread = unread
footer-language = Language
footer-about = Surety holds the money until the promise is kept.
footer-not-a-bank = Not a bank. See the rules for what is covered.
form-required = Fill this in.
form-no-links = Leave out web and mail addresses: this text is sent by mail.
form-day = Enter a day between 1900 and 2199, such as 2026-03-15.
form-one-line = Write this on one line.
form-too-long = Use at most { $max } characters.
form-errors-heading = Please check these points
form-error-title = Error
form-working = One moment…
error-heading-410 = This link no longer works
error-heading-400 = That did not work
error-heading-403 = Not allowed
error-heading-404 = There is no such page
error-heading-409 = Not possible now
error-heading-429 = Too many tries
error-heading-500 = A mistake of ours
error-heading-503 = Out of reach for a moment
error-not-found = The page does not exist, or it belongs to somebody else. Check the address, or start again from the home page.
error-forbidden = Your account may not do this.
error-cross-site = The form was too old or did not come from this site, so nothing was changed. Go back, reload the page and send it again.
error-bad-request = The request could not be understood. Nothing was changed.
error-too-large = That is more than this form can take. Nothing was changed.
error-filter = This address asks for a list that we do not have. Choose from the lists on the page.
error-slow = The form did not arrive in time. Nothing was changed. Send it again.
error-too-many = There were too many tries in a short time. Wait a quarter of an hour, then try again; if that does not help, wait an hour.
error-internal = Something went wrong on our side. No money was moved by this page. If you tell us the reference, we can find out what happened.
error-unavailable = We cannot reach our records right now. If you had just sent a form, look at the page again before you repeat it: what was done is shown there. Money that we hold stays held meanwhile.
error-busy = Our records are too busy to answer right now, so we stopped waiting. If you had just sent a form, look at the page again before you repeat it: what was done is shown there. Money that we hold stays held meanwhile.
error-way-home = Go to the home page
error-way-order = Go to the order
error-reference = Reference
error-sign-in = You are not signed in, or your session has ended. Nothing was changed.
error-heading-401 = Sign in first
footer-support = Write to { $address }
footer-report = Report an impostor
footer-dev = Development pages
footer-zone = Times are those of { $zone }.
pager-label = Pages
pager-newer = Newer
pager-older = Older

span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
