-- Cases: what a buyer and a merchant do not agree on. The pairs of the parts `case_opened` and
-- `case_moved`. What a case may do stands in case_moves, by its kind; whose turn it is then holds
-- its order up, unless that has ended.

-- Refuses a case beside an open one that the part does not replace, a kind that does not open, an
-- order that the kind does not stand on, and more than was paid. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION check_case_opened(o orders, p_actor text, p jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  m case_moves;
BEGIN
  SELECT * INTO m FROM case_moves WHERE kind = p ->> 'kind' AND event = 'open';
  IF (p_actor = ANY (m.actors) AND (o.ended_at IS NULL OR m.on_ended)) IS NOT TRUE THEN
    RAISE EXCEPTION 'no such case opens on this order' USING ERRCODE = 'SU003';
  END IF;
  IF ((p ->> 'amount')::numeric <= o.price) IS NOT TRUE THEN
    RAISE EXCEPTION 'more is asked for than was paid' USING ERRCODE = 'SU003';
  END IF;
  IF EXISTS (SELECT FROM cases c WHERE c.order_id = o.id AND c.ended_at IS NULL
      AND NOT EXISTS (SELECT FROM case_moves r WHERE r.kind = c.kind AND r.event = 'replace'
        AND r.from_status = c.status)) THEN
    RAISE EXCEPTION 'another case is open' USING ERRCODE = 'SU003';
  END IF;
END $$;

-- Opens a case; one that its opener may replace ends with it. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_case_opened(o orders, p_at timestamptz, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
DECLARE
  c cases;
  m case_moves;
BEGIN
  SELECT * INTO c FROM cases WHERE order_id = o.id AND ended_at IS NULL;
  IF FOUND THEN
    SELECT * INTO STRICT m FROM case_moves
      WHERE kind = c.kind AND event = 'replace' AND from_status = c.status;
    PERFORM move_case(c, p_at, m.event, m.to_status, NULL, NULL);
  END IF;
  SELECT * INTO STRICT m FROM case_moves WHERE kind = p ->> 'kind' AND event = 'open';
  INSERT INTO cases (public_id, order_id, kind, status, amount, reason, opened_at, status_since,
      due_at)
    VALUES ((p ->> 'public_id')::uuid, o.id, p ->> 'kind', m.to_status, (p ->> 'amount')::numeric,
      p ->> 'reason', p_at, p_at, (p ->> 'due_at')::timestamptz)
    RETURNING * INTO c;
  PERFORM log_case_event(c, 'open', NULL, p_at);
  o.refunds_asked := o.refunds_asked + CASE WHEN c.kind = 'refund' THEN 1 ELSE 0 END;
  RETURN put_on_hold(o, p_at, c.kind, m.turn, c.due_at);
END $$;

-- Answers false when the case moved on since it was read. Refuses the case of another order, a
-- move that case_moves lacks, and a return of another amount than was asked for. Called by
-- apply_order_parts.
CREATE OR REPLACE FUNCTION check_case_moved(
  o orders, p_actor text, p jsonb, p_returned numeric
) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  c cases;
BEGIN
  SELECT * INTO c FROM cases WHERE public_id = (p ->> 'public_id')::uuid AND order_id = o.id
    FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the case is not of this order' USING ERRCODE = 'SU003';
  END IF;
  IF c.version IS DISTINCT FROM (p ->> 'version')::int THEN
    RETURN false;
  END IF;
  IF NOT EXISTS (SELECT FROM case_moves WHERE kind = c.kind AND event = p ->> 'event'
      AND from_status = c.status AND p_actor = ANY (actors)) THEN
    RAISE EXCEPTION 'illegal move of a case: % from %', p ->> 'event', c.status
      USING ERRCODE = 'SU004';
  END IF;
  IF p ->> 'event' = 'agree' AND p_returned IS DISTINCT FROM c.amount THEN
    RAISE EXCEPTION 'what is agreed is not what was asked for' USING ERRCODE = 'SU003';
  END IF;
  RETURN true;
END $$;

-- Moves a case on, and the hold of its order with it. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION apply_case_moved(o orders, p_at timestamptz, p jsonb) RETURNS orders
LANGUAGE plpgsql AS $$
DECLARE
  c cases;
  m case_moves;
BEGIN
  SELECT * INTO STRICT c FROM cases WHERE public_id = (p ->> 'public_id')::uuid;
  SELECT * INTO STRICT m FROM case_moves
    WHERE kind = c.kind AND event = p ->> 'event' AND from_status = c.status;
  PERFORM move_case(c, p_at, m.event, m.to_status, (p ->> 'due_at')::timestamptz, p ->> 'answer');
  RETURN CASE WHEN m.turn IS NULL THEN lift_hold(o, p_at)
    ELSE put_on_hold(o, p_at, c.kind, m.turn, (p ->> 'due_at')::timestamptz) END;
END $$;

-- Ends the open case of an order that a move of the order settles: a cancelled order has given what
-- was asked for, a confirmed one has it withdrawn. Called by apply_order_parts.
CREATE OR REPLACE FUNCTION end_open_case(o orders, p_at timestamptz, p_event text, p_status text)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  c cases;
BEGIN
  SELECT * INTO STRICT c FROM cases WHERE order_id = o.id AND ended_at IS NULL FOR NO KEY UPDATE;
  PERFORM move_case(c, p_at, p_event, p_status, NULL, NULL);
END $$;

-- Writes a case in its next status with its line of history. Without a p_due_at it has ended.
-- Internal: called by the functions of this file.
CREATE OR REPLACE FUNCTION move_case(
  c cases, p_at timestamptz, p_event text, p_status text, p_due_at timestamptz, p_answer text
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_from text := c.status;
BEGIN
  UPDATE cases SET status = p_status, version = version + 1, status_since = p_at,
      due_at = p_due_at, ended_at = CASE WHEN p_due_at IS NULL THEN p_at END,
      answer = coalesce(p_answer, answer)
    WHERE id = c.id RETURNING * INTO c;
  PERFORM log_case_event(c, p_event, v_from, p_at);
END $$;

-- Adds a line to the history of a case, and its dispatch. Internal: called by the functions of this
-- file. Who acted stands in the history of the order, in the same transaction.
CREATE OR REPLACE FUNCTION log_case_event(c cases, p_event text, p_from text, p_at timestamptz)
RETURNS void
LANGUAGE sql AS $$
  INSERT INTO case_events (case_id, version, event, from_status, to_status, at)
    VALUES (c.id, c.version, p_event, p_from, c.status, p_at);
  INSERT INTO dispatches (stream, subject_id, version, at) VALUES ('case', c.id, c.version, p_at);
$$;
