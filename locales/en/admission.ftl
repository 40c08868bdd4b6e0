list-separator = ,{" "}
standing-chip-none = No badge yet
standing-none = Your shop can trade. With the trust badge, buyers are covered too.
standing-none-until-fund = Your shop can trade. With the trust badge, its orders are marked for cover.
standing-none-more = Orders of a shop without a badge are not covered by the guarantee fund, and say so.
standing-none-next = See what the badge asks for
standing-badge-active = You are a trust merchant.
standing-badge-active-chip = Badge active
standing-badge-active-at = Your badge is active until
standing-badge-active-more = Your orders are covered by the guarantee fund.
standing-badge-active-more-until-fund = Your orders are marked for cover. Compensation begins when the guarantee fund opens.
standing-badge-active-next = Put the badge on your site
standing-badge-suspended = Your badge is suspended.
standing-badge-suspended-chip = Badge suspended
standing-badge-suspended-at = Since
standing-badge-suspended-more = New orders are not covered until no cause is left. Why, and what to do, stands below.
standing-badge-suspended-next = Read why
standing-badge-revoked = Your badge was revoked.
standing-badge-revoked-chip = Badge revoked
standing-badge-revoked-at = On
standing-badge-revoked-more = Your orders are not covered. You can apply again 12 months after.
standing-badge-revoked-next = See when you can apply again
standing-badge-expired = Your badge has expired.
standing-badge-expired-chip = Badge expired
standing-badge-expired-at = On
standing-badge-expired-more = Your orders are not covered until you are approved again.
standing-badge-expired-next = Apply again
standing-draft = Your application is begun and not sent yet.
standing-draft-more = It is saved. Go on when it suits you.
standing-draft-next = Go on with the application
standing-submitted = Your application waits for a reviewer.
standing-submitted-at = We decide by
standing-submitted-more = There is nothing you need to do.
standing-submitted-next = See the application
standing-late-at = We promised to decide by
standing-late-more = It is late, and we are sorry. It comes first in the queue; there is nothing you need to do.
standing-in_review = A reviewer looks at your application.
standing-in_review-at = We decide by
standing-in_review-more = There is nothing you need to do.
standing-in_review-next = See the application
standing-needs_information = The reviewer needs something from you.
standing-needs_information-at = Answer by
standing-needs_information-more = Without an answer the application is withdrawn.
standing-needs_information-next = Answer the reviewer
standing-approved = Your application was approved.
standing-approved-more = The badge was granted.
standing-approved-next = See the application
standing-rejected = Your application was rejected.
standing-rejected-at = You can apply again from
standing-rejected-more = Your shop can go on trading, without cover.
standing-rejected-next = Read why
standing-withdrawn = Your application was withdrawn.
standing-withdrawn-more = You can apply again at any time.
standing-withdrawn-next = Apply again

