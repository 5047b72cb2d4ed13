//! Live push: over several replicas, through the gateway, resumed, and ended by a stop.

use std::time::Duration;

use livemart_testing::{Api, PATIENCE, run};
use reqwest::{Method, Response};
use serde_json::Value;

use crate::desk::{Desk, told};

/// A hint wakes a stream within milliseconds. On a machine that is busy with other tests this is far more than that, and
/// less than the five seconds after which a stream looks by itself.
const PUSHED: Duration = Duration::from_secs(4);

/// Of one stream; the limit of other requests would end it.
const AS_LONG_AS_IT_TAKES: Duration = Duration::from_secs(600);

/// A reader of server-sent events.
struct Reader {
    response: Response,
    text: String,
}

#[derive(Debug, Clone)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

impl Reader {
    /// Opens the stream and reads its first event.
    async fn open(api: &Api, last_event_id: Option<&str>) -> (Self, Event) {
        let mut request = api.request(Method::GET, "/api/v1/notifications/stream").timeout(AS_LONG_AS_IT_TAKES);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut reader = Self { response, text: String::new() };
        let open = reader.next().await.expect("the first event");
        assert_eq!(open.name, "open");
        (reader, open)
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                let field = |name: &str| {
                    let line = event.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                    line.unwrap_or_default().to_owned()
                };
                // Comments keep the connection alive.
                if !field("event").is_empty() {
                    let data = serde_json::from_str(&field("data")).unwrap();
                    return Some(Event { name: field("event"), id: field("id"), data });
                }
                continue;
            }
            let chunk = tokio::time::timeout(PATIENCE, self.response.chunk()).await.expect("an event, or the end");
            self.text.push_str(std::str::from_utf8(&chunk.unwrap()?).unwrap());
        }
    }

    /// Reads until a notification of this kind.
    async fn sees(&mut self, kind: &str) -> Event {
        let event = self.next().await.expect("an event");
        assert_eq!(event.data["kind"], kind, "{event:?}");
        event
    }
}

#[test]
fn news_reach_the_readers_of_every_replica_and_a_reader_goes_on_at_another_one() {
    run(async {
        let desk = Desk::open_with(|mut options| {
            options.replicas = 2;
            options
        })
        .await;
        let (hana, pen) = (desk.customer("hana@example.com").await, desk.shop.product(1_500, 10).await);
        let other = desk.customer("other@example.com").await;
        for customer in [&hana, &other] {
            told(&customer.api, "welcome", 1).await;
        }
        let replicas = desk.replicas().await;
        assert_eq!(replicas.len(), 2);
        let [one, two] = [0, 1].map(|number| hana.api.elsewhere(&replicas[number].address));

        let (mut first, open) = Reader::open(&one, None).await;
        let (mut second, _) = Reader::open(&two, None).await;
        let (mut public, _) = Reader::open(&hana.api, None).await;
        let (mut others, _) = Reader::open(&other.api, None).await;
        let order = hana.places(&[(pen, 1)], "pm_card_visa").await;
        for reader in [&mut first, &mut second, &mut public] {
            let event = reader.sees("order-confirmed").await;
            assert_eq!(event.data["order_id"], order.to_string());
        }

        // How soon: from the notification in the table to the reader of either replica.
        desk.shop.staff().await.ships(order).await.expect(200);
        told(&hana.api, "order-shipped", 1).await;
        let pushed = tokio::time::timeout(PUSHED, async {
            (first.sees("order-shipped").await, second.sees("order-shipped").await)
        });
        let (shipped, _) = pushed.await.expect("a push without waiting for the next look");
        drop((first, second));

        // Away, and back at the other replica, or from the very beginning.
        desk.shop.staff().await.delivers(order).await.expect(200);
        told(&hana.api, "order-delivered", 1).await;
        let (mut back, _) = Reader::open(&two, Some(&shipped.id)).await;
        back.sees("order-delivered").await;
        let (mut again, _) = Reader::open(&one, Some(&open.id)).await;
        for kind in ["order-confirmed", "order-shipped", "order-delivered"] {
            again.sees(kind).await;
        }
        let (mut all, _) = Reader::open(&one, Some("0.0")).await;
        all.sees("welcome").await;
        let wrong = one.request(Method::GET, "/api/v1/notifications/stream").header("last-event-id", "yesterday");
        one.send(wrong).await.expect_problem(422, "validation-failed");

        // Through the gateway it went on all the while; to somebody else nothing came.
        for kind in ["order-shipped", "order-delivered"] {
            public.sees(kind).await;
        }
        let order = other.places(&[(pen, 1)], "pm_card_declined").await;
        assert_eq!(others.sees("order-failed").await.data["order_id"], order.to_string());

        // A stop ends streams without breaking them, and does not wait for them.
        let ended = async { while again.next().await.is_some() {} };
        let instance = desk.shop.instance(&replicas[0].instance).unwrap();
        let (stopped, ()) = tokio::join!(instance.stop(), ended);
        stopped.unwrap();
        let log = std::fs::read_to_string(&instance.program().log).unwrap();
        assert!(log.contains("stopped") && !log.contains("not everything stopped in time"), "{log}");
        instance.start().await.unwrap();
        desk.shop.ready().await.unwrap();
        drop((back, all, public, others));
        desk.close().await;
    });
}

#[test]
fn a_stream_ends_with_the_session_it_was_opened_in() {
    run(async {
        let desk = Desk::open().await;
        let hana = desk.customer("hana@example.com").await;
        let (mut reader, _) = Reader::open(&hana.api, None).await;
        assert_eq!(hana.api.delete("/api/v1/sessions").await.status, 204);
        // The welcome may come before the end.
        while reader.next().await.is_some() {}
        hana.api.anonymous().get("/api/v1/notifications/stream").await.expect_problem(401, "token-missing");
        desk.close().await;
    });
}
