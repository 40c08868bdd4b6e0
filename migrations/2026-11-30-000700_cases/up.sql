-- What goes wrong with an order: requests for a refund.

CREATE TABLE refunds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  public_id uuid NOT NULL UNIQUE,
  order_id bigint NOT NULL REFERENCES orders (id),
  status text NOT NULL CHECK (status IN ('awaiting_merchant', 'declined', 'refunded', 'withdrawn')),
  amount numeric(20, 4) NOT NULL CHECK (amount > 0),
  reason text NOT NULL,
  merchant_reason text,
  opened_at timestamptz NOT NULL,
  status_since timestamptz NOT NULL,
  due_at timestamptz,
  CHECK ((status IN ('awaiting_merchant', 'declined')) = (due_at IS NOT NULL))
);
CREATE UNIQUE INDEX refunds_one_open ON refunds (order_id)
  WHERE status IN ('awaiting_merchant', 'declined');
CREATE INDEX refunds_by_order ON refunds (order_id, id);
CREATE INDEX refunds_due ON refunds (due_at) WHERE due_at IS NOT NULL;
