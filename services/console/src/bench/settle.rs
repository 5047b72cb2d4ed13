//! The end of a part: everything that was begun is done, the books are in order, and no service has complained. Only then
//! does a figure count.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use async_nats::jetstream;
use futures::TryStreamExt as _;
use livemart_audit::{Books, PUBLISHING, Reading, always, settled};
use livemart_contracts::{Clock, Stream};
use livemart_local::wait::{self, Look};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::private::PrivateShop;

/// What a backlog may take: more than the deadline of the orders in it, or the news of a large catalogue.
const LIMIT: Duration = Duration::from_secs(180);
/// As many violations say what is wrong.
const SHOWN: usize = 10;

/// Waits until nothing is under way in the shop.
pub(super) async fn is_quiet(shop: &PrivateShop) -> Result<()> {
    let mut database = PgConnection::connect(&shop.addresses().admin_database_url()).await?;
    let jetstream = jetstream::new(shop.services().discovery().client().clone());
    let quiet = wait::until("the end of everything that was begun", LIMIT, async || {
        Ok(match under_way(&mut database, &jetstream).await {
            Ok(None) => Look::There(Ok(())),
            Ok(Some(what)) => Look::NotYet(what),
            Err(error) => Look::There(Err(error)),
        })
    });
    quiet.await?
}

/// Cheap, as it is asked again and again: the rules themselves are looked at once, by [`audit`].
async fn under_way(database: &mut PgConnection, jetstream: &jetstream::Context) -> Result<Option<String>> {
    let open = "SELECT count(*) FROM orders.orders WHERE status = 'pending'";
    let open: i64 = sqlx::query_scalar(open).fetch_one(&mut *database).await?;
    if open > 0 {
        return Ok(Some(format!("{open} orders are undecided")));
    }
    let levels = "SELECT count(*) FROM inventory.stock WHERE unannounced";
    let levels: i64 = sqlx::query_scalar(levels).fetch_one(&mut *database).await?;
    if levels > 0 {
        return Ok(Some(format!("{levels} levels wait to be announced")));
    }
    for schema in PUBLISHING {
        let query = format!(
            "SELECT (SELECT count(*) FROM {schema}.outbox WHERE published_at IS NULL),
                    (SELECT count(*) FROM {schema}.tasks WHERE status = 'waiting')"
        );
        let (events, tasks): (i64, i64) = sqlx::query_as(AssertSqlSafe(query)).fetch_one(&mut *database).await?;
        if events + tasks > 0 {
            return Ok(Some(format!("{events} events and {tasks} tasks of {schema} wait")));
        }
    }
    for stream in Stream::ALL {
        let stream = jetstream.get_stream_no_info(stream.name()).await?;
        let consumers: Vec<_> = stream.consumers().try_collect().await?;
        for consumer in consumers {
            let waiting = consumer.num_pending + u64::try_from(consumer.num_ack_pending)?;
            if waiting > 0 {
                return Ok(Some(format!("{waiting} messages wait for {}", consumer.name)));
            }
        }
    }
    Ok(None)
}

/// Fails where a rule of the shop is broken, or a service logged an error.
pub(super) async fn audit(shop: &PrivateShop) -> Result<()> {
    is_quiet(shop).await?;
    let mut database = PgConnection::connect(&shop.addresses().admin_database_url()).await?;
    let jetstream = jetstream::new(shop.services().discovery().client().clone());
    let reading = Reading { database: &mut database, jetstream: &jetstream };
    let books = Books::read(reading, |_| ()).await.map_err(|error| anyhow!(error)).context("read the books")?;
    let mut violations = always(&books);
    violations.extend(settled(&books, Clock::default().now()));
    let listed: Vec<String> = violations.iter().take(SHOWN).map(ToString::to_string).collect();
    ensure!(
        violations.is_empty(),
        "{} rules are broken, so there is no figure:\n{}",
        violations.len(),
        listed.join("\n")
    );
    let errors = shop.services().logged_errors();
    let listed = errors.iter().take(SHOWN).cloned().collect::<Vec<String>>().join("\n");
    ensure!(errors.is_empty(), "services logged {} errors, so there is no figure:\n{listed}", errors.len());
    Ok(())
}
