CREATE TABLE orders (
    order_id         uuid CONSTRAINT orders_pk PRIMARY KEY,
    customer_id      uuid NOT NULL,
    status           text NOT NULL,
    lines            jsonb NOT NULL,
    total            bigint NOT NULL,
    currency         char(3) NOT NULL,
    payment_method   text NOT NULL,
    shipping_address jsonb,
    failure_code     text,
    failure_detail   text,
    cancel_reason    text,
    created_at       timestamptz NOT NULL,
    expires_at       timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    version          bigint NOT NULL,
    CONSTRAINT orders_status
        CHECK (status IN ('pending', 'confirmed', 'shipped', 'delivered', 'failed', 'cancelled')),
    CONSTRAINT orders_total CHECK (total >= 0),
    CONSTRAINT orders_failure CHECK ((status = 'failed') = (failure_code IS NOT NULL))
) WITH (fillfactor = 80, autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX orders_of_customer ON orders (customer_id, order_id DESC);
-- The deadline's timer: only what is still open is in it.
CREATE INDEX orders_open ON orders (expires_at) WHERE status = 'pending';

-- Projection of product.*: what orders are priced from.
CREATE TABLE catalogue (
    product_id uuid CONSTRAINT catalogue_pk PRIMARY KEY,
    price      bigint,
    currency   char(3),
    sold       boolean NOT NULL,
    version    bigint NOT NULL,
    CONSTRAINT catalogue_price CHECK (NOT sold OR (price IS NOT NULL AND currency IS NOT NULL))
);

-- Projection of payment.*: what an order shows as payment_status.
CREATE TABLE order_payments (
    order_id uuid CONSTRAINT order_payments_pk PRIMARY KEY,
    status   text NOT NULL,
    -- Events of one payment may arrive in any order; the furthest status stays.
    progress smallint NOT NULL,
    captured bigint NOT NULL,
    refunded bigint NOT NULL
);
