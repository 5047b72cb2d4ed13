-- What the provider was asked to give back and has not yet confirmed: nobody may promise it a second time.
ALTER TABLE payments ADD COLUMN refunding bigint NOT NULL DEFAULT 0;
UPDATE payments SET refunding = captured - refunded
WHERE order_fate = 'over' AND status IN ('captured', 'partially_refunded');
ALTER TABLE payments ADD CONSTRAINT payments_refunding CHECK (refunding >= 0 AND refunded + refunding <= captured);

-- Refunds that the staff asked for. What an order's end gives back needs no row: the payment itself says it.
CREATE TABLE refunds (
    refund_id   uuid CONSTRAINT refunds_pk PRIMARY KEY,
    order_id    uuid NOT NULL CONSTRAINT refunds_payment_fk REFERENCES payments (order_id),
    amount      bigint NOT NULL,
    reason      text NOT NULL,
    -- [{"product_id", "quantity"}]: goods that came back with it.
    restock     jsonb NOT NULL,
    status      text NOT NULL,
    asked_by    uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    done_at     timestamptz,
    CONSTRAINT refunds_amount CHECK (amount > 0),
    CONSTRAINT refunds_status CHECK (status IN ('pending', 'succeeded')),
    CONSTRAINT refunds_done CHECK ((status = 'succeeded') = (done_at IS NOT NULL))
);
CREATE INDEX refunds_of_payment ON refunds (order_id, refund_id);
