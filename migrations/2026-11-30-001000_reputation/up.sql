-- What buyers felt, and what is computed of it and of the orders each night.

-- What a buyer felt. Given once, never changed: it is read by nobody else until it is published.
CREATE TABLE ratings (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_id bigint NOT NULL UNIQUE REFERENCES orders (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  user_id bigint NOT NULL REFERENCES users (id),
  goods smallint NOT NULL CHECK (goods BETWEEN 1 AND 5),
  service smallint NOT NULL CHECK (service BETWEEN 1 AND 5),
  delivery smallint NOT NULL CHECK (delivery BETWEEN 1 AND 5),
  words text NOT NULL,
  rated_at timestamptz NOT NULL,
  -- when it is published at the latest
  publish_at timestamptz NOT NULL,
  -- the mean of the three: 4 or more counts for, less than 3 against
  score smallint NOT NULL GENERATED ALWAYS AS (
    CASE WHEN goods + service + delivery >= 12 THEN 1
      WHEN goods + service + delivery < 9 THEN -1 ELSE 0 END) STORED,
  CHECK (publish_at > rated_at)
);
CREATE INDEX ratings_by_merchant ON ratings (merchant_id, id);
CREATE INDEX ratings_by_user ON ratings (user_id);

-- The merchant's answer, once.
CREATE TABLE rating_replies (
  rating_id bigint PRIMARY KEY REFERENCES ratings (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  user_id bigint NOT NULL REFERENCES users (id),
  words text NOT NULL CHECK (words <> ''),
  replied_at timestamptz NOT NULL
);
CREATE INDEX rating_replies_by_merchant ON rating_replies (merchant_id);
CREATE INDEX rating_replies_by_user ON rating_replies (user_id);

-- From then on everybody reads rating and answer.
CREATE TABLE rating_publications (
  rating_id bigint PRIMARY KEY REFERENCES ratings (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  because text NOT NULL CHECK (because IN ('reply', 'time')),
  published_at timestamptz NOT NULL
);
CREATE INDEX rating_publications_by_merchant ON rating_publications (merchant_id, rating_id);

-- Ratings that are not published yet: who takes a row away publishes, and nobody else.
CREATE TABLE ratings_to_publish (
  rating_id bigint PRIMARY KEY REFERENCES ratings (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  publish_at timestamptz NOT NULL
);
CREATE INDEX ratings_to_publish_due ON ratings_to_publish (publish_at);
CREATE INDEX ratings_to_publish_by_merchant ON ratings_to_publish (merchant_id, publish_at);

-- The record of a merchant, as it was computed for a day from all that happened before that day
-- began in the operator's zone.
CREATE TABLE credit_records (
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  day date NOT NULL,
  -- the twelve months that were looked at
  counted_since timestamptz NOT NULL,
  counted_until timestamptz NOT NULL,
  -- orders paid in that time, and what has become of them by its end; without self-dealt ones
  paid bigint NOT NULL CHECK (paid >= 0),
  ended bigint NOT NULL CHECK (ended BETWEEN 0 AND paid),
  completed bigint NOT NULL CHECK (completed BETWEEN 0 AND ended),
  disputed bigint NOT NULL CHECK (disputed BETWEEN 0 AND paid),
  -- orders paid in that time that were left out
  self_dealt bigint NOT NULL CHECK (self_dealt >= 0),
  -- ratings published in that time, and the sum of their three marks each
  ratings bigint NOT NULL CHECK (ratings >= 0),
  rating_points bigint NOT NULL CHECK (rating_points BETWEEN 3 * ratings AND 15 * ratings),
  -- of all published ratings ever: what the rank is read from
  score bigint NOT NULL,
  -- calendar months as a trust merchant; none without a badge that lives
  months_trusted int CHECK (months_trusted >= 0),
  -- the tier that this earns
  tier text CHECK (tier IN ('trusted', 'silver', 'gold', 'platinum')),
  computed_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, day),
  CHECK ((tier IS NULL) = (months_trusted IS NULL))
);

-- What happened in a calendar month of the operator's zone, for the plots.
CREATE TABLE credit_months (
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  month date NOT NULL CHECK (extract(day FROM month) = 1),
  paid bigint NOT NULL,
  completed bigint NOT NULL,
  refunded bigint NOT NULL,
  disputed bigint NOT NULL,
  ratings bigint NOT NULL,
  rating_points bigint NOT NULL,
  PRIMARY KEY (merchant_id, month)
);

-- Whose record was computed for which day, and who is at it now: a lease, so that a worker that
-- died does not keep a merchant for long.
CREATE TABLE credit_turns (
  merchant_id bigint PRIMARY KEY REFERENCES merchants (id),
  done_day date NOT NULL DEFAULT '2000-01-01',
  claimed_until timestamptz,
  -- no order before this row lies in the twelve months any more
  first_order_id bigint NOT NULL DEFAULT 0
);
CREATE INDEX credit_turns_by_day ON credit_turns (done_day, merchant_id);
