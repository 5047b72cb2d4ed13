-- What waits for the staff, by how long it waits. Orders leave it when they have arrived.
CREATE INDEX orders_to_fulfil ON orders (status, order_id) WHERE status IN ('confirmed', 'shipped');
