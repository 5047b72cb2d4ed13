-- The order in which products and their levels changed, for those who keep a copy in memory: the search index of each
-- replica. It has one row per product, so that to follow it from its beginning is to read every product once.
CREATE TABLE product_changes (
    product_id uuid CONSTRAINT product_changes_pk PRIMARY KEY,
    change     bigint NOT NULL
);
CREATE INDEX product_changes_in_order ON product_changes (change, product_id);

-- The number of the last change. Who takes the next one keeps this row until the commit, so numbers become visible in
-- their order: a reader that has seen one has seen all before it. A sequence would not do, for it gives a low number to
-- a transaction that may commit after a reader has passed it.
CREATE TABLE change_numbers (
    last bigint NOT NULL
) WITH (fillfactor = 10);
CREATE UNIQUE INDEX change_numbers_one_row ON change_numbers ((true));
INSERT INTO change_numbers (last) VALUES (1);

INSERT INTO product_changes (product_id, change)
SELECT id, 1 FROM products UNION SELECT product_id, 1 FROM product_stock;

-- By triggers, so that nobody who writes to these tables can forget it: no later statement of the service, no version of
-- it that still runs during an update, and no operator with psql. They run after the statement, when it has all its row
-- locks: the lock of the number is the last one taken, so two writers cannot wait for each other.
CREATE FUNCTION note_changes(products uuid[]) RETURNS void LANGUAGE sql SET search_path FROM CURRENT AS $$
    WITH taken AS (UPDATE change_numbers SET last = last + 1 RETURNING last)
    INSERT INTO product_changes (product_id, change)
    SELECT DISTINCT product, taken.last FROM unnest(products) AS product, taken
    ON CONFLICT (product_id) DO UPDATE SET change = excluded.change
$$;

CREATE FUNCTION note_changed_products() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        PERFORM note_changes(ARRAY(SELECT id FROM changed));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER products_inserted AFTER INSERT ON products
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_products();
CREATE TRIGGER products_updated AFTER UPDATE ON products
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_products();

CREATE FUNCTION note_changed_levels() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF EXISTS (SELECT FROM changed) THEN
        PERFORM note_changes(ARRAY(SELECT product_id FROM changed));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER product_stock_inserted AFTER INSERT ON product_stock
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_levels();
CREATE TRIGGER product_stock_updated AFTER UPDATE ON product_stock
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_levels();

-- Lists are read from the search index. A version that still reads them here sorts for itself.
DROP INDEX products_by_price;
DROP INDEX products_by_name;
DROP INDEX products_by_category_and_price;
DROP INDEX products_by_category_and_name;