application-title = Application
application-status-none = Not begun
application-status-draft = Draft
application-status-submitted = Waiting
application-status-in_review = In review
application-status-needs_information = Needs information
application-status-approved = Approved
application-status-rejected = Rejected
application-status-withdrawn = Withdrawn
application-lead-none = Become a trust merchant.
application-lead-later = You can apply later.
application-lead-has-badge = Your badge is there; nothing has to be applied for now.
application-lead-draft = { $done } of { $all } steps are done.
application-lead-draft-done = Your application is complete.
application-lead-draft-earliest = Send it from
application-lead-submitted = Your application waits for a reviewer.
application-lead-in_review = A reviewer looks at your application.
application-lead-needs_information = The reviewer needs something from you.
application-lead-approved = Your application was approved. Your badge is granted.
application-lead-rejected = Your application was rejected.
application-lead-withdrawn = Your application was withdrawn.
application-promised-at = We decide by
application-answer-at = Answer by
application-from-at = You can apply again from
application-begin-about-first = We check each merchant against six criteria. You can fill in the application over several sittings; nothing is sent before you send it.
application-begin-first = Begin an application
application-to-badge = Put the badge on your site
application-steps = Steps
application-steps-done = Steps done
application-step-particulars = Say who you are
application-step-particulars-about = Registered name and number, address, responsible person.
application-step-documents = Add your licence document
application-step-documents-about = A photograph or PDF of the licence, and what else speaks for you.
application-step-domain = Verify a domain
application-step-domain-about = Prove that the site which will carry the badge is yours.
application-step-agreement = Sign the alliance agreement
application-step-agreement-about = Read it and type your name. Your record with us begins with it.
application-step-done = Done
application-step-open = Open
application-send-heading = Send
application-send-about = Everything is there. A reviewer decides within 5 working days.
application-send-later = A criterion that only needs time is not met yet. Before { $day } the application cannot be approved, so send it then.
application-send-early = You can send it now, but while a step is open it cannot be approved.
application-send-not-yet = You can send the application once you have said who you are and added your licence document.
application-send = Send the application
application-question = What the reviewer asks
application-reason = What the reviewer says
application-failed = These criteria were not met:
application-answer-heading = Your answer
application-answer-about = If the question is about your particulars or documents, change them first. What you wrote here is not kept meanwhile.
application-edit-particulars = Change particulars
application-edit-documents = Add documents
application-answer-label = Answer
application-answer-hint = The reviewer reads this.
application-answer-button = Send the answer
application-criteria = The six criteria
application-criteria-lead = { $met } of six met, { $missing } not met, { $judged } for a reviewer to judge, as things are now.
application-criteria-decided = As they were measured for the decision on { $day }.
application-history = History
application-earlier = Earlier applications
application-event-start = You began the application
application-event-add_document = You added a document
application-event-remove_document = You removed a document
application-event-submit = You sent it
application-event-claim = A reviewer took it up
application-event-ask = The reviewer asked for information
application-event-approve = Approved
application-event-reject = Rejected
application-event-withdraw = You withdrew it
application-event-give_up = Withdrawn, since no answer came for 30 days
application-withdraw-ask = Withdraw the application
application-withdraw-about = Nothing is decided then. You can apply again at any time.
application-withdraw = Withdraw
application-way-on = Go to the application
application-changed = The application has changed since you opened the page, so nothing was recorded. Look at it again.
application-has-badge = You have a badge already, so there is nothing to apply for.
application-too-early = You cannot apply again yet. The application page says from when.
done-application-saved = Saved.
done-application-submitted = Your application is sent.
done-application-incomplete = Something is missing still. Fill in the first four fields, then send it.
done-application-no-licence = Your licence document is missing still. Add it, then send the application.
done-document-added = The document is added.
done-document-removed = The document is removed.
done-application-withdrawn = Your application is withdrawn.

details-lead = Who answers for the shop?
details-complete = All four particulars are given.
details-missing = { $count ->
    [4] All four particulars are missing.
    [one] One of four particulars is missing.
   *[other] { $count } of four particulars are missing.
}
details-private = You can save at any time and go on later. Only the registered name becomes public.
details-registered_name = Registered name
details-registered_name-hint = As in the register of companies or on the licence. It becomes public.
details-registration_number = Registration number
details-registration_number-hint = The number in that register. Only our staff see it.
details-address = Address
details-address-hint = Where mail reaches you. Only our staff see it.
details-responsible_person = Responsible person
details-responsible_person-hint = Full name of somebody whom a reviewer can reach. Only our staff see it.
details-about = What you sell
details-about-hint = Optional. A few sentences help the reviewer to understand your shop.
details-save = Save
details-back = Back without saving

documents-title = Documents
documents-lead-licence = Add your licence document.
documents-lead = { $count ->
    [one] One document supports your application.
   *[other] { $count } documents support your application.
}
documents-lead-sent = { $count ->
    [0] No document was sent.
    [one] One document was sent with your application.
   *[other] { $count } documents were sent with your application.
}
documents-about = The licence shows that you are who you say. Add what else speaks for you: references, reports, press. Until you send the application you can remove them again.
documents-sent-about = Documents that were sent stay as they are.
documents-private = Only you and our reviewers see them.
documents-to-answer = Go on to your answer
documents-go-on = Go on with the application
documents-there = Added
documents-remove = Remove
documents-remove-it = Remove { $name }
documents-add-heading = Add a document
documents-category = What it is
documents-category-hint = The licence: of your company or your trade, or the entry in the register.
documents-category-licence = Licence or register entry
documents-category-other = Another document
documents-label = Label
documents-label-hint = Optional. A few words, such as “Trade licence, page 2”.
documents-file = File
documents-add = Add the document
documents-full = There are 20 documents, which is as many as an application may have.
documents-too-many = An application may have { $max } documents. Remove one first.
documents-too-often = Too many files were sent in the last hour. Please try again later.

