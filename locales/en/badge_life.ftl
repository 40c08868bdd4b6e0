# Why a badge is suspended, as the public is told.
badges-why-stopped = Why:
badges-cause-deception_finding = A dispute was decided with a finding that it deceived a buyer.
badges-cause-fund_debt = It owes money to the guarantee fund.
badges-cause-domain_lost = Its site could not be verified for seven days.
badges-cause-agreement_superseded = It has not signed the new alliance agreement in time.
badges-cause-renewed = It was renewed for another twelve months.
# What ended; the others never end by themselves.
badges-ended-deception_finding = Staff lifted what they had suspended it for.
badges-ended-staff = Staff lifted what they had suspended it for.
badges-ended-fund_debt = Its debt to the guarantee fund is paid.
badges-ended-domain_lost = Its site was verified again.
badges-ended-agreement_superseded = It has signed the new alliance agreement.
badges-still-standing = Still suspended:

# What the merchant has to do, or to wait for.
duties-heading = What to do
duty-turn-yours = Your turn
duty-turn-ours = Our turn
duty-since = Since
duty-by = By
duty-ends = Your badge ends on
duty-reason = The reason given:
duty-deception_finding = A dispute found deception
duty-deception_finding-text = A dispute was decided with a finding that a buyer was deceived. Our staff lift the suspension when they are sure that it will not happen again; you need not do anything on this page. { $detail }
duty-deception_finding-action = Go to your shop
duty-fund_debt = A debt to the guarantee fund
duty-fund_debt-text = The fund has paid a buyer for you. The debt is paid from your balance and releases. { $then ->
        [active] The badge is active again as soon as it is.
        [others] The badge is active again when nothing else stands against it.
       *[none] Until then a new badge would be suspended.
    } { $detail }
duty-fund_debt-action = See your balance
duty-domain_lost = Your site cannot be verified
duty-domain_lost-text = None of your domains ({ $detail }) could be verified for seven days. Put the file back where it was and check the domain. { $then ->
        [active] The badge is active again at once.
        [others] The badge is active again when nothing else stands against it.
       *[none] Until then a new badge would be suspended.
    }
duty-domain_lost-action = Verify a domain
duty-agreement_superseded = The new agreement is not signed
duty-agreement_superseded-text = The agreement that you signed was superseded more than 30 days ago. Read what changed in the new version and sign it. { $then ->
        [active] The badge is active again at once.
        [others] The badge is active again when nothing else stands against it.
       *[none] Until then a new badge would be suspended.
    }
duty-agreement_superseded-action = Read and sign the agreement
duty-staff = Suspended by our staff
duty-staff-text = Our staff suspended your badge and will lift the suspension when its reason is gone. { $detail }
duty-staff-action = Go to your shop
duty-sign_again = Sign the new agreement
duty-sign_again-text = Version { $detail } of the alliance agreement supersedes the one that you signed. If it is not signed in time, your badge is suspended until it is.
duty-sign_again-action = Read what changed
duty-prove_domain = Your site cannot be verified now
duty-prove_domain-text = We look every day, and none of your domains ({ $detail }) could be verified the last time. If that lasts for seven days, your badge is suspended until one is verified again.
duty-prove_domain-action = Verify a domain
duty-renew = Renew your badge
duty-renew-text = Renewal is open. We look at the six criteria anew; when it is approved, the new twelve months begin where the old ones end, so you lose no day by asking early.
duty-renew-action = Go to the renewal

# What the merchant is told.
mail-badge-suspended-deception-finding-subject = Your trust badge is suspended: deception was found
mail-badge-suspended-deception-finding-body = A dispute was decided with a finding that a buyer was deceived, so your trust badge { $code } is suspended and says so wherever it is shown. The reason: { $reason }

    Answer what our staff ask of you: they lift the suspension when they are sure that it will not happen again. Until then your new orders are not covered. { $further ->
        [yes] The badge is suspended for another cause too; it is active again when none is left.
       *[no] {""}
    }
mail-badge-suspended-deception-finding-action = See where you stand
mail-badge-suspended-fund-debt-subject = Your trust badge is suspended: a debt to the guarantee fund
mail-badge-suspended-fund-debt-body = The guarantee fund has paid a buyer for you, so your trust badge { $code } is suspended and says so wherever it is shown. The reason: { $reason }

    The debt is paid from your balance and releases. { $further ->
        [yes] The badge is suspended for another cause too; it is active again when none is left.
       *[no] The badge is active again by itself as soon as it is.
    }
mail-badge-suspended-fund-debt-action = See your balance
mail-badge-suspended-domain-lost-subject = Your trust badge is suspended: your site cannot be verified
mail-badge-suspended-domain-lost-body = None of your domains could be verified for seven days, so your trust badge { $code } is suspended and says so wherever it is shown.

    Put the file back where it was and check the domain. Until then your new orders are not covered. { $further ->
        [yes] The badge is suspended for another cause too; it is active again when none is left.
       *[no] The badge is active again at once.
    }
