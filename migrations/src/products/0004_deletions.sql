-- Rows that go are changes as well: whoever follows has a copy of them, and a replay takes rows of levels away to put others in
-- their place.
CREATE TRIGGER products_deleted AFTER DELETE ON products
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_products();
CREATE TRIGGER product_stock_deleted AFTER DELETE ON product_stock
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_changed_levels();
