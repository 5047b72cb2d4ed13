//! Levels of stock, as the shop hears of them.

use std::time::{Duration, Instant};

use futures::future::join_all;
use livemart_testing::{Shop, eventually, run};

const PIECES: u32 = 100;
const ORDERS: usize = 30;
/// Between two looks of the inventory at the levels that changed.
const LOOK: Duration = Duration::from_millis(200);

#[test]
fn however_often_a_level_changes_its_readers_hear_of_it_a_few_times_a_second_and_of_the_last_one() {
    run(async {
        let shop = Shop::shared().await;
        let customer = shop.customer().await;
        let begun = Instant::now();
        let hot = shop.product(1_500, PIECES).await;
        let orders = join_all((0..ORDERS).map(async |_| customer.places(&[(hot, 1)], "pm_card_visa").await)).await;
        join_all(orders.iter().map(async |order| customer.sees_payment(*order, "captured").await)).await;
        shop.settles(&orders).await;

        let left = i64::from(PIECES) - i64::try_from(ORDERS).unwrap();
        eventually("its page showing what is left", async || {
            let shown = shop.gateway.get(&format!("/api/v1/products/{hot}")).await.body["available"].as_i64();
            if shown == Some(left) { Ok(()) } else { Err(format!("{shown:?} instead of {left}")) }
        })
        .await;
        let told = "SELECT (payload ->> 'version')::bigint FROM inventory.outbox
                    WHERE subject = 'stock.changed' AND aggregate_id = $1 ORDER BY position";
        let told: Vec<i64> =
            sqlx::query_scalar(told).bind(hot.to_string()).fetch_all(&mut shop.admin().await).await.unwrap();
        let looks = begun.elapsed().div_duration_f64(LOOK).ceil() as usize + 1;
        assert!(told.is_sorted() && told.len() <= looks, "{told:?} in {looks} looks");
        let version = shop.count("SELECT version FROM inventory.stock WHERE product_id = $1", hot.uuid()).await;
        assert_eq!(told.last(), Some(&version));
    });
}
