-- Each table is written by one projection alone, so that one can be replayed without the others: nothing here refers to
-- anything else. Queries join.

-- Projection of order.*: one row of each order, with when what was said of it first.
CREATE TABLE orders (
    order_id     uuid CONSTRAINT orders_pk PRIMARY KEY,
    customer_id  uuid NOT NULL,
    total        bigint,
    currency     char(3),
    -- [{"product_id": uuid, "quantity": number, "amount": number}]
    lines        jsonb,
    created_at   timestamptz,
    confirmed_at timestamptz,
    failed_at    timestamptz,
    failure_code text,
    cancelled_at timestamptz,
    shipped_at   timestamptz,
    delivered_at timestamptz,
    CONSTRAINT orders_placed CHECK ((created_at IS NULL) = (total IS NULL) AND (total IS NULL) = (currency IS NULL)
                                    AND (currency IS NULL) = (lines IS NULL)),
    CONSTRAINT orders_failure CHECK ((failed_at IS NULL) = (failure_code IS NULL))
) WITH (fillfactor = 80, autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX orders_cancelled ON orders (order_id) WHERE cancelled_at IS NOT NULL;

-- Projection of payment.*.
CREATE TABLE payments (
    order_id      uuid CONSTRAINT payments_pk PRIMARY KEY,
    -- In which the order was made, as its id tells.
    hour          timestamptz NOT NULL,
    authorized_at timestamptz,
    failed_at     timestamptz,
    failure_code  text,
    captured_at   timestamptz,
    captured      bigint NOT NULL,
    voided_at     timestamptz,
    -- {"<refund>": amount}
    refunds       jsonb NOT NULL,
    refunded      bigint NOT NULL,
    -- Of what was captured and refunded; null before that.
    currency      char(3),
    stalled_at    timestamptz,
    CONSTRAINT payments_captured CHECK ((captured_at IS NULL) = (captured = 0)),
    CONSTRAINT payments_failure CHECK ((failed_at IS NULL) = (failure_code IS NULL)),
    CONSTRAINT payments_currency CHECK (currency IS NOT NULL OR (captured = 0 AND refunded = 0))
) WITH (fillfactor = 80, autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
-- With the next one, what of all refunds is due to cancelled orders: without a look at those that were neither.
CREATE INDEX payments_refunded ON payments (order_id) INCLUDE (hour, currency, refunded) WHERE refunded > 0;

-- Projection of stock.*.
CREATE TABLE goods (
    order_id     uuid CONSTRAINT goods_pk PRIMARY KEY,
    reserved_at  timestamptz,
    failed_at    timestamptz,
    committed_at timestamptz,
    released_at  timestamptz,
    stalled_at   timestamptz
) WITH (fillfactor = 80, autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);

-- How many orders came how far, and the money in it, by the hour in which the order was made: what the rows above add up
-- to. Rows of the present hour change with every batch; a new version that fits into its page needs no new index entry.
CREATE TABLE order_hours (
    hour     timestamptz NOT NULL,
    fact     text NOT NULL,
    code     text NOT NULL,
    currency text NOT NULL,
    orders   bigint NOT NULL,
    amount   bigint NOT NULL,
    CONSTRAINT order_hours_pk PRIMARY KEY (hour, fact, code, currency)
) WITH (fillfactor = 50);
CREATE TABLE payment_hours (
    hour     timestamptz NOT NULL,
    fact     text NOT NULL,
    code     text NOT NULL,
    currency text NOT NULL,
    orders   bigint NOT NULL,
    amount   bigint NOT NULL,
    CONSTRAINT payment_hours_pk PRIMARY KEY (hour, fact, code, currency)
) WITH (fillfactor = 50);
CREATE TABLE stock_hours (
    hour     timestamptz NOT NULL,
    fact     text NOT NULL,
    code     text NOT NULL,
    currency text NOT NULL,
    orders   bigint NOT NULL,
    amount   bigint NOT NULL,
    CONSTRAINT stock_hours_pk PRIMARY KEY (hour, fact, code, currency)
) WITH (fillfactor = 50);

-- What confirmed orders hold of each product, and how much of that was cancelled, by the day (UTC) in which the order was
-- made. Of the projection of order.*.
CREATE TABLE product_days (
    day              date NOT NULL,
    product_id       uuid NOT NULL,
    currency         text NOT NULL,
    units            bigint NOT NULL,
    amount           bigint NOT NULL,
    cancelled_units  bigint NOT NULL,
    cancelled_amount bigint NOT NULL,
    CONSTRAINT product_days_pk PRIMARY KEY (day, product_id, currency)
) WITH (fillfactor = 50);

-- Every event of an order, also those that say again what is known: its timeline. One table for each projection.
CREATE TABLE order_events (
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    subject  text NOT NULL,
    at       timestamptz NOT NULL,
    cause_id uuid,
    CONSTRAINT order_events_pk PRIMARY KEY (order_id, event_id)
);
CREATE TABLE payment_events (
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    subject  text NOT NULL,
    at       timestamptz NOT NULL,
    cause_id uuid,
    CONSTRAINT payment_events_pk PRIMARY KEY (order_id, event_id)
);
CREATE TABLE stock_events (
    order_id uuid NOT NULL,
    event_id uuid NOT NULL,
    subject  text NOT NULL,
    at       timestamptz NOT NULL,
    cause_id uuid,
    CONSTRAINT stock_events_pk PRIMARY KEY (order_id, event_id)
);

-- Projection of product.*: how products are called. What was sold keeps its name when it is sold no longer.
CREATE TABLE products (
    product_id uuid CONSTRAINT products_pk PRIMARY KEY,
    sku        text NOT NULL,
    name_ko    text NOT NULL,
    name_en    text NOT NULL,
    version    bigint NOT NULL
);
