//! What an operator sees and does by command when a consumer cannot use a message.

use async_nats::header::NATS_MESSAGE_ID;
use livemart_contracts::stream::{DEAD_LETTERS, dead_letter_subject};
use livemart_contracts::{Clock, EventId, OrderId};
use livemart_messaging::dead_letter::{self, of_the_event};
use livemart_testing::{Shop, eventually, run};
use serde_json::{Value, json};

use crate::console::livemart;
use crate::stream::{jetstream, messages_of};

/// Stores a confirmation of `order` whose headers are right and whose body is not.
async fn store_poison(shop: &Shop, order: OrderId) -> EventId {
    let jetstream = jetstream(&shop.servers).await;
    let messages = messages_of(&jetstream, order).await;
    let confirmed = messages.iter().find(|message| message.subject.as_str() == "order.confirmed").unwrap();
    let id: EventId = Clock::default().new_id();
    let mut headers = confirmed.headers.clone();
    headers.insert("ce-id", id.to_string());
    headers.insert(NATS_MESSAGE_ID, id.to_string());
    let stored = jetstream.publish_with_headers("order.confirmed", headers, "{".into()).await;
    stored.unwrap().await.unwrap();
    id
}

/// How many durables read this event.
fn readers_of(subject: &str) -> usize {
    let services = livemart_streams::descriptions();
    let subscriptions = services.iter().flat_map(|service| &service.subscriptions);
    subscriptions.filter(|read| read.subjects.iter().any(|read| read == subject)).count()
}

async fn letters(shop: &Shop, filter: &str) -> usize {
    let said = livemart(shop, &format!("dlq ls --json{filter}")).await;
    let report = said.json();
    assert_eq!(report["total"], report["dead_letters"].as_array().unwrap().len());
    report["dead_letters"].as_array().unwrap().len()
}

#[test]
fn a_poison_message_is_listed_shown_in_the_timeline_sent_again_and_discarded_by_command() {
    run(async {
        let shop = Shop::open().await;
        let (customer, pen) = (shop.customer().await, shop.product(1_500, 10).await);
        let order = customer.places(&[(pen, 2)], "pm_card_visa").await;
        shop.settles(&[order]).await;
        assert!(livemart(&shop, "sagas stuck").await.succeeded);
        assert_eq!(letters(&shop, "").await, 0);

        let poison = store_poison(&shop, order).await;
        let readers = readers_of("order.confirmed");
        eventually("every consumer giving it up", async || match letters(&shop, "").await {
            letters if letters == readers => Ok(()),
            letters => Err(format!("{letters} of {readers} dead letters")),
        })
        .await;
        assert_eq!(letters(&shop, " --consumer payment-order-confirmed --reason malformed").await, 1);
        let shown = livemart(&shop, &format!("dlq show {poison} --json")).await.json();
        assert_eq!((&shown[0]["body"], &shown[1]["order_id"]), (&json!("{"), &json!(order.to_string())));

        let story = livemart(&shop, &format!("timeline {order} --json")).await.json();
        assert_eq!((&story["status"], &story["complete"]), (&json!("confirmed"), &json!(true)));
        let steps = story["steps"].as_array().unwrap();
        let step = steps.iter().find(|step| step["event_id"] == poison.to_string()).unwrap();
        let decisions: Vec<&Value> = step["consumers"].as_array().unwrap().iter().map(|one| &one["decision"]).collect();
        assert_eq!(decisions, vec!["dead-letter"; readers]);
        let others = steps.iter().filter(|step| step["event_id"] != poison.to_string());
        for reader in others.flat_map(|step| step["consumers"].as_array().unwrap()) {
            assert!(["applied", "ignored"].map(Value::from).contains(&reader["decision"]), "{reader}");
        }

        let retried = livemart(&shop, "dlq retry --all").await;
        assert!(
            !retried.succeeded && retried.text.contains(&format!("0 of {readers} are done with")),
            "{}",
            retried.text
        );
        let dry = livemart(&shop, "dlq discard --all").await;
        assert!(!dry.succeeded && dry.text.contains("--yes"), "{}", dry.text);
        assert!(livemart(&shop, "dlq discard 1 --yes").await.succeeded);
        assert_eq!(letters(&shop, "").await, readers - 1);
        assert!(livemart(&shop, "dlq discard --all --yes").await.succeeded);
        assert_eq!(letters(&shop, "").await, 0, "the advisories about them are gone as well");
        let noted = "SELECT count(*) FROM payments.inbox WHERE event_id = $1 AND reason LIKE 'discarded%'";
        assert_eq!(shop.count(noted, poison.uuid()).await, 1, "the inbox tells it from a message that was lost");
        // Not closed: a dead letter is logged as the error that it is.
        shop.stop().await;
    });
}

