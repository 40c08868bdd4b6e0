-- The credit record: what buyers felt, what connects the parties of an order, and what is computed
-- of both each night.

-- The browsers that a person signed in with: a keyed hash of a random cookie. Personal data: it is
-- forgotten with the person.
CREATE TABLE devices (
  user_id bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  mark bytea NOT NULL CHECK (octet_length(mark) = 32),
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, mark)
);
CREATE INDEX devices_by_mark ON devices (mark);
CREATE INDEX devices_by_age ON devices (last_seen_at);

-- What an attempt to pay was made with: keyed hashes of the browser and of the account that the
-- money came from. Beside the attempt, so that it can be forgotten.
CREATE TABLE payment_marks (
  payment_id bigint PRIMARY KEY REFERENCES payments (id),
  device_mark bytea CHECK (octet_length(device_mark) = 32),
  account_mark bytea CHECK (octet_length(account_mark) = 32)
);
CREATE INDEX payment_marks_by_device ON payment_marks (device_mark) WHERE device_mark IS NOT NULL;
CREATE INDEX payment_marks_by_account ON payment_marks (account_mark)
  WHERE account_mark IS NOT NULL;

-- Orders whose parties are connected. They count for nothing and are not covered.
CREATE TABLE self_dealt_orders (
  order_id bigint PRIMARY KEY REFERENCES orders (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  links text[] NOT NULL CHECK (cardinality(links) > 0
    AND links <@ ARRAY['membership', 'device', 'payment_account']),
  found_at timestamptz NOT NULL
);
CREATE INDEX self_dealt_orders_by_merchant ON self_dealt_orders (merchant_id, order_id);
CREATE TRIGGER self_dealt_orders_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
  ON self_dealt_orders FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

-- What is found out after the payment is a move of the order like any other, and stands in its
-- history.
INSERT INTO order_moves (event, from_status, to_status, journal) VALUES
  ('find_self_dealt', 'awaiting_delivery', 'awaiting_delivery', NULL),
  ('find_self_dealt', 'awaiting_confirmation', 'awaiting_confirmation', NULL),
  ('find_self_dealt', 'completed', 'completed', NULL),
  ('find_self_dealt', 'closed', 'closed', NULL);

-- start_payment, with the browser that it is begun in.
CREATE FUNCTION begin_payment(
  p_public_id uuid, p_order_id bigint, p_gateway text, p_buyer_id bigint, p_buyer_email text,
  p_locale text, p_ask_at timestamptz, p_ask_until timestamptz, p_device_mark bytea
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  v_id bigint := start_payment(p_public_id, p_order_id, p_gateway, p_buyer_id, p_buyer_email,
    p_locale, p_ask_at, p_ask_until);
BEGIN
  IF v_id IS NOT NULL AND p_device_mark IS NOT NULL THEN
    INSERT INTO payment_marks (payment_id, device_mark) VALUES (v_id, p_device_mark);
  END IF;
  RETURN v_id;
END $$;

-- The parts of a change that few changes have: the receipt that paid, the refund request, and what
-- connects the parties. A self-dealt order is not covered, whatever else the change says.
CREATE OR REPLACE FUNCTION apply_order_extra(o orders, p_now timestamptz, p_extra jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_payment payments;
  r jsonb;
BEGIN
  IF p_extra ? 'receipt' THEN
    r := p_extra -> 'receipt';
    SELECT * INTO STRICT v_payment FROM payments WHERE id = (r ->> 'payment_id')::bigint;
    IF (v_payment.order_id = o.id AND v_payment.amount = o.price
        AND v_payment.currency = o.currency) IS NOT TRUE THEN
      RAISE EXCEPTION 'the payment is not of this order' USING ERRCODE = 'SU003';
    END IF;
    INSERT INTO receipts (gateway, provider_reference, payment_id, order_id, amount, currency, at)
      VALUES (v_payment.gateway, r ->> 'provider_reference', v_payment.id, o.id, o.price,
        o.currency, p_now);
    IF r ? 'account_mark' THEN
      INSERT INTO payment_marks (payment_id, account_mark)
        VALUES (v_payment.id, decode(r ->> 'account_mark', 'hex'))
        ON CONFLICT (payment_id) DO UPDATE SET account_mark = excluded.account_mark;
    END IF;
  END IF;
  IF p_extra ? 'self_dealt' THEN
    INSERT INTO self_dealt_orders (order_id, merchant_id, links, found_at)
      VALUES (o.id, o.merchant_id, ARRAY(SELECT jsonb_array_elements_text(p_extra -> 'self_dealt')),
        p_now);
    UPDATE orders SET covered = false WHERE id = o.id;
  END IF;
  IF p_extra ? 'buyer_email' AND NOT p_extra ? 'receipt' THEN
    -- Whoever reads at the address before it is told that the proof which came there is void.
    PERFORM append_outbox(ARRAY['email:order-address-was-wrong'], NULL, NULL, NULL, o.buyer_email,
      jsonb_build_object('title', o.title, 'locale', p_extra ->> 'locale'));
  END IF;
  IF p_extra ? 'refund' THEN
    r := p_extra -> 'refund';
    IF r ->> 'status' = 'awaiting_merchant' THEN
      -- A request that was declined is changed by asking anew.
      UPDATE refunds SET status = 'withdrawn', status_since = p_now, due_at = NULL
        WHERE order_id = o.id AND status = 'declined';
      INSERT INTO refunds (public_id, order_id, status, amount, reason, opened_at, status_since,
          due_at)
        VALUES ((r ->> 'public_id')::uuid, o.id, 'awaiting_merchant', (r ->> 'amount')::numeric,
          r ->> 'reason', p_now, p_now, (r ->> 'due_at')::timestamptz);
    ELSE
      UPDATE refunds SET status = r ->> 'status', status_since = p_now,
          due_at = (r ->> 'due_at')::timestamptz,
          merchant_reason = coalesce(r ->> 'merchant_reason', merchant_reason)
        WHERE order_id = o.id AND status IN ('awaiting_merchant', 'declined');
      IF NOT FOUND THEN
        RAISE EXCEPTION 'no open refund' USING ERRCODE = 'SU003';
      END IF;
    END IF;
  END IF;
END $$;

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
CREATE TRIGGER ratings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ratings
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();

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
CREATE TRIGGER rating_replies_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rating_replies
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER rating_replies_public_record AFTER INSERT ON rating_replies
  FOR EACH ROW EXECUTE FUNCTION tell_public_record();

-- From then on everybody reads rating and answer.
CREATE TABLE rating_publications (
  rating_id bigint PRIMARY KEY REFERENCES ratings (id),
  merchant_id bigint NOT NULL REFERENCES merchants (id),
  because text NOT NULL CHECK (because IN ('reply', 'time')),
  published_at timestamptz NOT NULL
);
CREATE INDEX rating_publications_by_merchant ON rating_publications (merchant_id, rating_id);
CREATE TRIGGER rating_publications_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON rating_publications
  FOR EACH STATEMENT EXECUTE FUNCTION forbid_change();
CREATE TRIGGER rating_publications_public_record AFTER INSERT ON rating_publications
  FOR EACH ROW EXECUTE FUNCTION tell_public_record();

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
CREATE TRIGGER credit_records_public_record AFTER INSERT OR UPDATE ON credit_records
  FOR EACH ROW EXECUTE FUNCTION tell_public_record();

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
INSERT INTO credit_turns (merchant_id) SELECT id FROM merchants;
CREATE FUNCTION begin_credit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO credit_turns (merchant_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER merchants_begin_credit AFTER INSERT ON merchants
  FOR EACH ROW EXECUTE FUNCTION begin_credit();

-- From which account the sandbox bank's payer paid, where the payer said so.
ALTER TABLE sandbox_transactions ADD COLUMN payer_account text;

-- A move of a badge that changes its tier says from which to which.
ALTER TABLE badge_events
  ADD COLUMN from_tier text CHECK (from_tier IN ('trusted', 'silver', 'gold', 'platinum')),
  ADD COLUMN to_tier text CHECK (to_tier IN ('trusted', 'silver', 'gold', 'platinum')),
  ADD CHECK ((from_tier IS NULL) = (to_tier IS NULL));

-- What must be true of all this.
CREATE FUNCTION audit_credit() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
  SELECT 'a guard is on its table', concat('table ', g.name), concat('forbid_change',
      CASE WHEN t.tgname IS NULL THEN ' is missing' ELSE ' is switched off' END)
    FROM (VALUES ('ratings'), ('rating_replies'), ('rating_publications'),
      ('self_dealt_orders')) AS g (name)
    LEFT JOIN (pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        AND c.relnamespace = 'public'::regnamespace JOIN pg_proc p ON p.oid = t.tgfoid
        AND p.proname = 'forbid_change')
      ON c.relname = g.name
    WHERE t.tgenabled IS DISTINCT FROM 'O'
  UNION ALL
  SELECT 'the server''s role does not write what functions write', concat('table ', c.relname),
      w.name
    FROM pg_class c, (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS w (name),
      pg_roles r
    WHERE r.rolname = 'surety_server' AND c.relnamespace = 'public'::regnamespace
      AND c.relname IN ('self_dealt_orders', 'payment_marks')
      AND (has_table_privilege(r.oid, c.oid, w.name)
        OR w.name IN ('INSERT', 'UPDATE') AND has_any_column_privilege(r.oid, c.oid, w.name))
  UNION ALL
  SELECT 'a rating is its buyer''s, of a completed order', concat('rating ', r.id),
      concat('order ', r.order_id, ' ', o.status, ', buyer ', o.buyer_id, ', rated by ', r.user_id)
    FROM ratings r LEFT JOIN orders o ON o.id = r.order_id
    WHERE (o.status = 'completed' AND o.buyer_id = r.user_id AND o.merchant_id = r.merchant_id
      AND r.rated_at >= o.ended_at) IS NOT TRUE
  UNION ALL
  SELECT 'an order is rated once', concat('order ', order_id), concat(count(*), ' ratings')
    FROM ratings GROUP BY order_id HAVING count(*) > 1
  UNION ALL
  SELECT 'a rating is published with its answer or in its time', concat('rating ', r.id),
      concat('published ', p.published_at, ', answered ', a.replied_at, ', due ', r.publish_at)
    FROM ratings r LEFT JOIN rating_publications p ON p.rating_id = r.id
    LEFT JOIN rating_replies a ON a.rating_id = r.id
    LEFT JOIN ratings_to_publish w ON w.rating_id = r.id
    WHERE (CASE
      WHEN p.rating_id IS NULL THEN w.publish_at = r.publish_at AND a.rating_id IS NULL
      ELSE w.rating_id IS NULL AND p.merchant_id = r.merchant_id
        AND CASE p.because WHEN 'reply' THEN a.replied_at = p.published_at
          ELSE p.published_at >= r.publish_at AND coalesce(a.replied_at >= p.published_at, true)
        END END) IS NOT TRUE
  UNION ALL
  SELECT 'a self-dealt order is not covered', concat('order ', s.order_id),
      array_to_string(s.links, ', ')
    FROM self_dealt_orders s LEFT JOIN orders o ON o.id = s.order_id
    WHERE (NOT o.covered AND o.paid_at IS NOT NULL AND o.merchant_id = s.merchant_id) IS NOT TRUE
  UNION ALL
  SELECT 'a badge''s tier is what its history says', concat('merchant ', b.merchant_id),
      concat(b.tier, ', last moved to ', e.to_tier)
    FROM badges b
    JOIN (SELECT DISTINCT ON (merchant_id) merchant_id, to_tier
      FROM (SELECT merchant_id, version, CASE WHEN from_state IS NULL
          OR from_state IN ('revoked', 'expired') THEN 'trusted' ELSE to_tier END AS to_tier
        FROM badge_events) m
      WHERE to_tier IS NOT NULL ORDER BY merchant_id, version DESC) e
      ON e.merchant_id = b.merchant_id
    WHERE e.to_tier <> b.tier
      -- Before tiers were moved they were not written down.
      AND EXISTS (SELECT FROM badge_events t
        WHERE t.merchant_id = b.merchant_id AND t.to_tier IS NOT NULL);
$$;

-- All of it.
CREATE OR REPLACE FUNCTION audit_differences() RETURNS TABLE (rule text, subject text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT * FROM audit_guards()
  UNION ALL SELECT * FROM audit_ledger()
  UNION ALL SELECT * FROM audit_orders()
  UNION ALL SELECT * FROM audit_outgoing()
  UNION ALL SELECT * FROM audit_histories()
  UNION ALL SELECT * FROM audit_credit();
$$;
