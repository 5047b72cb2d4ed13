CREATE TABLE products (
    id             uuid PRIMARY KEY,
    sku            text NOT NULL,
    name_ko        text NOT NULL,
    name_en        text NOT NULL,
    description_ko text NOT NULL,
    description_en text NOT NULL,
    category       text NOT NULL,
    price_amount   bigint NOT NULL,
    price_currency char(3) NOT NULL,
    version        bigint NOT NULL,
    created_at     timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    -- The row stays, so that past orders and events can be explained.
    deleted_at     timestamptz,
    CONSTRAINT products_price_positive CHECK (price_amount > 0),
    CONSTRAINT products_version_positive CHECK (version > 0)
);

-- A SKU is free again once its product is no longer sold.
CREATE UNIQUE INDEX products_sku_key ON products (sku) WHERE deleted_at IS NULL;

-- One index for each order in which a page can be read, with and without a category. Creation is the order of the ids.
CREATE INDEX products_by_price ON products (price_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_name ON products (name_ko, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_category ON products (category, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_category_and_price ON products (category, price_amount, id) WHERE deleted_at IS NULL;
CREATE INDEX products_by_category_and_name ON products (category, name_ko, id) WHERE deleted_at IS NULL;

-- What the inventory said last. No foreign key: a level may arrive before its product is committed here, or after it
-- was deleted.
CREATE TABLE product_stock (
    product_id uuid PRIMARY KEY,
    available  bigint NOT NULL,
    version    bigint NOT NULL
);
