DROP FUNCTION is_vouched_for(timestamptz);
