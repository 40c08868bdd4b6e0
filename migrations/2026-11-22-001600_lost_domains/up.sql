-- Whether the public is told of a proved domain: not of one that could not be verified for seven
-- days, even while its proof is young enough to count for the badge. Somebody else may have it now.
-- Without a search path of its own, so that queries take it in.
CREATE FUNCTION is_vouched_for(p_failing_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p_failing_since IS NULL OR p_failing_since > surety_now() - interval '7 days';
$$;
