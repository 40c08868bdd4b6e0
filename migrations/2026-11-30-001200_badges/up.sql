-- What the public reports, and where a badge was seen.

-- Fake badges and pages that somebody reported.
CREATE TABLE impostor_reports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text NOT NULL UNIQUE,
  origin text NOT NULL,
  merchant_id bigint REFERENCES merchants (id),
  words text NOT NULL,
  created_at timestamptz NOT NULL,
  -- who works on it, and what was found
  taken_by bigint REFERENCES users (id),
  taken_at timestamptz,
  closed_by bigint REFERENCES users (id),
  closed_at timestamptz,
  outcome text CHECK (outcome IN ('dismissed', 'confirmed')),
  reason text NOT NULL DEFAULT '',
  CHECK ((taken_by IS NULL) = (taken_at IS NULL)),
  CHECK (num_nulls(closed_by, closed_at, outcome) IN (0, 3)),
  CHECK (closed_at IS NULL OR reason <> '')
);
CREATE INDEX impostor_reports_open ON impostor_reports (id) WHERE closed_at IS NULL;
CREATE INDEX impostor_reports_by_origin ON impostor_reports (origin, id);

-- Where a badge was asked for from a site that is not its merchant's.
CREATE TABLE badge_sightings (
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  origin text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  seen bigint NOT NULL,
  PRIMARY KEY (merchant_id, origin)
);