mail-badge-suspended-domain-lost-action = Verify a domain
mail-badge-suspended-agreement-superseded-subject = Your trust badge is suspended: the new agreement is not signed
mail-badge-suspended-agreement-superseded-body = The alliance agreement that you signed was superseded, and the new version was not signed within 30 days, so your trust badge { $code } is suspended and says so wherever it is shown.

    Read what changed and sign. Until then your new orders are not covered. { $further ->
        [yes] The badge is suspended for another cause too; it is active again when none is left.
       *[no] The badge is active again at once.
    }
mail-badge-suspended-agreement-superseded-action = Read and sign the agreement
mail-badge-active-again-subject = Your trust badge is active again
mail-badge-active-again-body = Your trust badge { $code } is active again: { $ended ->
        [domain_lost] your site was verified.
        [fund_debt] your debt to the guarantee fund is paid.
        [agreement_superseded] the new agreement is signed.
       *[other] its suspension was lifted.
    }
mail-badge-active-again-action = Go to your shop
mail-badge-cause-ended-subject = Your trust badge stays suspended for another cause
mail-badge-cause-ended-body = One cause for which your trust badge { $code } was suspended has ended: { $ended ->
        [domain_lost] your site was verified.
        [fund_debt] your debt to the guarantee fund is paid.
        [agreement_superseded] the new agreement is signed.
       *[other] our staff have lifted what they had suspended it for.
    }

    What is left: { $left_deception_finding ->
        [yes] a finding of deception, which our staff look at;
       *[no] {""}
    } { $left_fund_debt ->
        [yes] a debt to the guarantee fund;
       *[no] {""}
    } { $left_domain_lost ->
        [yes] a site that cannot be verified;
       *[no] {""}
    } { $left_agreement_superseded ->
        [yes] the new agreement, which is not signed;
       *[no] {""}
    } { $left_staff ->
        [yes] a suspension by our staff;
       *[no] {""}
    } the badge is active again when nothing of it is left. Your shop's page says what to do.
mail-badge-cause-ended-action = See what to do
mail-badge-renewal-opens-subject = Renew your trust badge
mail-badge-renewal-opens-body = Your trust badge ends at { $ends_at }. You can ask for its renewal from now on; the form is filled in with what you stated last.

    When it is approved, the new twelve months begin where the old ones end, so you lose no day by asking early. Without it the badge ends, and your new orders are not covered. If you have asked already, there is nothing to do.
mail-badge-renewal-opens-action = Renew the badge
mail-badge-ends-soon-subject = Your trust badge ends in two weeks
mail-badge-ends-soon-body = Your trust badge ends at { $ends_at } unless its renewal is approved before. A decision takes up to five working days, so ask now. If you have asked already, there is nothing to do.
mail-badge-ends-soon-action = Renew the badge
mail-badge-ends-tomorrow-subject = Your trust badge ends tomorrow
mail-badge-ends-tomorrow-body = Your trust badge ends at { $ends_at } unless its renewal is approved before. After that it says expired wherever it is shown, and your new orders are not covered. You can still ask, and you can apply anew afterwards; your time with us counts on.
mail-badge-ends-tomorrow-action = Go to the renewal
mail-agreement-published-subject = A new version of the alliance agreement
mail-agreement-published-body = Version { $version } of the alliance agreement is published. It is in force from { $effective_at }.

    Read what changed and sign it by { $sign_by_at }. A trust badge whose merchant has not signed by then is suspended until it is signed. Nothing changes for you before you sign.
mail-agreement-published-action = Read what changed
mail-agreement-sign-soon-subject = Two weeks left to sign the alliance agreement
mail-agreement-sign-soon-body = Version { $version } of the alliance agreement has been in force since { $effective_at } and is not signed for your shop yet. Sign it by { $sign_by_at }, or your trust badge is suspended until you do.
mail-agreement-sign-soon-action = Read and sign
mail-agreement-sign-tomorrow-subject = Last day to sign the alliance agreement
mail-agreement-sign-tomorrow-body = Version { $version } of the alliance agreement has been in force since { $effective_at } and is not signed for your shop yet. The time ends at { $sign_by_at }; after that your trust badge is suspended until you sign.
mail-agreement-sign-tomorrow-action = Read and sign

# The signed copy.
agreement-copy-title = SIGNED COPY OF THE ALLIANCE AGREEMENT, VERSION { $value }
agreement-copy-merchant = Merchant: { $value }
agreement-copy-name = Signed by, as typed: { $value }
agreement-copy-account = Account: { $value }
agreement-copy-when = Signed at: { $value }
agreement-copy-language = Language of the text: { $value }
agreement-copy-sha256 = SHA-256 of the text between the two lines below: { $value }
agreement-copy-check = To check it yourself: { $value }

