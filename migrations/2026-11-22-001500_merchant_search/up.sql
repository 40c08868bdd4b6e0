-- What merchants are found by: their name, code and verified domains, a line each. Kept by
-- triggers, read by the directory and by the check of a shop. Full width and half width are one
-- here, and so are large and small letters.
CREATE TABLE merchant_search (
  merchant_id bigint PRIMARY KEY REFERENCES merchants (id) ON DELETE CASCADE,
  lines text NOT NULL,
  -- each character of the lines, and each two that follow each other: an index that works from
  -- the first Chinese character on, and asks for no extension; and the industry by its name
  grams text[] NOT NULL
);
-- Written at once: names change rarely, and whatever waits to be sorted in is read by each search.
CREATE INDEX merchant_search_by_gram ON merchant_search USING gin (grams)
  WITH (fastupdate = off);

CREATE FUNCTION search_grams(lines text) RETURNS text[]
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT gram), '{}') FROM generate_series(1, length(lines)) AS place,
    LATERAL (VALUES (substr(lines, place, 1)), (substr(lines, place, 2))) AS found (gram)
$$;

CREATE FUNCTION search_row(merchant bigint) RETURNS SETOF merchant_search
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT m.id, l.lines, search_grams(l.lines) || m.industry FROM merchants m,
    LATERAL (SELECT lower(normalize(concat_ws(E'\n', m.name, m.code,
      (SELECT string_agg(d.name, E'\n' ORDER BY d.id) FROM domains d
        WHERE d.merchant_id = m.id AND d.verified_at IS NOT NULL)), NFKC)) AS lines) l
  WHERE m.id = merchant
$$;

CREATE FUNCTION keep_merchant_search() RETURNS trigger
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
CREATE TRIGGER merchants_search AFTER INSERT OR UPDATE OF code, name, industry ON merchants
  FOR EACH ROW EXECUTE FUNCTION keep_merchant_search();
CREATE TRIGGER domains_search
  AFTER INSERT OR UPDATE OF merchant_id, name, verified_at OR DELETE ON domains
  FOR EACH ROW EXECUTE FUNCTION keep_merchant_search();

INSERT INTO merchant_search SELECT found.* FROM merchants m, search_row(m.id) AS found;
ANALYZE merchant_search;
