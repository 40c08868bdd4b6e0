DROP TABLE badge_sightings, impostor_reports, application_events, applications,
  criteria_thresholds, badge_events, badges, domains, record_dates, agreement_signatures,
  agreements, merchant_member_events, merchant_invitations, merchant_members, merchants;
DROP FUNCTION tell_public_record();
