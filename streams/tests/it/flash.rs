//! Many want the same few pieces at the same moment.

use futures::future::join_all;
use livemart_testing::{Customer, Shop, run};

const PIECES: u32 = 20;
const BUYERS: usize = 60;
const PRICE: i64 = 9_900;

/// Signed up a few at a time: hashing a password takes a core.
async fn buyers(shop: &Shop) -> Vec<Customer> {
    let mut buyers = Vec::with_capacity(BUYERS);
    while buyers.len() < BUYERS {
        buyers.extend(join_all((0..10).map(|_| shop.customer())).await);
    }
    buyers
}

/// Everybody buys one piece at once: as many are confirmed as there are pieces, and nobody else pays.
async fn sell_out(shop: &Shop, buyers: &[Customer]) {
    let limited = shop.product(PRICE, PIECES).await;
    let orders = join_all(buyers.iter().map(async |buyer| buyer.places(&[(limited, 1)], "pm_card_visa").await)).await;
    let decided =
        join_all(buyers.iter().zip(&orders).map(async |(buyer, order)| buyer.sees_decided(*order).await)).await;

    let confirmed = decided.iter().filter(|order| order["status"] == "confirmed").count();
    let short = decided.iter().filter(|order| order["failure"]["code"] == "out-of-stock").count();
    assert_eq!((confirmed, short), (PIECES as usize, BUYERS - PIECES as usize));
    shop.settles(&orders).await;

    let stock = shop.staff().await.stock(limited).await;
    assert_eq!((stock["on_hand"].as_i64(), stock["reserved"].as_i64()), (Some(0), Some(0)));
    let taken = "SELECT coalesce(sum(captured - refunded), 0)::bigint FROM payments.payments
                 WHERE order_id IN (SELECT order_id FROM inventory.movements WHERE product_id = $1)";
    assert_eq!(shop.count(taken, limited.uuid()).await, PRICE * i64::from(PIECES));
}

#[test]
fn twenty_of_sixty_buyers_get_the_twenty_pieces_and_only_they_pay() {
    run(async {
        let shop = Shop::shared().await;
        sell_out(shop, &buyers(shop).await).await;
    });
}

#[test]
fn two_replicas_of_every_service_sell_no_piece_twice_with_redis_and_without() {
    run(async {
        let shop = Shop::open_with(|mut options| {
            options.replicas = 2;
            options
        })
        .await;
        let buyers = buyers(&shop).await;
        sell_out(&shop, &buyers).await;
        for node in shop.servers.redis() {
            node.kill_for_good().await.unwrap();
        }
        sell_out(&shop, &buyers).await;
        shop.close().await;
    });
}

#[test]
fn without_redis_the_shop_sells_and_nothing_is_sold_twice() {
    run(async {
        let shop = Shop::open().await;
        for node in shop.servers.redis() {
            node.kill_for_good().await.unwrap();
        }
        sell_out(&shop, &buyers(&shop).await).await;
        shop.close().await;
    });
}
