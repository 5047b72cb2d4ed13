-- Half of each page stays free: the levels of a hot product change with every batch, and a new version of a row that
-- fits into its page needs no new index entry. Rows are never deleted, which is why nothing has a foreign key to them.
CREATE TABLE stock (
    product_id uuid        NOT NULL,
    on_hand    bigint      NOT NULL DEFAULT 0,
    reserved   bigint      NOT NULL DEFAULT 0,
    version    bigint      NOT NULL DEFAULT 1,
    -- The number of the last holder of the product's lock who wrote here; 0 before the first. See src/locking.rs.
    fence      bigint      NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL,
    CONSTRAINT stock_pk PRIMARY KEY (product_id),
    CONSTRAINT stock_reserved_is_on_hand CHECK (reserved >= 0 AND reserved <= on_hand)
) WITH (fillfactor = 50);

-- What the inventory decided about an order: one row, whatever is delivered how often.
CREATE TABLE reservations (
    order_id       uuid        NOT NULL,
    reservation_id uuid        NOT NULL,
    status         text        NOT NULL,
    -- [{"product_id": uuid, "quantity": number}], one entry per product; written once and read only as a whole.
    lines          jsonb       NOT NULL,
    -- When to ask for the order's decision if there is none by then, and how often that was done.
    ask_at         timestamptz,
    asks           integer     NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT reservations_pk PRIMARY KEY (order_id),
    CONSTRAINT reservations_status_known CHECK (status IN ('held', 'committed', 'released', 'refused', 'tombstone')),
    CONSTRAINT reservations_held_asks CHECK (status <> 'held' OR ask_at IS NOT NULL)
);
CREATE INDEX reservations_held_ask_at ON reservations (ask_at) WHERE status = 'held';

-- The ledger: for each product, its movements add up to its levels. The key puts a product's movements side by side in
-- the order in which its row was changed, for an id is drawn while that row is locked.
CREATE TABLE movements (
    product_id uuid        NOT NULL,
    id         bigint      NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind       text        NOT NULL,
    on_hand    bigint      NOT NULL,
    reserved   bigint      NOT NULL,
    order_id   uuid,
    admin_id   uuid,
    reason     text,
    at         timestamptz NOT NULL,
    CONSTRAINT movements_pk PRIMARY KEY (product_id, id),
    CONSTRAINT movements_kind_known CHECK (kind IN ('adjustment', 'reserve', 'commit', 'release', 'restock')),
    CONSTRAINT movements_have_an_origin CHECK (
        CASE kind
            WHEN 'adjustment' THEN order_id IS NULL AND admin_id IS NOT NULL AND reason IS NOT NULL
            ELSE order_id IS NOT NULL AND admin_id IS NULL AND reason IS NULL
        END
    )
);

-- Rows change within milliseconds of being written; statistics that lag cost plans.
ALTER TABLE reservations SET (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE movements SET (autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.02);
