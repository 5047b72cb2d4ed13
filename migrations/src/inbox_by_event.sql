-- By the event first: ids grow with time, so that all consumers of a service write at one end of the index, and ids compare
-- faster than names. What became of one event in all of them is found at once.
ALTER TABLE inbox DROP CONSTRAINT inbox_pk, ADD CONSTRAINT inbox_pk PRIMARY KEY (event_id, consumer);
