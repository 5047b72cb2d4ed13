//! A projection made anew is as the live one was, finds what is wrong in it, and can do nothing else.

use async_nats::jetstream::message::StreamMessage;
use chrono::{DateTime, TimeDelta, Utc};
use livemart_contracts::events::StockReserved;
use livemart_contracts::{Clock, OrderId, Stream, facts};
use livemart_messaging::consumer::{Incoming, Subscription, commit as decide};
use livemart_messaging::dead_letter::DISCARDED;
use livemart_messaging::envelope::Attributes;
use livemart_messaging::replay::{Extent, Recorded, Replay, ReplayError, Report, Source, Start};
use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Store, Table, Tables, sql};
use livemart_testing::run;
use sea_orm::ConnectionTrait;

use crate::fixture::{Bench, commit, header, published};

facts! { pub enum Reservation { Reserved(StockReserved) } }

/// How often an order was reserved, in a table of the order service.
#[derive(Clone, Copy)]
struct Counted {
    /// What it does besides, where it is replayed.
    besides: &'static str,
}

impl Projection for Counted {
    type Event = Reservation;
    const DURABLE: &'static str = "order-stock-reserved";
    const TABLES: &'static [Table] =
        &[Table { name: "order_payments", rows: Rows::OfOneThing("order_id"), personal: Personal::Nothing }];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<Reservation>]) -> Result<Vec<Decision>, Failure> {
        for event in batch {
            let Reservation::Reserved(event) = &event.fact;
            let counted = sql(
                "INSERT INTO order_payments (order_id, status, progress, captured, refunded)
                 VALUES ($1, 'reserved', 1, 1, 0)
                 ON CONFLICT (order_id) DO UPDATE SET captured = order_payments.captured + 1",
                [event.order_id.uuid().into()],
            );
            tables.tx().execute_raw(counted).await?;
        }
        tables.tx().execute_unprepared(self.besides).await?;
        Ok(vec![Decision::Applied; batch.len()])
    }
}

fn counting(besides: &'static str) -> Vec<Subscription> {
    vec![Subscription::projection(Counted { besides })]
}

/// The stream as it was read once; a test may hide some of it, or have something happen between two reads.
#[derive(Default)]
struct Recording {
    events: Vec<Recorded>,
    first_sequence: u64,
    rest: Vec<Recorded>,
    /// Reads before it breaks.
    breaks_after: Option<usize>,
    /// What the live projection decides about while this is read for the first time.
    meanwhile: Option<(Store, Vec<Incoming>)>,
}

impl Source for Recording {
    async fn seek(&mut self, _: &str, start: Start) -> Result<Extent, ReplayError> {
        let after = |event: &&Recorded| match start {
            Start::Beginning => true,
            Start::Sequence(sequence) => event.sequence >= sequence,
            Start::Time(time) => event.incoming.attributes.time >= time,
        };
        self.rest = self.events.iter().filter(after).cloned().collect();
        Ok(Extent { first_sequence: self.first_sequence, loses_some: false })
    }

    async fn next(&mut self) -> Result<Vec<Recorded>, ReplayError> {
        match &mut self.breaks_after {
            Some(0) => return Err(ReplayError::Source("the reader died".to_owned())),
            Some(left) => *left -= 1,
            None => {}
        }
        let batch = self.rest.drain(..self.rest.len().min(10)).collect();
        if let Some((store, incoming)) = self.meanwhile.take() {
            hear(&store, &incoming).await;
        }
        Ok(batch)
    }
}

/// The live projection decides.
async fn hear(store: &Store, incoming: &[Incoming]) {
    let batch: Vec<&Incoming> = incoming.iter().collect();
    decide(&counting("")[0], store, &batch).await.expect("the live projection works");
}

struct Scene {
    bench: Bench,
    orders: Store,
}

type Row = (OrderId, i64);