overview-title = Staff
overview-to-queue = Go to the queue
overview-places = What is here
overview-queue-about = Applications that wait for a decision, oldest first.
overview-asked = { $count ->
    [one] { $count } application waits for its applicant
   *[other] { $count } applications wait for their applicants
}
overview-asked-about = Questions that are not answered yet.
overview-impostors-about = False badges and pages that somebody reported.
overview-audit-about = Every act of the staff, with its reason.
overview-treasury-about = The platform’s accounts, and money that needs a look.
overview-rules-about = Criteria, timers and fees, as the public reads them.

queue-title = Applications
queue-lead = { $count ->
    [0] No application waits.
    [one] One application waits.
   *[other] { $count } applications wait.
}
queue-overdue = { $count ->
    [one] One is overdue.
   *[other] { $count } are overdue.
}
queue-none-overdue = None is overdue.
queue-promise = We promise a decision within 5 working days.
queue-oldest = The oldest shown is { $merchant }, { $age }.
queue-age = { $days ->
    [0] { $hours } h
   *[other] { $days } d { $hours } h
}
queue-filter-state = State
queue-filter-age = Age
queue-state-open = Waiting and claimed
queue-state-waiting = Waiting
queue-state-claimed = Claimed
queue-state-needs_information = Needs information
queue-every-industry = Every industry
queue-reviewer = Reviewer
queue-anyone = Anyone
queue-me = Me
queue-any-age = Any
queue-only-overdue = Overdue
queue-show = Show
queue-show-all = Show all that wait
queue-empty = Nothing to review here
queue-empty-about = Applications that match these filters appear here, oldest first.
queue-caption = Applications, oldest first
queue-merchant = Merchant
queue-age-heading = Age
queue-meter = Age as a part of 5 working days
queue-due = Decide by
queue-chip-asked = Asked
queue-chip-overdue = Overdue
queue-chip-mine = Yours
queue-chip-claimed = Claimed
queue-chip-waiting = Waiting
queue-nobody = Nobody
queue-filter-name = Merchant’s name or number
queue-take = Take
queue-take-one = Take the application of { $merchant }
queue-keys = The keys j and k move, and the arrows do within the table. Enter opens, c takes.

numbers-title = Your own numbers
numbers-none = You have decided nothing this month or week.
numbers-decided = Decided
numbers-week-month = { $week } this week, { $month } this month
numbers-how = This month
numbers-outcomes = { $approved } approved, { $rejected } rejected, { $asked } asked for information
numbers-median = Median time to a decision
numbers-promise = Decided within 5 working days
numbers-kept = { $kept } of { $all }

