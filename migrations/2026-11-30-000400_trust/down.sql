DROP TABLE criteria_thresholds, trust_reminders, suspension_causes, badge_events, badges,
  domain_checks, domains, record_dates, agreement_drafts, agreement_signatures, agreements,
  merchant_member_events, merchant_invitations, merchant_members, merchant_search, merchants;
