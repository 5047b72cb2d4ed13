//! Orders of long ago, in every table in which the saga looks an order up: written by SQL, as they would stand there had
//! they been placed, paid and sent. They go again before the books are audited, for what is audited is what was done here.

use std::time::Duration;

use anyhow::{Context as _, Result};
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::private::PrivateShop;

/// The customer of all of them.
const CUSTOMER: &str = "'00000000-0000-7000-8000-00000000b0b0'::uuid";
/// Rows in one statement: a transaction of a second or so.
const STEP: i64 = 50_000;
/// Older than anything that happens here, and newer than what is forgotten.
const AGE: Duration = Duration::from_secs(24 * 60 * 60);

/// Ids as version 7 makes them: in the order of time, so that they fill the left side of each index.
const HISTORY: &str = "
    CREATE SCHEMA history;
    CREATE FUNCTION history.id(number bigint, age interval) RETURNS uuid LANGUAGE sql VOLATILE AS $$
        SELECT (lpad(to_hex((extract(epoch FROM now() - age) * 1000)::bigint + number / 100), 12, '0')
                || '7' || lpad(to_hex(number % 4096), 3, '0')
                || '8' || substr(md5(number::text), 1, 15))::uuid
    $$;
    CREATE TABLE history.orders (number bigint, order_id uuid, at timestamptz);";

/// One table each. `$1` is a price, so that nothing of it is a constant to the planner.
const TABLES: [&str; 6] = [
    "INSERT INTO orders.orders (order_id, customer_id, status, lines, total, currency, payment_method, created_at, expires_at,
                                updated_at, version)
     SELECT order_id, CUSTOMER, 'confirmed',
            '[{\"product_id\":\"prd_01jb3e8z2ne0t8000000002w2w\",\"quantity\":1,\"unit_price\":{\"amount\":15900,\"currency\":\"KRW\"}}]',
            15900, 'KRW', 'pm_card_visa', at, at + interval '60 s', at, 2 FROM history.orders",
    "INSERT INTO orders.order_payments (order_id, status, progress, captured, refunded)
     SELECT order_id, 'captured', 2, 15900, 0 FROM history.orders",
    "INSERT INTO orders.outbox (event_id, aggregate_id, subject, headers, payload, created_at, published_at, stream_sequence)
     SELECT order_id, order_id::text, 'order.created', '{}', '{}', at, at, 0 FROM history.orders",
    "INSERT INTO payments.payments (order_id, payment_id, customer_id, status, order_fate, amount, currency, method, lines,
                                    expires_at, captured, provider, provider_reference, created_at, updated_at, version)
     SELECT order_id, order_id, CUSTOMER, 'captured', 'confirmed', 15900, 'KRW', 'pm_card_visa', '[]', at, 15900, 'sandbox',
            order_id::text, at, at, 3 FROM history.orders",
    "INSERT INTO sandbox.holds (reference, idempotency_key, order_reference, method, amount, currency, status, captured)
     SELECT order_id::text, order_id::text, 'history', 'pm_card_visa', 15900, 'KRW', 'captured', 15900 FROM history.orders",
    "INSERT INTO inventory.reservations (order_id, reservation_id, status, lines, created_at, updated_at)
     SELECT order_id, order_id, 'committed', '[]', at, at FROM history.orders",
];

const REMOVAL: [&str; 7] = [
    // Nothing refers to any of them. To look for that takes hours: a hold is removed nowhere else, so what refers to one has
    // no index for it.
    "SET session_replication_role = replica",
    "DELETE FROM orders.order_payments USING orders.orders
     WHERE order_payments.order_id = orders.order_id AND customer_id = CUSTOMER",
    "DELETE FROM orders.orders WHERE customer_id = CUSTOMER",
    "DELETE FROM orders.outbox WHERE stream_sequence = 0",
    "DELETE FROM inventory.reservations USING payments.payments
     WHERE reservations.order_id = payments.order_id AND customer_id = CUSTOMER",
    "DELETE FROM payments.payments WHERE customer_id = CUSTOMER",
    "DELETE FROM sandbox.holds WHERE order_reference = 'history'",
];

/// Writes so many, and lets the database look at them as it would have by now.
pub(super) async fn write(shop: &PrivateShop, orders: u64) -> Result<()> {
    let mut database = PgConnection::connect(&shop.addresses().admin_database_url()).await?;
    database.execute(HISTORY).await?;
    let orders = i64::try_from(orders)?;
    for from in (0..orders).step_by(usize::try_from(STEP)?) {
        let until = (from + STEP).min(orders);
        let mut step = database.begin().await?;
        step.execute("TRUNCATE history.orders").await?;
        sqlx::query(
            "INSERT INTO history.orders
             SELECT number, history.id(number, make_interval(secs => $3)), now() - make_interval(secs => $3)
             FROM generate_series($1, $2 - 1) AS number",
        )
        .bind(from)
        .bind(until)
        .bind(AGE.as_secs_f64())
        .execute(&mut *step)
        .await?;
        for statement in TABLES {
            let statement = statement.replace("CUSTOMER", CUSTOMER);
            step.execute(sqlx::AssertSqlSafe(statement)).await.context("write orders of long ago")?;
        }
        step.commit().await?;
    }
    database.execute("DROP SCHEMA history CASCADE").await?;
    database.execute("VACUUM ANALYZE").await?;
    Ok(())
}

/// Removes all of them.
pub(super) async fn remove(shop: &PrivateShop) -> Result<()> {
    let mut database = PgConnection::connect(&shop.addresses().admin_database_url()).await?;
    for statement in REMOVAL {
        let statement = statement.replace("CUSTOMER", CUSTOMER);
        database.execute(sqlx::AssertSqlSafe(statement)).await.context("remove the orders of long ago")?;
    }
    Ok(())
}
