DROP INDEX users_with_roles;
ALTER TABLE origins DROP COLUMN awaited_second_factor;
ALTER TABLE sessions DROP CONSTRAINT sessions_second_factor_check;
ALTER TABLE sessions DROP COLUMN second_factor_at;
ALTER TABLE sessions DROP COLUMN awaits_second_factor;
DROP TABLE recovery_codes;
DROP TABLE second_factor_enrolments;
DROP TABLE second_factors;
