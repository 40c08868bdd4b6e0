-- Each character of the lines, and each two that follow each other. Called by search_row.
CREATE OR REPLACE FUNCTION search_grams(lines text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM generate_series(1, length(lines)) AS place,
    LATERAL (VALUES (substr(lines, place, 1)), (substr(lines, place, 2))) AS found (gram)
$$;

-- What a merchant is found by, computed from merchants and domains. Called by keep_merchant_search.
CREATE OR REPLACE FUNCTION search_row(merchant bigint) RETURNS SETOF merchant_search
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT m.id, l.lines, search_grams(l.lines) || m.industry FROM merchants m,
    LATERAL (SELECT lower(normalize(concat_ws(E'\n', m.name, m.code,
      (SELECT string_agg(d.name, E'\n' ORDER BY d.id) FROM domains d
        WHERE d.merchant_id = m.id AND d.verified_at IS NOT NULL)), NFKC)) AS lines) l
  WHERE m.id = merchant
$$;

-- Triggers of merchants and domains: keep merchant_search equal to search_row. They refuse nothing.
CREATE OR REPLACE FUNCTION keep_merchant_search() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  merchant bigint;
BEGIN
  IF TG_TABLE_NAME = 'merchants' THEN
    merchant := NEW.id;
  ELSE
    merchant := coalesce(NEW.merchant_id, OLD.merchant_id);
    -- A domain that is looked at daily changes nothing here.
    IF TG_OP = 'UPDATE' AND NEW.name = OLD.name AND NEW.merchant_id = OLD.merchant_id
      AND (NEW.verified_at IS NULL) = (OLD.verified_at IS NULL) THEN
      RETURN NULL;
    END IF;
  END IF;
  -- Of two changes of one merchant at once the second waits here, and then reads both.
  PERFORM FROM merchant_search WHERE merchant_id = merchant FOR UPDATE;
  INSERT INTO merchant_search AS kept SELECT * FROM search_row(merchant)
    ON CONFLICT (merchant_id) DO UPDATE SET lines = excluded.lines, grams = excluded.grams
    WHERE (kept.lines, kept.grams) <> (excluded.lines, excluded.grams);
  RETURN NULL;
END $$;
