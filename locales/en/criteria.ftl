criterion-agreement = Has signed the alliance agreement
criterion-tenure = Has a record with the operator
criterion-no_deception = Has not deceived consumers
criterion-reputation = Has a good reputation
criterion-domain = Controls its site
criterion-identity = Is who it says it is
criterion-about-agreement = The current version of the agreement is signed on behalf of the merchant.
criterion-about-tenure = Counted from the first signature under the agreement, or from a record date that staff entered with a reason.
criterion-about-tenure-signed = Counted from the first signature under the agreement.
criterion-about-tenure-record = Counted from a record date that staff entered with a reason.
criterion-about-no_deception = Disputes that a mediator upheld with a finding of deception.
criterion-about-reputation = How paid orders ended, how many were disputed and how buyers rated them.
criterion-about-reputation-few = There are too few paid orders to measure, so a reviewer judges the merchant’s standing.
criterion-about-reputation-open = Nothing measured so far speaks against the merchant, but not all can be measured yet, so a reviewer judges.
criterion-about-domain = The merchant has proved that it controls the site that carries the badge.
criterion-about-identity = A reviewer compares the registered name and number, the address and the responsible person with the licence document.
criterion-met-met = Met
criterion-met-not_met = Not met
criterion-met-needs_judgement = A reviewer judges
criterion-measured = Measured
criterion-needed = Needed
criterion-evaluated = Evaluated
criterion-earliest = It can be met on { $date } at the earliest.
criterion-completed = Completed
criterion-disputed = Disputed
criterion-rating = Rating
criterion-orders = Paid orders
criterion-newest = the newest { $count }
criterion-at-least = { $value } (at least { $limit })
criterion-at-most = { $value } (at most { $limit })
criterion-none-yet = none yet
criterion-signed = Version { $version } signed on { $date }
criterion-signed-older = Version { $signed } signed; version { $current } is in force now
criterion-not-signed = Not signed
criterion-record = { $months ->
    [0] { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
    [one] { $months } month and { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
   *[other] { $months } months and { $days ->
        [one] { $days } day
       *[other] { $days } days
    }
}, since { $since }
criterion-no-record = No record yet
criterion-findings = { $count ->
    [0] None
    [one] { $count } finding
   *[other] { $count } findings
}
criterion-paid = { $count ->
    [0] No paid orders
    [one] { $count } paid order
   *[other] { $count } paid orders
}
criterion-domain-verified = { $domain }, verified on { $date }
criterion-no-domain = No domain verified
criterion-given = { $given } of { $asked } business details given
criterion-need-signed = The current version signed
criterion-need-months = { $months ->
    [0] The agreement signed, however lately
    [one] { $months } calendar month
   *[other] { $months } calendar months
}
criterion-need-findings = { $max ->
    [0] None in { $months } months
   *[other] At most { $max } in { $months } months
}
criterion-need-rates = At least { $completed } completed, at most { $disputed } disputed, rating at least { $rating }, over { $months } months; with fewer than { $orders } paid orders a reviewer judges
criterion-need-domain = Verified in the last { $days } days
criterion-need-judged = Judged good by a reviewer