# A renewal on its way, on the merchant's page.
renewal-status-draft = Your renewal is begun and not sent yet.
renewal-status-submitted = Your renewal waits for a reviewer.
renewal-status-in_review = A reviewer looks at your renewal.
renewal-status-needs_information = The reviewer of your renewal needs something from you.
renewal-see = See the renewal

# The staff's desk for merchants.
desk-title = Merchants
desk-about = Find a merchant by its name, domain or code, and see everything about it.
desk-search-label = Name, domain or code
desk-search = Search
desk-state = Badge
desk-every-state = Any
desk-none = No merchant is found
desk-none-hint = Try a part of the name or domain, or another state.
desk-lead-active = { $name } is a trust merchant.
desk-lead-suspended = { $name } is suspended.
desk-lead-revoked = The badge of { $name } was revoked.
desk-lead-expired = The badge of { $name } has expired.
desk-lead-none = { $name } has no badge.
desk-until = Until
desk-since = Since
desk-again-from = It may apply again from
desk-public-page = See what the public sees
desk-standing = Causes that stand
desk-ended = Causes that have ended
desk-cause-since = Begun by { $who }
desk-cause-ended = Ended by { $who }
desk-badge = Badge
desk-granted = Trust merchant since
desk-expires = Ends
desk-event-grant = Granted
desk-event-renew = Renewed
desk-event-begin = Cause began: { $cause }
desk-event-end = Cause ended: { $cause }
desk-event-revoke = Revoked
desk-event-expire = Expired
desk-applications = Applications
desk-no-applications = It has never applied.
desk-application-first = Application
desk-application-renewal = Renewal
desk-failing-since = Every look has failed since
desk-members = Members
desk-member-since = since
desk-own-merchant = You belong to this merchant, so another member of the staff decides on its badge.
desk-reason = Reason
desk-reason-hint = The merchant reads it, and the audit trail keeps it. The public is told only that staff decided.
desk-suspend-heading = Suspend the badge
desk-suspend-about = It says suspended wherever it is shown, within a minute. New orders are not covered.
desk-suspend = Suspend the badge
desk-reinstate-heading = Lift the suspension
desk-reinstate-about = Lifts a finding of deception and what staff suspended. A debt, a lost domain or an unsigned agreement goes on to suspend the badge until it ends by itself.
desk-reinstate = Lift the suspension
desk-revoke-ask = Revoke the badge for good
desk-revoke-about = This is final. Nobody can bring this badge back; the merchant may apply again after 12 months.
desk-revoke-sure = I want to take the badge of { $name } away for good.
desk-revoke-confirm-first = Confirm that the badge is to be taken away for good.
desk-revoke = Revoke the badge for good
desk-changed = Something happened to this badge since you opened the page, so nothing was done. Look at what changed, then decide again.
desk-refused = The badge does not allow this as it stands now, so nothing was done. Look at its state, then decide again.
form-required-suspend_reason = Give a reason for the suspension.
form-required-reinstate_reason = Give a reason for lifting the suspension.
form-required-revoke_reason = Give a reason for the revocation.
done-badge-suspended = The badge is suspended.
done-badge-reinstated = The suspension by staff is lifted.
done-badge-revoked = The badge is revoked.
overview-merchants = Merchants
overview-merchants-about = Find a merchant; suspend, reinstate or revoke its badge.
overview-policies = Policies
overview-policies-about = Publish the next version of the alliance agreement or of the thresholds.
audit-action-badge-renew = Renewed a badge
audit-action-badge-cause-begin = A cause of suspension began
audit-action-badge-cause-end = A cause of suspension ended
audit-action-agreement-publish = Published the agreement
audit-field-causes = Causes
audit-field-version = Version
audit-field-effective-at = In force from
audit-subject-agreement = Alliance agreement, version { $version }

# A new version of the agreement.
agreement-again-chip = Sign again
agreement-again-lead = Sign version { $version } of the alliance agreement for { $merchant }.
agreement-again-by = The version that you signed is superseded. Sign by
agreement-again-since = The version that you signed is superseded, and the time to sign again ended
agreement-again-else = { $then ->
        [none] Until it is signed, you cannot be approved.
       *[other] If it is not signed by then, your trust badge is suspended until it is.
    }
agreement-again-late = { $then ->
        [active] Your trust badge is suspended until it is signed; then it is active again at once.
        [others] Your trust badge is suspended until it is signed. It is active again when nothing else stands against it.
       *[none] Until it is signed, you cannot be approved.
    }
