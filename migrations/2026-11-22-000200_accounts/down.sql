DROP TABLE throttles, email_tokens, sessions, origins, users;
