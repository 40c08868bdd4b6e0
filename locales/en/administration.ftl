# The thresholds of the criteria, and their versions.
policies-lead = Version { $agreement } of the agreement and version { $thresholds } of the thresholds are in force.
policies-lead-about = A published version is never edited: a new one comes after it, with who published it and why.
policies-published-by = Published by { $who }
policies-agreement = Alliance agreement
policies-thresholds = Thresholds of the criteria
policies-thresholds-about = Each application is measured against the thresholds in force. A decision that was made keeps the numbers that it was made on.
policies-thresholds-change = Change the thresholds
thresholds-title = Version { $version } of the thresholds
thresholds-about = The form holds what is in force. Change what you want; the next page shows what would change, and nothing is published before that.
thresholds-hint = In force: { $now }. Possible: { $least } to { $most }.
thresholds-look = Show what changes
thresholds-preview-title = Version { $version } of the thresholds is not published yet.
thresholds-touched = { $count ->
    [0] No application is open. Merchants who apply from now on are measured against it.
    [one] { $count } open application will be measured against it. What was decided stays as it is.
   *[other] { $count } open applications will be measured against it. What was decided stays as it is.
}
thresholds-what = Threshold
thresholds-from = In force
thresholds-to = New
thresholds-publish-about = It is in force at once, for every application that is not decided, and shows on the public page of rules.
thresholds-edit = Back to the numbers
thresholds-changed = Somebody published version { $version } since you opened the page, so nothing was done. Your changes stand in the form, upon what is in force now. Look at them again.
thresholds-same = Nothing would change: these are the thresholds in force.
thresholds-bounds = Enter a number from { $least } to { $most }.
thresholds-number-whole = Enter a whole number, such as 12.
thresholds-number-percent = Enter a percentage with at most two decimal places, such as 97.5.
thresholds-number-stars = Enter a number with at most one decimal place, such as 4.2.
done-thresholds-published = The thresholds are published and in force.
threshold-tenure-months = Record with the operator, at least
threshold-deception-findings-max = Findings of deception, at most
threshold-deception-window-months = Findings of deception count for
threshold-completion-rate-min = Completed orders, at least (%)
threshold-dispute-rate-max = Disputed orders, at most (%)
threshold-rating-min = Rating, at least
threshold-reputation-orders-min = Paid orders below which a reviewer judges
threshold-reputation-window-months = Orders count for
threshold-domain-verified-within-days = Domain proved within the last
threshold-months = { $count ->
    [one] { $count } calendar month
   *[other] { $count } calendar months
}
threshold-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
threshold-changed = { $what }: { $from } → { $to }
audit-action-thresholds-publish = Published thresholds
audit-subject-thresholds = Thresholds, version { $version }
