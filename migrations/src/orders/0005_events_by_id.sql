-- Events of others are told apart by their ids alone. Where they were counted, the count followed the order in which they happened
-- to be committed here, which a replay does not repeat; who had seen the first three would have gone on with another fourth.
ALTER TABLE payment_events
    DROP CONSTRAINT payment_events_pk, DROP CONSTRAINT payment_events_once, DROP COLUMN place,
    ADD CONSTRAINT payment_events_pk PRIMARY KEY (order_id, event_id);
ALTER TABLE stock_events
    DROP CONSTRAINT stock_events_pk, DROP CONSTRAINT stock_events_once, DROP COLUMN place,
    ADD CONSTRAINT stock_events_pk PRIMARY KEY (order_id, event_id);
