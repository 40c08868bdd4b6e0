-- The time that everything is decided by: the clock of the database plus an offset that only the
-- owner can set. Called by every store in Rust and by every function that stamps a time. STABLE, so
-- that an index can be searched with it; the clock inside is read anew at each call from PL/pgSQL,
-- so that a function which waited for a lock stamps the time after the wait.
CREATE OR REPLACE FUNCTION surety_now() RETURNS timestamptz
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN clock_timestamp() + make_interval(secs => (SELECT seconds FROM clock_offset));
END $$;
