CREATE TABLE payments (
    order_id           uuid CONSTRAINT payments_pk PRIMARY KEY,
    payment_id         uuid NOT NULL CONSTRAINT payments_id_unique UNIQUE,
    customer_id        uuid NOT NULL,
    status             text NOT NULL,
    -- What the order service decided, as far as it was heard.
    order_fate         text NOT NULL,
    -- Nothing is known of an order whose end arrived before its beginning (a tombstone).
    amount             bigint,
    currency           char(3),
    method             text,
    lines              jsonb,
    expires_at         timestamptz,
    captured           bigint NOT NULL DEFAULT 0,
    refunded           bigint NOT NULL DEFAULT 0,
    provider           text NOT NULL,
    provider_reference text,
    failure_code       text,
    failure_detail     text,
    -- When to ask the order service for its decision, while a hold waits for it.
    ask_at             timestamptz,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    version            bigint NOT NULL,
    CONSTRAINT payments_status CHECK (status IN ('pending', 'unknown', 'authorized', 'captured', 'partially_refunded',
                                                 'refunded', 'voided', 'failed', 'tombstone')),
    CONSTRAINT payments_order_fate CHECK (order_fate IN ('open', 'confirmed', 'over')),
    CONSTRAINT payments_known CHECK (status = 'tombstone' OR (amount IS NOT NULL AND currency IS NOT NULL
                                     AND method IS NOT NULL AND lines IS NOT NULL AND expires_at IS NOT NULL)),
    CONSTRAINT payments_money CHECK (captured >= 0 AND refunded >= 0 AND refunded <= captured
                                     AND captured <= coalesce(amount, 0))
) WITH (fillfactor = 80, autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX payments_of_customer ON payments (customer_id, payment_id DESC);
CREATE INDEX payments_to_ask ON payments (ask_at) WHERE ask_at IS NOT NULL;