impl Scene {
    /// Events of the inventory in the stream, and what was read of it.
    async fn with(reservations: &[(OrderId, DateTime<Utc>)]) -> (Self, Recording) {
        let bench = Bench::start().await;
        let (orders, inventory) = (bench.orders().await, bench.inventory().await);
        let events: Vec<StockReserved> = reservations
            .iter()
            .map(|(order_id, at)| StockReserved { order_id: *order_id, expires_at: *at, ..bench.reserved() })
            .collect();
        commit(&inventory, &events).await;
        let relay = bench.relay(&inventory, Stream::Stock).await;
        published(&inventory, 0).await;
        relay.stop().await;
        let mut messages = bench.messages(Stream::Stock).await;
        // Events of different orders may be published in any order; the tests want that of the orders.
        messages.sort_by_key(|message| header(message, "ce-correlationid"));
        let read = |(place, message): (usize, StreamMessage)| {
            let attributes = Attributes::read(&message.headers).expect("attributes");
            let incoming = Incoming { attributes, subject: message.subject.to_string(), payload: message.payload };
            Recorded { sequence: place as u64 + 1, incoming }
        };
        let events = messages.into_iter().enumerate().map(read).collect();
        (Self { bench, orders }, Recording { events, first_sequence: 1, ..Recording::default() })
    }

    /// `count` orders, each reserved twice.
    async fn of_orders(count: usize) -> (Self, Recording) {
        let clock = Clock::default();
        let orders: Vec<_> = (0..count).map(|_| (clock.new_id(), clock.now())).collect();
        Self::with(&[orders.clone(), orders].concat()).await
    }

    async fn hears_all(&self, recording: &Recording) {
        let incoming: Vec<Incoming> = recording.events.iter().map(|event| event.incoming.clone()).collect();
        hear(&self.orders, &incoming).await;
    }

    async fn replays(&self, recording: &mut Recording, start: Start, swap: bool) -> Result<Report, ReplayError> {
        self.replays_with(counting(""), recording, start, swap).await
    }

    async fn replays_with(
        &self,
        subscriptions: Vec<Subscription>,
        recording: &mut Recording,
        start: Start,
        swap: bool,
    ) -> Result<Report, ReplayError> {
        let url = self.bench.database.url("order");
        let mut replay = Replay::open(&url, "order", &subscriptions, "order-stock-reserved", start).await?;
        replay.compare(recording, swap).await
    }

    async fn execute(&self, sql: &str) -> u64 {
        self.orders.db().execute_unprepared(sql).await.expect("a statement").rows_affected()
    }

    async fn rows(&self) -> Vec<Row> {
        let rows = sql("SELECT order_id, captured FROM order_payments ORDER BY order_id", []);
        let rows = self.orders.db().query_all_raw(rows).await.expect("rows");
        let row = |row: &sea_orm::QueryResult| {
            (OrderId::from_uuid(row.try_get_by_index(0).expect("an id")), row.try_get_by_index(1).expect("a number"))
        };
        rows.iter().map(row).collect()
    }

    /// Events, calls and decisions that this service wrote down.
    async fn written(&self) -> Vec<i64> {
        let counts = sql(
            "SELECT ARRAY[(SELECT count(*) FROM outbox), (SELECT count(*) FROM tasks), (SELECT count(*) FROM inbox),
                          (SELECT count(*) FROM catalogue), (SELECT count(*) FROM orders)]",
            [],
        );
        let row = self.orders.db().query_one_raw(counts).await.expect("counts").expect("a row");
        row.try_get_by_index(0).expect("numbers")
    }
}

#[test]
fn replayed_three_times_a_projection_is_as_it_was_and_nothing_was_announced_or_asked_for() {
    run(async {
        let (scene, mut recording) = Scene::of_orders(300).await;
        scene.hears_all(&recording).await;
        let (rows, written) = (scene.rows().await, scene.written().await);
        assert_eq!(rows.len(), 300);
        for _ in 0..3 {
            let report = scene.replays(&mut recording, Start::Beginning, true).await.expect("a replay");
            assert!(report.equal && !report.swapped && report.since.is_none(), "{report:?}");
            assert_eq!((report.projections[0].events, report.tables[0].rebuilt), (600, 300));
        }
        assert_eq!((scene.rows().await, scene.written().await), (rows, written));
    });
}

