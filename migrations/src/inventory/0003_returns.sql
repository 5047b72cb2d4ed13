-- Goods of a confirmed order that came back with a refund, before and beside a cancellation, which brings back the rest.
CREATE TABLE returns (
    refund_id uuid CONSTRAINT returns_pk PRIMARY KEY,
    order_id  uuid NOT NULL CONSTRAINT returns_reservation_fk REFERENCES reservations (order_id),
    -- As in reservations.
    lines     jsonb NOT NULL,
    at        timestamptz NOT NULL
);
CREATE INDEX returns_of_order ON returns (order_id);
