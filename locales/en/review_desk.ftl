changes-heading = What changed
changes-since-sent = Compared with what was sent on { $when }.
changes-since-approved = Compared with the application that was approved on { $day }.
changes-since-rejected = Compared with the application that was rejected on { $day }.
changes-since-withdrawn = Compared with the application that was withdrawn on { $day }.
changes-see-earlier = See the earlier application
changes-none = The details and documents are the same as before.
changes-question = Asked
changes-answer = Answered
changes-detail-registered_name = Registered name
changes-detail-registration_number = Registration number
changes-detail-address = Address
changes-detail-responsible_person = Responsible person
changes-detail-about = What it sells
changes-before = Before:
changes-now = Now:
changes-nothing = nothing
changes-added = Added
changes-removed = Removed
changes-kept = Unchanged
changes-kept-count = { $count ->
    [one] One document
   *[other] { $count } documents
}

checks-title = { $merchant }: domain checks
checks-about = Every check of every domain, newest first. A verified domain is checked once a day, others when a member asks. What stands here cannot be changed.
checks-heading = Domain checks
checks-none = No check is on record.
checks-all = See every check
checks-cut = Shown are { $count } of the last { $all } results.
checks-domain = Domain
checks-result = Result
checks-when = When
checks-how-heading = How
checks-how = { $how }, { $who }
checks-how-file = By its file
checks-by = asked for by { $who }
checks-by-clock = the daily check
checks-several = { $count } times, since { $day }
checks-verified = Verified
checks-failed = Not verified
checks-why-not-resolved = The name leads nowhere.
checks-why-not-public = It leads to no public address.
checks-why-not-secure = It redirects away from https.
checks-why-not-reached = No connection, or no valid certificate.
checks-why-too-slow = No answer within 5 seconds.
checks-why-no-file = There was no file.
checks-why-too-large = The file was too large.
checks-why-too-many-redirects = Too many redirects.
checks-why-wrong-token = The file said something else.
checks-why-token-expired = The content was too old.
checks-why-taken = Another merchant has verified it.

documents-from-earlier = From an earlier application
documents-taken-over = From your earlier application
documents-taken-over-about = What came with your earlier application is here already. Look whether it still holds, and remove what does not.
details-taken-over = Filled in from your earlier application. Look whether it is still right.