agreement-in-force-from = It is in force from
agreement-changes = What changes
agreement-added = New:
agreement-removed = No longer there:
agreement-copies = Your signed copies
agreement-copies-about = Each file holds the text as it was signed, who signed and when. The SHA-256 in it is that of the text: anybody can check it.
agreement-copy-download = Download version { $version } as signed
agreement-waits = The merchant has signed version { $signed } of the agreement; version { $current } is in force now. It has to sign again before it can be approved.
policies-about = A new version supersedes the one before: merchants are told, see what changed, and have 30 days to sign again.
policies-write = Write the next version
policies-go-on = Go on with the draft
policies-versions = Published versions
policies-version = Version { $version }
policies-in-force = In force from
policies-published = Published by { $who }
policies-program = the program
policies-chip-later = Later
policies-chip-current = In force
policies-chip-superseded = Superseded
policies-draft-title = Version { $version } of the agreement
policies-draft-about = Write both languages. Nothing is published yet: the next page shows what changes.
policies-text-en = English text
policies-text-zh = Chinese text
policies-text-hint = The first line is the title. An empty line parts the paragraphs; the first line of a paragraph with more than one is its heading.
policies-day = In force from
policies-day-hint = A day in the operator’s time zone. Merchants have 30 days from then to sign again.
policies-day-wrong = Enter the day from which the version is in force.
policies-save = Save the draft and look at it
policies-preview-title = Version { $version } as it will be
policies-preview-about = Not published yet. It will be in force from { $day }.
policies-back-to-draft = Back to the draft
policies-publish-heading = Publish
policies-publish-about = It can never be edited after that. Every merchant who has signed an older version is told, and a badge whose merchant does not sign in 30 days is suspended.
policies-reason-hint = The audit trail keeps it.
policies-publish = Publish version { $version }
policies-whole-text = The whole text
policies-no-changes = Nothing changes in this language.
policies-changed = Somebody changed or published the draft since you opened the page, so nothing was done. Look at it again.
policies-same = One of the languages says the same as before. Write both before you publish.
policies-day-past = The day from which it is in force is over. Choose another in the draft.
policies-day-far = The day lies more than a year ahead. Choose another in the draft.
policies-day-before = The version before comes into force later than that. Choose another day in the draft.
form-required-text_en = Write the English text.
form-required-text_zh = Write the Chinese text.
form-required-publish_reason = Give a reason for publishing.
done-policies-saved = The draft is saved.
done-policies-published = The version is published. Merchants are being told.

# Renewal.
application-begin-about-renewal = We look at the six criteria anew. The form is filled in with what you stated last. When it is approved, the new twelve months begin where the old ones end, and your tier stays.
application-begin-renewal = Begin the renewal
application-lead-renewal = You can renew your badge now.
application-renewal-opens = Renewal of your badge opens
application-lead-again = Your badge has ended. You can apply anew; your time with us counts on.
review-renewal = This is a renewal: approval extends the badge by twelve months from its end and keeps its tier. A rejection leaves the badge until its end. A suspension stays what it is.
review-standing-stays = { $cause } An approval does not end this: the badge is suspended until it is gone.
review-standing-lifted = { $cause } An approval lifts this.
review-badge-moved = Something began to stand against this merchant’s badge, or the badge moved, while you decided.
review-badge-revoked = The badge of this merchant was revoked, so nothing can be approved before twelve months have passed. Nothing was recorded.
mail-renewal-approved-subject = Your trust badge is renewed
mail-renewal-approved-body = The renewal of { $shop } was approved. The badge { $code } goes on without a gap, until { $ends_at }. The reviewer says: { $reason }
mail-renewal-approved-action = See your badge
mail-renewal-approved-suspended-subject = Your trust badge is renewed, and stays suspended
mail-renewal-approved-suspended-body = The renewal of { $shop } was approved. The badge { $code } now ends at { $ends_at }, but it stays suspended until nothing stands against it; new orders are not covered before. We have written to you once more why, and what to do. The reviewer says: { $reason }
mail-renewal-approved-suspended-action = See what to do
mail-renewal-rejected-subject = Your renewal was rejected
mail-renewal-rejected-body = The renewal of { $shop } was rejected. The reviewer says: { $reason }

    Your badge { $code } stays until { $ends_at }. You can ask again from { $reapply_at }.
mail-renewal-rejected-action = See what was not met
application-superseded = You signed version { $signed } of the agreement; version { $current } is in force now. Your application cannot be approved before you have signed it.
desk-event-tier = Another tier

# A domain that comes to a badge.
mail-domain-look-alike-subject = { $shop } has added a domain that looks like another merchant’s
mail-domain-look-alike-body = { $shop } has a trust badge and has verified the domain { $domain }. It looks like { $other } of { $other_name }. Buyers are told that it belongs to { $shop }.

    Look at both. If it is made to deceive, suspend the badge.
mail-domain-look-alike-action = Look at the merchant
audit-action-domain-prove = Added a domain to a badge
audit-action-domain-remove = Removed a domain from a badge
audit-field-domain = Domain
