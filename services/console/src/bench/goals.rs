//! What the figures are to be, all against the floors of the same run. A goal whose part did not run is not judged.

use serde::{Deserialize, Serialize};

use super::results::{Beside, Results};

/// Of `F`, Postgres' inserts and commits a second over eight connections.
const SAGA_SHARE: f64 = 0.35;
const HTTP_SHARE: f64 = 0.20;
const SAGA_CPU_MS: f64 = 0.35;
const OVER_NAIVE: f64 = 10.0;
/// Rates at which latency is promised, with what is promised.
const CALM: f64 = 50.0;
const CALM_P50_MS: f64 = 10.0;
const CALM_P99_MS: f64 = 30.0;
const BUSY: f64 = 2_000.0;
const BUSY_P99_MS: f64 = 100.0;
const HOT_KEEPS: f64 = 0.90;
const LOCK_KEEPS: f64 = 0.85;
const FAILING_KEEPS: f64 = 0.90;
const ROWS_COST: f64 = 1.20;
const CACHED_SHARE: f64 = 0.5;
const CACHED_P50_MS: f64 = 1.0;
const SEARCH_P99_MS: f64 = 5.0;
const MANY_PRODUCTS: usize = 100_000;
const INDEX_SECONDS: f64 = 10.0;
const MANY_ORDERS: usize = 100_000;
const AUDIT_SECONDS: f64 = 10.0;
const REST_MB: f64 = 64.0;
const LOAD_MB: f64 = 256.0;
const READY_MS: f64 = 2_000.0;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Goal {
    pub(crate) of: String,
    pub(crate) wanted: String,
    pub(crate) found: String,
    pub(crate) reached: bool,
}

/// All that can be judged by what was measured.
pub(crate) fn judge(results: &Results) -> Vec<Goal> {
    let floor = results.floors.pg_commits_per_s;
    let mut goals = Goals::default();
    if let Some(saga) = &results.saga {
        goals.at_least("saga, orders/s as a share of F", SAGA_SHARE, saga.orders_per_s / floor);
        if let Some(cpu) = saga.cpu_ms_per_order {
            goals.at_most("saga, CPU ms an order", SAGA_CPU_MS, cpu);
        }
    }
    if let (Some(saga), Some(naive)) = (&results.saga, &results.naive) {
        goals.at_least("saga, times the naive one", OVER_NAIVE, saga.orders_per_s / naive.orders_per_s);
    }
    if let Some(http) = &results.http {
        goals.at_least("over HTTP, orders/s as a share of F", HTTP_SHARE, http.orders_per_s / floor);
    }
    for step in results.open_loop.iter().flatten() {
        // A rate that was not served has no latency.
        let within = |ms: f64| if step.refused == 0 { ms } else { f64::INFINITY };
        if step.rate == CALM {
            goals.at_most("POST to confirmed at 50/s, p50 ms", CALM_P50_MS, within(step.p50_ms));
            goals.at_most("POST to confirmed at 50/s, p99 ms", CALM_P99_MS, within(step.p99_ms));
        }
        if step.rate == BUSY {
            goals.at_most("POST to confirmed at 2,000/s, p99 ms", BUSY_P99_MS, within(step.p99_ms));
        }
    }
    if let Some(hot) = &results.hot {
        goals.at_least("a hot product, share of spread ones", HOT_KEEPS, kept(hot));
    }
    if let Some(lock) = &results.redis_lock {
        goals.at_least("with the Redis lock, share of without", LOCK_KEEPS, kept(lock));
    }
    if let Some(failing) = &results.failing {
        goals.at_least("half of the orders failing, share of none", FAILING_KEEPS, kept(failing));
    }
    if let Some(rows) = &results.rows
        && let (Some(many), Some(few)) =
            (rows.beside.figures.cpu_ms_per_order, rows.beside.compared_with.cpu_ms_per_order)
    {
        goals.at_most("many orders stored, CPU an order as a multiple of few", ROWS_COST, many / few);
    }
    if let Some(reads) = &results.reads {
        goals.at_least(
            "a cached product, share of a bare handler",
            CACHED_SHARE,
            reads.product.per_s / reads.bare.per_s,
        );
        goals.at_most("a cached product to one client, p50 ms", CACHED_P50_MS, reads.product_alone.p50_ms);
        goals.at_most("a search at 200/s, p99 ms", SEARCH_P99_MS, reads.search.p99_ms);
        if reads.products >= MANY_PRODUCTS {
            goals.at_most("the index of 100,000 products, s", INDEX_SECONDS, reads.index_s);
        }
    }
    if let Some(audit) = results.audit.filter(|audit| audit.orders >= MANY_ORDERS) {
        goals.at_most("an audit of 100,000 orders, s", AUDIT_SECONDS, audit.seconds);
    }
    if let Some(memory) = &results.memory_mb {
        let services = || memory.iter().filter(|(name, _)| !is_server(name)).map(|(_, memory)| memory);
        goals.at_most("memory of a service at rest, MiB", REST_MB, services().map(|it| it.rest).fold(0.0, f64::max));
        goals.at_most("memory of a service under load, MiB", LOAD_MB, services().map(|it| it.load).fold(0.0, f64::max));
    }
    if let Some(start) = &results.start {
        let last = start.ready_ms.values().copied().fold(0.0, f64::max);
        goals.at_most("ready after the start of all services, ms", READY_MS, last);
    }
    goals.0
}

