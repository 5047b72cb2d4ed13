-- The books of the sandbox payment provider: what it holds, took and gave back, whatever the shop believes.
CREATE TABLE holds (
    reference       text CONSTRAINT holds_pk PRIMARY KEY,
    idempotency_key text NOT NULL CONSTRAINT holds_key_unique UNIQUE,
    order_reference text NOT NULL,
    method          text NOT NULL,
    amount          bigint NOT NULL,
    currency        char(3) NOT NULL,
    status          text NOT NULL,
    captured        bigint NOT NULL DEFAULT 0,
    refunded        bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT holds_status CHECK (status IN ('held', 'captured', 'voided', 'declined')),
    CONSTRAINT holds_money CHECK (refunded >= 0 AND refunded <= captured AND captured <= amount)
) WITH (fillfactor = 80);
CREATE INDEX holds_of_order ON holds (order_reference);

-- Captures, voids and refunds by their idempotency key: a repeated one is answered as the first.
CREATE TABLE operations (
    idempotency_key text CONSTRAINT operations_pk PRIMARY KEY,
    reference       text NOT NULL CONSTRAINT operations_hold REFERENCES holds (reference),
    kind            text NOT NULL,
    amount          bigint NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT operations_kind CHECK (kind IN ('capture', 'void', 'refund'))
);

-- How often an unreliable card was tried.
CREATE TABLE attempts (
    idempotency_key text CONSTRAINT attempts_pk PRIMARY KEY,
    made            integer NOT NULL
);
