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