review-title = { $merchant }: application
review-lead = { $merchant }: { $met ->
    [0] none of the six criteria is met
    [one] one of the six criteria is met
    [6] all six criteria are met
   *[other] { $met } of the six criteria are met
}{ $judged ->
    [0] .
    [one] , one is yours to judge.
   *[other] , { $judged } are yours to judge.
}
review-decide-by = Decide by
review-overdue = Overdue: the decision was promised by
review-about = What it sells
review-name-alike = The name looks like another merchant’s
review-name-alike-about = Compare them before you judge the identity:
review-domain-alike = A domain looks like another merchant’s
review-domain-alike-about = { $own } looks like { $other }, which belongs to
review-criteria = Criteria
review-particulars = What the merchant states
review-nothing-said = Nothing said.
review-no-documents = No document was added.
review-no-domains = No domain was added.
review-record = Record with us
review-signed = Agreement version { $version }
review-opened = Shop opened
review-record-date = Record date
review-record-date-ask = Enter a record date
review-record-date-hint = Since when the merchant has a record with us from before the agreement.
review-record-date-enter = Enter the record date
review-record-date-wrong = Enter a date since 1970, as year-month-day.
review-record-date-future = The date lies in the future.
review-reason = Reason
review-reason-kept = It is kept in the audit trail.
review-reason-hint = The merchant reads this. It is kept in the audit trail.
review-own-heading = This is your own merchant
review-own-merchant = You belong to this merchant, so another reviewer has to decide.
review-next = Next in the queue: { $merchant }
review-next-none = Nothing else waits for a reviewer.
review-closed-heading = Nothing to decide here
review-closed = The history on this page says how it ended, or what it waits for.
review-theirs-heading = { $who } reviews this
review-theirs = It is theirs until
review-step-up-heading = Before you review
review-step-up = Decisions here matter, so we make sure that it is you.
review-step-up-button = Enter your password again
review-free-heading = Nobody reviews this
review-free = Take it, and nobody else can decide. It is put back after { $minutes } minutes without an act of yours.
review-claim = Take this application
review-keep = Keep it for { $minutes } minutes more
review-release = Put it back
review-mine-until = Yours until
review-verdict = Your judgement
review-verdict-good = Good
review-verdict-bad = Not good
review-judged-good = judged good
review-judged-bad = judged not good
review-judge-record = Record the judgement: { $criterion }
review-choose-verdict = Choose good or not good.
review-decide = Decide
review-decision = Decision
review-approve = Approve
review-approve-about = The badge is active at once, for 12 months
review-ask = Ask for information
review-ask-about = The merchant has 30 days to answer
review-reject = Reject
review-reject-about = The merchant may apply again in 30 days
review-record-decision = Record this decision
review-choose-decision = Choose one of the three.
review-not-met = It cannot be approved yet. Not met or not judged: { $criteria }.
review-nothing-failed = It cannot be rejected while no criterion has failed. If something is wrong, judge identity or reputation as not good first.
review-you = You
review-event-start = { $who } began the application
review-event-add_document = { $who } added a document
review-event-remove_document = { $who } removed a document
review-event-submit = { $who } sent it
review-event-claim = { $who } took it
review-event-release = { $who } put it back
review-event-release_idle = { $who }: put back after 30 idle minutes
review-event-judge_identity_good = { $who } judged the identity to be good
review-event-judge_identity_bad = { $who } judged the identity not to be good
review-event-judge_reputation_good = { $who } judged the reputation to be good
review-event-judge_reputation_bad = { $who } judged the reputation not to be good
review-event-ask = { $who } asked for information
review-event-approve = { $who } approved it
review-event-reject = { $who } rejected it
review-event-withdraw = { $who } withdrew it
review-event-give_up = { $who }: withdrawn after 30 days of silence
review-conflict-start = { $who } began this application { $when }.
review-conflict-add_document = { $who } added a document { $when }.
review-conflict-remove_document = { $who } removed a document { $when }.
review-conflict-submit = { $who } sent this application { $when }.
review-conflict-claim = { $who } took this application { $when }.
review-conflict-release = { $who } put this application back { $when }.
review-conflict-release_idle = This application was put back { $when } ({ $who }): its reviewer had been idle for 30 minutes.
review-conflict-judge = { $who } recorded a judgement on this application { $when }.
review-conflict-ask = { $who } asked the merchant for information { $when }.
review-conflict-approve = { $who } approved this application { $when }.
review-conflict-reject = { $who } rejected this application { $when }.
review-conflict-withdraw = { $who } withdrew this application { $when }.
review-conflict-give_up = This application was withdrawn { $when } ({ $who }): no answer had come for 30 days.
review-conflict-expired = You did nothing here for 30 minutes, so the application is no longer yours.
review-conflict-about = So what you sent does not fit any more. Nothing of it was recorded.
review-conflict-reason = You had written:
review-conflict-way-on = See the application as it is now
done-review-claimed = It is yours. Nobody else can decide while you review.
done-review-released = It is put back.
done-review-judged = The judgement is recorded.
done-review-approved = Approved. The badge is active.
done-review-rejected = Rejected. The merchant is told why.
done-review-asked = The merchant is asked. It comes back to the queue with the answer.
done-review-record-date = The record date is entered.

