-- In messages `name` is the reader's. What is about a shop names it as `shop`.
UPDATE outbox SET args = args - 'name' || jsonb_build_object('shop', args -> 'name')
  WHERE args ? 'name';
UPDATE notifications SET args = args - 'name' || jsonb_build_object('shop', args -> 'name')
  WHERE args ? 'name';
UPDATE mails SET args = args - 'name' || jsonb_build_object('shop', args -> 'name')
  WHERE args ? 'name';
