//! Following an order over `GET /orders/{id}/events`.

use std::collections::BTreeSet;

use livemart_contracts::OrderId;
use livemart_testing::{Answer, Api, Customer, Shop, run};
use reqwest::Method;
use serde_json::Value;
use sqlx::Executor as _;

use crate::console::livemart;

/// An event as a browser reads it.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    id: String,
    name: String,
    data: Value,
}

fn read(stream: &str) -> Vec<Told> {
    let field = |block: &str, name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name).map(str::trim_start).map(str::to_owned))
    };
    let told = |block: &str| {
        let id = field(block, "id:")?;
        let data = field(block, "data:").unwrap();
        Some(Told { id, name: field(block, "event:").unwrap(), data: serde_json::from_str(&data).unwrap() })
    };
    stream.split("\n\n").filter_map(told).collect()
}

fn names(told: &[Told]) -> Vec<&str> {
    told.iter().map(|event| event.name.as_str()).collect()
}

/// Follows until the stream ends.
async fn follows(api: &Api, order: OrderId, after: Option<&str>) -> Answer {
    let request = api.request(Method::GET, &format!("/api/v1/orders/{order}/events"));
    api.send(match after {
        Some(id) => request.header("last-event-id", id),
        None => request,
    })
    .await
}

const PAID: [&str; 6] =
    ["order.created", "payment.authorized", "stock.reserved", "order.confirmed", "payment.captured", "stock.committed"];

async fn addresses(shop: &Shop, service: &str) -> Vec<String> {
    let replicas = shop.discovery().replicas().await.unwrap();
    replicas.iter().filter(|replica| replica.service == service).map(|replica| replica.address.clone()).collect()
}

/// Everybody at once, from before the card answers until the saga is over.
async fn all_follow(customer: &Customer, order: OrderId, doors: &[Api]) -> Vec<Vec<Told>> {
    let streams = doors.iter().map(async |door| follows(door, order, None).await);
    let streams = futures::future::join_all(streams).await;
    customer.sees(order, "confirmed").await;
    let mut stories = Vec::new();
    for stream in streams {
        assert_eq!(stream.header("content-type"), Some("text/event-stream"));
        stories.push(read(&stream.text));
        stream.expect(200);
    }
    stories
}

#[test]
fn whoever_follows_an_order_is_told_every_event_of_its_saga_by_any_replica_until_it_is_over() {
    run(async {
        let shop = Shop::open_with(|mut options| {
            options.replicas = 2;
            options
        })
        .await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let mut doors = vec![customer.api.clone(), shop.staff().await.api.clone()];
        doors.extend(addresses(&shop, "order").await.iter().map(|address| customer.api.elsewhere(address)));
        assert_eq!(doors.len(), 4);

        let order = customer.places(&[(pen, 2)], "pm_card_slow").await;
        for story in all_follow(&customer, order, &doors).await {
            let told: BTreeSet<&str> = names(&story).into_iter().collect();
            assert_eq!(told, PAID.into_iter().collect(), "{story:?}");
            assert_eq!(story.len(), PAID.len(), "each of them once: {story:?}");
            assert_eq!((story[0].name.as_str(), story[0].id.as_str()), ("order.created", "1"));
            let last = &story.last().unwrap().id;
            assert_eq!((last.split('.').count(), last.starts_with("2.")), (5, true), "two and four marks: {last}");
            assert_eq!(story[0].data["data"]["order_id"], order.to_string());
        }

        // Whoever comes back is told the rest, wherever they come, and nothing when there is none.
        for door in &doors {
            let whole = read(&follows(door, order, None).await.text);
            for (place, event) in whole.iter().enumerate() {
                let rest = follows(door, order, Some(&event.id)).await;
                assert_eq!(read(&rest.text), whole[place + 1..], "after {}", event.id);
                assert_eq!(rest.status, if place + 1 == whole.len() { 204 } else { 200 });
            }
        }
        shop.close().await;
    });
}