#[test]
fn a_message_that_was_never_an_event_is_discarded_with_a_word_about_it() {
    run(async {
        let shop = Shop::open().await;
        let jetstream = jetstream(&shop.servers).await;
        jetstream.publish("order.confirmed", "no event".into()).await.unwrap().await.unwrap();
        let readers = readers_of("order.confirmed");
        eventually("every consumer giving it up", async || match letters(&shop, "").await {
            letters if letters == readers => Ok(()),
            letters => Err(format!("{letters} of {readers} dead letters")),
        })
        .await;
        let said = livemart(&shop, "dlq discard --all --yes").await;
        let about = format!("{readers} of them had no id of an event");
        assert!(said.succeeded && said.text.lines().filter(|line| line.contains(&about)).count() == 1, "{}", said.text);
        assert_eq!(letters(&shop, "").await, 0);
        // Not closed: a dead letter is logged as the error that it is.
        shop.stop().await;
    });
}

#[test]
fn what_may_be_erased_is_not_copied_but_shown_and_sent_again_out_of_its_stream() {
    run(async {
        let shop = Shop::open().await;
        let (customer, jetstream) = (shop.customer().await, jetstream(&shop.servers).await);
        let users = jetstream.get_stream("USERS").await.unwrap();
        let registered = eventually("the account being announced", async || {
            let last = users.get_last_raw_message_by_subject("user.registered").await;
            let last = last.map_err(|error| error.to_string())?;
            let is_theirs = String::from_utf8_lossy(&last.payload).contains(&customer.email);
            if is_theirs { Ok(last) } else { Err(format!("{:?}", last.payload)) }
        })
        .await;

        let poison: EventId = Clock::default().new_id();
        let mut headers = of_the_event(&registered.headers);
        headers.insert("ce-id", poison.to_string());
        headers.insert(NATS_MESSAGE_ID, poison.to_string());
        let body = format!(r#"{{"email":"{}""#, customer.email);
        let stored = jetstream.publish_with_headers("user.registered", headers, body.clone().into()).await.unwrap();
        let sequence = stored.await.unwrap().sequence;
        let readers = readers_of("user.registered");
        eventually("every consumer giving it up", async || match letters(&shop, "").await {
            letters if letters == readers => Ok(()),
            letters => Err(format!("{letters} of {readers} dead letters")),
        })
        .await;
        let dead = jetstream.get_stream(DEAD_LETTERS).await.unwrap();
        for place in 1..=readers as u64 {
            let letter = dead.get_raw_message(place).await.unwrap();
            assert!(letter.payload.is_empty() && !format!("{:?}", letter.headers).contains(&customer.email));
        }
        let shown = livemart(&shop, &format!("dlq show {poison} --json")).await.json();
        assert_eq!(shown[0]["body"], json!(body));
        let retried = livemart(&shop, "dlq retry --all").await;
        assert!(retried.text.contains("malformed") && !retried.succeeded, "{}", retried.text);

        // One that can be read.
        let services = livemart_streams::descriptions();
        let mut subscriptions = services.iter().flat_map(|service| &service.subscriptions);
        let reader = subscriptions.find(|read| read.subjects.contains(&"user.registered".to_owned())).unwrap();
        let mut headers = of_the_event(&registered.headers);
        headers.insert(dead_letter::CONSUMER, reader.durable.as_str());
        headers.insert(dead_letter::SUBJECT, "user.registered");
        headers.insert(dead_letter::STREAM, "USERS");
        headers.insert(dead_letter::STREAM_SEQUENCE, registered.sequence.to_string());
        headers.insert(dead_letter::BODY, dead_letter::IN_ITS_STREAM);
        let stored = jetstream.publish_with_headers(dead_letter_subject(&reader.durable), headers, "".into()).await;
        let place = stored.unwrap().await.unwrap().sequence;
        let retried = livemart(&shop, &format!("dlq retry {place}")).await;
        assert!(retried.succeeded && retried.text.contains("duplicate, removed"), "{}", retried.text);

        // Erased, as the user service does it.
        users.delete_message(sequence).await.unwrap();
        for command in [format!("dlq show {poison}"), "dlq retry --all".to_owned()] {
            let said = livemart(&shop, &command).await;
            let gone = format!("message {sequence} of USERS can no longer be read");
            assert!(!said.succeeded && said.text.contains(&gone), "{command}: {}", said.text);
        }
        assert!(livemart(&shop, "dlq discard --all --yes").await.succeeded);
        assert_eq!(letters(&shop, "").await, 0);
        // Not closed: a dead letter is logged as the error that it is.
        shop.stop().await;
    });
}

#[test]
fn what_nobody_knows_is_answered_in_one_line() {
    run(async {
        let shop = Shop::shared().await;
        let unknown: OrderId = Clock::default().new_id();
        for (arguments, answer) in [
            (format!("timeline {unknown}"), "unknown order"),
            ("dlq show 99".to_owned(), "no dead letter 99"),
            ("dlq retry a99".to_owned(), "no dead letter a99"),
        ] {
            let said = livemart(shop, &arguments).await;
            assert!(!said.succeeded && said.text.contains(answer), "{arguments}: {}", said.text);
            assert_eq!(said.text.lines().count(), 1, "{}", said.text);
        }
    });
}