fn kept(beside: &Beside) -> f64 {
    beside.figures.orders_per_s / beside.compared_with.orders_per_s
}

fn is_server(name: &str) -> bool {
    ["postgres", "nats"].contains(&name) || name.starts_with("redis")
}

#[derive(Default)]
struct Goals(Vec<Goal>);

impl Goals {
    fn at_least(&mut self, of: &str, wanted: f64, found: f64) {
        self.add(of, "at least", wanted, found, found >= wanted);
    }

    fn at_most(&mut self, of: &str, wanted: f64, found: f64) {
        self.add(of, "at most", wanted, found, found <= wanted);
    }

    fn add(&mut self, of: &str, bound: &str, wanted: f64, found: f64, reached: bool) {
        let (wanted, found) = (format!("{bound} {}", short(wanted)), short(found));
        self.0.push(Goal { of: of.to_owned(), wanted, found, reached });
    }
}

/// A figure with the three digits that mean something.
pub(super) fn short(figure: f64) -> String {
    match figure {
        figure if !figure.is_finite() => "-".to_owned(),
        figure if figure >= 1_000.0 => grouped(figure),
        figure if figure >= 100.0 => format!("{figure:.0}"),
        figure if figure >= 10.0 => format!("{figure:.1}"),
        figure => format!("{figure:.2}"),
    }
}

/// 12,345
fn grouped(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::super::results::{Audited, Memory, OpenLoop, Saga};
    use super::super::sample;
    use super::*;

    fn of<'a>(goals: &'a [Goal], name: &str) -> &'a Goal {
        goals.iter().find(|goal| goal.of.starts_with(name)).unwrap_or_else(|| panic!("{name} is not among {goals:?}"))
    }

    #[test]
    fn goals_are_judged_against_the_floor_of_the_same_run() {
        let mut results = sample();
        results.floors.pg_commits_per_s = 10_000.0;
        results.saga = Some(Saga { orders_per_s: 3_500.0, cpu_ms_per_order: Some(0.36), ..Saga::default() });
        results.naive = Some(Saga { orders_per_s: 351.0, ..Saga::default() });
        let goals = judge(&results);
        assert!(of(&goals, "saga, orders/s").reached);
        assert!(!of(&goals, "saga, CPU").reached);
        assert!(!of(&goals, "saga, times").reached);
        assert_eq!(of(&goals, "saga, times").found, "9.97");
    }

    #[test]
    fn a_rate_at_which_orders_were_refused_keeps_no_promise() {
        let mut results = sample();
        let step = OpenLoop { rate: BUSY, orders: 10, refused: 1, p99_ms: 5.0, ..OpenLoop::default() };
        results.open_loop = Some(vec![step]);
        assert!(!of(&judge(&results), "POST to confirmed at 2,000/s").reached);
    }

    #[test]
    fn servers_are_not_services() {
        let mut results = sample();
        let memory = |rest| Memory { rest, load: rest };
        let processes = [("order-1", 10.0), ("postgres", 900.0), ("nats", 300.0), ("redis-1", 70.0)];
        results.memory_mb = Some(processes.map(|(name, rest)| (name.to_owned(), memory(rest))).into());
        assert!(of(&judge(&results), "memory of a service at rest").reached);
    }

    #[test]
    fn an_audit_is_judged_where_there_was_as_much_to_look_at_as_its_goal_says() {
        let mut results = sample();
        let audit = |orders| Audited { orders, seconds: 1.0, ..Audited::default() };
        results.audit = Some(audit(MANY_ORDERS - 1));
        assert!(judge(&results).iter().all(|goal| !goal.of.starts_with("an audit")));
        results.audit = Some(audit(MANY_ORDERS));
        assert!(of(&judge(&results), "an audit").reached);
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        let mut results = sample();
        (results.saga, results.naive) = (None, None);
        assert!(judge(&results).iter().all(|goal| !goal.of.starts_with("saga")));
    }

    #[test]
    fn figures_are_short() {
        let figures = [0.123, 12.34, 123.4, 1_234.5, 1_234_567.0, f64::INFINITY];
        assert_eq!(figures.map(short), ["0.12", "12.3", "123", "1,234", "1,234,567", "-"]);
    }
}
