-- What each customer put aside, until they empty it. One row that is locked and rewritten: a cart is bounded.
CREATE TABLE carts (
    customer_id uuid CONSTRAINT carts_pk PRIMARY KEY,
    -- [{"product_id", "quantity"}], in the order in which they were put in.
    lines       jsonb NOT NULL,
    updated_at  timestamptz NOT NULL
);