#[test]
fn rows_that_are_wrong_missing_or_invented_are_shown_and_exchanged_when_that_is_wanted() {
    run(async {
        let (scene, mut recording) = Scene::of_orders(20).await;
        scene.hears_all(&recording).await;
        let right = scene.rows().await;
        let (changed, deleted) = (right[0].0.uuid(), right[1].0.uuid());
        scene.execute(&format!("UPDATE order_payments SET captured = 7 WHERE order_id = '{changed}'")).await;
        scene.execute(&format!("DELETE FROM order_payments WHERE order_id = '{deleted}'")).await;
        scene.execute("INSERT INTO order_payments VALUES (gen_random_uuid(), 'invented', 1, 1, 1)").await;
        let wrong = scene.rows().await;

        let report = scene.replays(&mut recording, Start::Beginning, false).await.expect("a replay");
        assert!(!report.equal && !report.swapped);
        let table = &report.tables[0];
        assert_eq!((table.only_live, table.only_rebuilt, table.differing), (1, 1, 1));
        let sample = table.samples.iter().find(|one| one.key["order_id"] == changed.to_string()).expect("shown");
        assert_eq!(sample.live, Some(serde_json::json!({"captured": 7})));
        assert_eq!(sample.rebuilt, Some(serde_json::json!({"captured": 2})));
        assert_eq!(scene.rows().await, wrong, "nobody asked for an exchange");

        let report = scene.replays(&mut recording, Start::Beginning, true).await.expect("a replay");
        assert!(!report.equal && report.swapped);
        assert_eq!(scene.rows().await, right);
    });
}

#[test]
fn a_projection_that_writes_anything_else_fails_the_replay_and_changes_nothing() {
    run(async {
        let (scene, mut recording) = Scene::of_orders(3).await;
        scene.hears_all(&recording).await;
        scene.execute("UPDATE order_payments SET captured = 7").await;
        let (rows, written) = (scene.rows().await, scene.written().await);
        for (besides, said) in [
            ("INSERT INTO catalogue (product_id, sold, version) VALUES (gen_random_uuid(), false, 1)", "catalogue"),
            ("INSERT INTO orders.catalogue VALUES (gen_random_uuid(), 1, 'KRW', true, 1)", "read-only transaction"),
            ("UPDATE orders.order_payments SET captured = 9", "read-only transaction"),
            ("DELETE FROM orders.inbox", "read-only transaction"),
            ("INSERT INTO outbox (event_id) VALUES (gen_random_uuid())", "outbox"),
        ] {
            let failed = scene.replays_with(counting(besides), &mut recording, Start::Beginning, true).await;
            let error = failed.expect_err(besides).to_string();
            assert!(error.contains(said) && error.starts_with("order-stock-reserved fails on evt_"), "{error}");
            assert_eq!((scene.rows().await, scene.written().await), (rows.clone(), written.clone()), "{besides}");
        }
    });
}

#[test]
fn what_the_live_one_has_not_decided_about_is_left_out_and_what_it_decides_meanwhile_is_caught_up_with() {
    run(async {
        let (scene, mut recording) = Scene::of_orders(20).await;
        let incoming: Vec<Incoming> = recording.events.iter().map(|event| event.incoming.clone()).collect();
        hear(&scene.orders, &incoming[..10]).await;
        // The last is as a dead letter is: never decided about.
        recording.meanwhile = Some((scene.orders.clone(), incoming[10..39].to_vec()));
        let report = scene.replays(&mut recording, Start::Beginning, true).await.expect("a replay");
        assert!(report.equal, "{report:?}");
        let projection = &report.projections[0];
        assert_eq!((projection.events, projection.undecided), (39, 1));

        let discarded = recording.events[39].incoming.attributes.id.uuid();
        scene
            .execute(&format!(
                "INSERT INTO inbox VALUES ('order-stock-reserved', '{discarded}', 'ignored', '{DISCARDED}', now())"
            ))
            .await;
        let report = scene.replays(&mut recording, Start::Beginning, true).await.expect("a replay");
        let projection = &report.projections[0];
        assert_eq!((report.equal, projection.events, projection.undecided), (true, 39, 0), "what a person discarded");
    });
}