#[test]
fn a_stream_ends_when_its_service_stops_and_goes_on_where_it_ended() {
    run(async {
        let shop = Shop::open().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let (payment, service) = (shop.instance("payment").unwrap(), shop.instance("order").unwrap());
        // Without it, the saga does not go on.
        payment.stop().await.unwrap();
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        let first = async {
            let stream = follows(&customer.api, order, None).await;
            read(&stream.text)
        };
        let stop = async {
            livemart_testing::eventually("somebody following", async || {
                let services = shop.staff().await.api.get("/api/v1/services").await.expect(200);
                let replicas = services["data"].as_array().unwrap();
                let order = replicas.iter().find(|replica| replica["name"] == "order").unwrap();
                if order["pending"] == 1 { Ok(()) } else { Err(order["pending"].clone()) }
            })
            .await;
            service.stop().await.unwrap();
        };
        let (first, ()) = tokio::join!(first, stop);
        assert_eq!(names(&first), ["order.created"]);

        service.start().await.unwrap();
        payment.start().await.unwrap();
        customer.sees_payment(order, "captured").await;
        let rest = read(&follows(&customer.api, order, Some(&first[0].id)).await.text);
        let told: BTreeSet<&str> = names(&rest).into_iter().collect();
        assert_eq!(told, PAID[1..].iter().copied().collect());
        shop.close().await;
    });
}

/// What is new to the order service fails for as long as this stands.
const LATE: &str = "
    CREATE FUNCTION orders.late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not yet'; END $$;
    CREATE TRIGGER late BEFORE INSERT ON orders.stock_events
    FOR EACH ROW WHEN (NEW.subject = 'stock.reserved') EXECUTE FUNCTION orders.late()";

#[test]
fn what_was_heard_out_of_its_turn_is_told_once_also_after_a_replay_in_the_order_of_the_stream() {
    run(async {
        let shop = Shop::open().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        shop.admin().await.execute(LATE).await.unwrap();
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        let follow = async { read(&follows(&customer.api, order, None).await.text) };
        let mend = async {
            livemart_testing::eventually("the later event being heard before the earlier one", async || {
                let query = "SELECT count(*) FROM orders.stock_events WHERE order_id = $1";
                if shop.count(query, order.uuid()).await == 1 { Ok(()) } else { Err("none") }
            })
            .await;
            shop.admin().await.execute("DROP TRIGGER late ON orders.stock_events").await.unwrap();
        };
        let (story, ()) = tokio::join!(follow, mend);
        let place = |name: &str| story.iter().position(|event| event.name == name);
        assert_eq!(story.len(), PAID.len(), "{story:?}");
        assert!(place("stock.committed") < place("stock.reserved"), "{:?}", names(&story));

        let replayed =
            async |projection: &str| livemart(&shop, &format!("replay {projection} --yes --json")).await.json();
        let goes_on = async || {
            for (place, event) in story.iter().enumerate() {
                let rest = read(&follows(&customer.api, order, Some(&event.id)).await.text);
                let rest: BTreeSet<&str> = rest.iter().map(|event| event.data["id"].as_str().unwrap()).collect();
                let untold = story[place + 1..].iter().map(|event| event.data["id"].as_str().unwrap());
                assert_eq!(rest, untold.collect(), "after {}", event.id);
            }
        };
        goes_on().await;
        let report = replayed("order-stock-events").await;
        assert_eq!(report["equal"], true, "sound rows are sound in whatever order they came: {report:#}");
        shop.admin().await.execute("DELETE FROM orders.stock_events; DELETE FROM orders.payment_events").await.unwrap();
        for projection in ["order-stock-events", "order-payments"] {
            assert_eq!(replayed(projection).await["swapped"], true, "{projection}");
        }
        goes_on().await;
        // Not closed: that an event could not be noted is logged as the error that it is.
        shop.stop().await;
    });
}

#[test]
fn nobody_follows_what_is_not_theirs_or_asks_for_what_was_never_told() {
    run(async {
        let shop = Shop::shared().await;
        let (customer, stranger) = (shop.customer().await, shop.customer().await);
        let order = customer.places(&[(shop.product(1_500, 1).await, 1)], "pm_card_declined").await;
        let story = read(&follows(&customer.api, order, None).await.text);
        let told: BTreeSet<&str> = names(&story).into_iter().collect();
        assert_eq!(told, ["order.created", "payment.failed", "order.failed"].into());

        follows(&stranger.api, order, None).await.expect_problem(404, "not-found");
        follows(&shop.gateway, order, None).await.expect_problem(401, "token-missing");
        for id in ["", "1.2", "evt_01h455vb4pex5vsknk084sn02q", "1.2.x", "-1"] {
            follows(&customer.api, order, Some(id)).await.expect_problem(422, "validation-failed");
        }
        shop.settles(&[order]).await;
    });
}
