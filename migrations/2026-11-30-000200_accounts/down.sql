DROP TABLE devices, passkey_challenges, passkeys, recovery_codes, second_factor_enrolments,
  second_factors, email_tokens, sessions, origins, users;