#[test]
fn an_interrupted_replay_changes_nothing_and_can_be_run_again() {
    run(async {
        let (scene, mut recording) = Scene::of_orders(20).await;
        scene.hears_all(&recording).await;
        scene.execute("DELETE FROM order_payments").await;
        for reads in 0..6 {
            recording.breaks_after = Some(reads);
            let broken = scene.replays(&mut recording, Start::Beginning, true).await;
            assert!(matches!(broken, Err(ReplayError::Source(_))), "{broken:?}");
            assert!(scene.rows().await.is_empty());
        }
        recording.breaks_after = None;
        assert!(scene.replays(&mut recording, Start::Beginning, true).await.expect("a replay").swapped);
        assert_eq!(scene.rows().await.len(), 20);
    });
}

#[test]
fn events_that_are_missing_in_the_middle_are_no_reason_to_drop_rows() {
    run(async {
        let (scene, mut recording) = Scene::of_orders(20).await;
        scene.hears_all(&recording).await;
        let rows = scene.rows().await;
        recording.events.remove(30);
        let error = scene.replays(&mut recording, Start::Beginning, true).await.expect_err("a hole");
        assert!(matches!(error, ReplayError::Hole { count: 1, .. }), "{error}");
        assert!(error.to_string().contains("livemart rebuild-stream STOCK"), "{error}");
        assert_eq!(scene.rows().await, rows);
    });
}

#[test]
fn of_a_stream_whose_older_events_have_expired_only_what_the_rest_tells_wholly_is_made_anew() {
    run(async {
        let (past, present) = (Clock::ahead_by(TimeDelta::hours(-2)), Clock::default());
        let (old, young): (OrderId, OrderId) = (past.new_id(), Clock::ahead_by(TimeDelta::hours(1)).new_id());
        let (scene, mut recording) =
            Scene::with(&[(old, past.now()), (old, present.now()), (young, present.now())]).await;
        // As old as its order.
        recording.events[0].incoming.attributes =
            Attributes { id: past.new_id(), time: past.now(), ..recording.events[0].incoming.attributes };
        scene.hears_all(&recording).await;
        scene.execute("UPDATE order_payments SET captured = 9").await;

        recording.events.remove(0);
        recording.first_sequence = 2;
        let report = scene.replays(&mut recording, Start::Beginning, true).await.expect("a replay");
        assert!(report.since.is_some() && report.swapped, "{report:?}");
        assert_eq!((report.projections[0].unread, report.tables[0].left), (1, 1));
        assert_eq!(scene.rows().await, [(old, 9), (young, 1)], "the older one rests on what has expired");
    });
}

#[test]
fn a_replay_of_a_part_leaves_what_rests_on_the_rest() {
    run(async {
        let past = Clock::ahead_by(TimeDelta::hours(-2));
        let (old, young): (OrderId, OrderId) = (past.new_id(), Clock::ahead_by(TimeDelta::hours(1)).new_id());
        let now = Clock::default().now();
        let (scene, mut recording) = Scene::with(&[(old, now), (young, now)]).await;
        recording.events[0].incoming.attributes =
            Attributes { id: past.new_id(), time: past.now(), ..recording.events[0].incoming.attributes };
        scene.hears_all(&recording).await;
        scene.execute("UPDATE order_payments SET captured = 9").await;
        for start in [Start::Sequence(2), Start::Time(now - TimeDelta::hours(1))] {
            scene.execute("UPDATE order_payments SET captured = 9").await;
            let report = scene.replays(&mut recording, start, true).await.expect("a replay");
            assert!(report.swapped && report.tables[0].left == 1, "{report:?}");
            assert_eq!(scene.rows().await, [(old, 9), (young, 1)]);
        }
    });
}
