-- The trigger of merchants: a new one is due for its first nightly record. Refuses nothing.
CREATE OR REPLACE FUNCTION begin_credit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO credit_turns (merchant_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
