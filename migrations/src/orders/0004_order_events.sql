-- Projections of payment.* and stock.*: what an order's stream of events shows beside this service's own outbox. `place`
-- counts the events of an order from 1, in the order of their commits and without a gap: whoever has seen the first
-- three goes on with the fourth.
CREATE TABLE payment_events (
    order_id    uuid NOT NULL,
    place       bigint NOT NULL,
    event_id    uuid NOT NULL CONSTRAINT payment_events_once UNIQUE,
    subject     text NOT NULL,
    data        jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT payment_events_pk PRIMARY KEY (order_id, place)
);

CREATE TABLE stock_events (
    order_id    uuid NOT NULL,
    place       bigint NOT NULL,
    event_id    uuid NOT NULL CONSTRAINT stock_events_once UNIQUE,
    subject     text NOT NULL,
    data        jsonb NOT NULL,
    occurred_at timestamptz NOT NULL,
    CONSTRAINT stock_events_pk PRIMARY KEY (order_id, place)
);

-- The events of one order in the outbox. Ids grow with time, so this index grows at its end.
CREATE INDEX outbox_of_aggregate ON outbox (aggregate_id, position);

ALTER TABLE payment_events SET (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE stock_events SET (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
