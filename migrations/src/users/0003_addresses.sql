-- Where a person has parcels sent. They go with the account.
CREATE TABLE addresses (
    id          uuid CONSTRAINT addresses_pk PRIMARY KEY,
    user_id     uuid NOT NULL CONSTRAINT addresses_user_fk REFERENCES users (id) ON DELETE CASCADE,
    recipient   text NOT NULL,
    line1       text NOT NULL,
    line2       text,
    city        text NOT NULL,
    postal_code text NOT NULL,
    country     char(2) NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE INDEX addresses_of_user ON addresses (user_id, id);

-- What was announced about one person: erasing them must not read all of it.
CREATE INDEX outbox_of_aggregate ON outbox (aggregate_id, position);
