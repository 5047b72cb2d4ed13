-- Levels that changed since they were last announced. Whoever looks finds these alone; a level that changes again before
-- it is announced costs the index nothing.
ALTER TABLE stock ADD COLUMN unannounced boolean NOT NULL DEFAULT false;
ALTER TABLE stock ALTER COLUMN unannounced SET DEFAULT true;
CREATE INDEX stock_unannounced ON stock (product_id) WHERE unannounced;
