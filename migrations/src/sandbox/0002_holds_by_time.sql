-- Rows are written in the order of time: a few pages of this index find those of an hour, for who reconciles.
CREATE INDEX holds_age ON holds USING brin (created_at);