audit-title = Audit trail
audit-lead = Every act of the staff, newest first.
audit-about = Nothing here can be changed or taken away.
audit-action = Action
audit-subject = Subject
audit-who = Who
audit-change = What changed
audit-reason = Reason
audit-from = From
audit-until = Until
audit-hint = Who: a colleague’s name, anybody’s email address, or “the clock”. Subject: a merchant’s number, or an application’s id.
audit-export = Take a copy
audit-export-about = The copy has all that these filters find, not only this page. That you took it is written down here.
audit-export-csv = Export as CSV
audit-export-jsonl = Export as JSON lines
audit-caption = Acts of the staff, newest first
audit-clock = the clock
audit-empty = Nothing recorded
audit-empty-about = Acts of the staff that match appear here.
audit-every-action = Every action
audit-command-line = the command line
audit-action-audit-export = Took a copy of the trail
audit-action-application-claim = Took an application
audit-action-application-release = Put an application back
audit-action-application-judge = Judged an application
audit-action-application-ask = Asked for information
audit-action-application-approve = Approved an application
audit-action-application-reject = Rejected an application
audit-action-badge-grant = Granted a badge
audit-action-badge-tier = Moved a tier
audit-action-badge-suspend = Suspended a badge
audit-action-badge-reinstate = Reinstated a badge
audit-action-badge-revoke = Revoked a badge
audit-action-badge-expire = A badge expired
audit-action-merchant-record-date = Entered a record date
audit-action-impostor-take = Took a report
audit-action-impostor-dismiss = Dismissed a report
audit-action-impostor-confirm = Confirmed an impostor
audit-action-staff-roles-changed = Changed staff roles
audit-subject-application = Application
audit-subject-merchant = Merchant { $code }
audit-subject-impostor = Report { $number }
audit-field-report = Report
audit-field-status = Status
audit-field-claimed-by = Reviewer
audit-field-identity = Identity
audit-field-reputation = Reputation
audit-field-tier = Tier
audit-field-badge = Badge
audit-field-roles = Roles
audit-field-record-date = Record date
audit-field-format = Format
audit-field-who = Who
audit-field-action = Action
audit-field-subject = Subject
audit-field-from = From
audit-field-until = Until
audit-judged-open = open
audit-judged-dismissed = no impostor
audit-judged-confirmed = an impostor
audit-judged-met = good
audit-judged-not_met = not good
audit-role-reviewer = Reviewer
audit-role-mediator = Mediator
audit-role-treasurer = Treasurer
audit-role-administrator = Administrator

mail-application-submitted-subject = Your application is sent
mail-application-submitted-body = The application of { $name } is with our reviewers. We decide by { $promised_at }. There is nothing you need to do until then.
mail-application-submitted-action = See the application
mail-application-waiting-subject = { $name } waits for a decision
mail-application-waiting-body = { $name } has sent its application. A decision is promised by { $promised_at }.
mail-application-waiting-action = Review it
mail-application-needs-information-subject = A reviewer needs something from you
mail-application-needs-information-body = About the application of { $name } the reviewer asks: { $reason }

    Answer by { $answer_at }. Without an answer the application is withdrawn.
mail-application-needs-information-action = Answer
mail-application-approved-subject = You are a trust merchant
mail-application-approved-body = The application of { $name } was approved, and the badge { $code } is active. The reviewer says: { $reason }
mail-application-approved-action = Put the badge on your site
mail-application-rejected-subject = Your application was rejected
mail-application-rejected-body = The application of { $name } was rejected. The reviewer says: { $reason }

    You can apply again from { $reapply_at }.
mail-application-rejected-action = See what was not met
mail-application-withdrawn-subject = Your application is withdrawn
mail-application-withdrawn-body = The application of { $name } was withdrawn by one of its members. You can apply again at any time.
mail-application-withdrawn-action = See the application
mail-application-silent-subject = Your application was withdrawn
mail-application-silent-body = The reviewer’s question about the application of { $name } was not answered for 30 days, so the application was withdrawn. You can apply again at any time.
mail-application-silent-action = Apply again

form-required-note = Write your answer.
form-required-reason = Give a reason.
form-required-identity_reason = Give a reason for your judgement.
form-required-reputation_reason = Give a reason for your judgement.
form-required-record_reason = Give a reason for the date.
