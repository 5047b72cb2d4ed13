//! When each turn begins: as soon as a connection is free, or by the clock.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use livemart_contracts::Clock;
use tokio::time::{Instant, sleep_until};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pace {
    /// So many customers, each of whom begins again when the last answer is there.
    Closed { connections: usize },
    /// So many a second, whatever becomes of those before. More than `at_once` are not in the air: the rest waits, and
    /// its time counts from when it should have begun.
    Open { per_second: f64, at_once: usize },
}

/// Whichever comes first ends a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) turns: u64,
    pub(crate) time: Duration,
}

/// One beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// From 0.
    pub(crate) number: u64,
    /// When it should begin, by both clocks. Time is counted from here: a turn that comes late, because those before it
    /// were slow, was kept waiting by them.
    pub(crate) due: Instant,
    pub(crate) due_at: DateTime<Utc>,
}

/// The clock of the machine and the steady one, read together.
#[derive(Clone, Copy)]
struct Start {
    instant: Instant,
    time: DateTime<Utc>,
}

impl Start {
    fn now() -> Self {
        Self { instant: Instant::now(), time: Clock::default().now() }
    }

    fn turn(self, number: u64, after: Duration) -> Turn {
        let moved = TimeDelta::from_std(after).unwrap_or(TimeDelta::MAX);
        Turn { number, due: self.instant + after, due_at: self.time + moved }
    }
}

/// Does `one` at this pace, and folds what comes of it and how long all of it took.
pub(crate) async fn run<T, A, F: Future<Output = T>>(
    pace: Pace,
    bounds: Bounds,
    mut sum: A,
    one: impl Fn(Turn) -> F,
    mut add: impl FnMut(&mut A, T),
) -> Result<(A, Duration)> {
    let start = Start::now();
    match pace {
        Pace::Closed { connections } => {
            ensure!(connections > 0, "a load needs a connection");
            let begun = AtomicU64::new(0);
            let next = || {
                let after = start.instant.elapsed();
                let number = begun.fetch_add(1, Ordering::Relaxed);
                (number < bounds.turns && after < bounds.time).then(|| start.turn(number, after))
            };
            let mut running: FuturesUnordered<F> = (0..connections).map_while(|_| next()).map(&one).collect();
            while let Some(done) = running.next().await {
                add(&mut sum, done);
                running.extend(next().map(&one));
            }
        }
        Pace::Open { per_second, at_once } => {
            ensure!(per_second > 0.0 && at_once > 0, "a load needs a rate, and room for one turn");
            let due = |number: u64| Duration::from_secs_f64(number as f64 / per_second);
            let mut number = 0;
            let mut running = FuturesUnordered::new();
            loop {
                let more = number < bounds.turns && due(number) < bounds.time;
                tokio::select! {
                    () = sleep_until(start.instant + due(number)), if more && running.len() < at_once => {
                        running.push(one(start.turn(number, due(number))));
                        number += 1;
                    }
                    Some(done) = running.next() => add(&mut sum, done),
                    else => break,
                }
            }
        }
    }
    Ok((sum, start.instant.elapsed()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A_WHILE: Duration = Duration::from_secs(10);

    #[tokio::test(start_paused = true)]
    async fn what_is_due_during_a_stall_counts_from_when_it_was_due() {
        let pace = Pace::Open { per_second: 10.0, at_once: 1 };
        // The first turn takes a second, in which nine more come due.
        let one = async |turn: Turn| {
            if turn.number == 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            turn.due.elapsed()
        };
        let bounds = Bounds { turns: 20, time: A_WHILE };
        let (waited, _) = run(pace, bounds, Vec::new(), one, Vec::push).await.unwrap();
        let ms: Vec<u128> = waited.iter().map(Duration::as_millis).collect();
        assert_eq!(ms.len(), 20);
        assert!((895..=905).contains(&ms[1]), "{ms:?}");
        assert!((95..=105).contains(&ms[9]), "{ms:?}");
        assert!(ms[15] <= 5, "{ms:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_bound_ends_it() {
        let second = async |_: Turn| tokio::time::sleep(Duration::from_secs(1)).await;
        let count = |sum: &mut u64, ()| *sum += 1;
        let closed = Pace::Closed { connections: 2 };
        let (turns, _) = run(closed, Bounds { turns: 5, time: A_WHILE }, 0, second, count).await.unwrap();
        assert_eq!(turns, 5);
        let (turns, took) = run(closed, Bounds { turns: 1_000, time: A_WHILE }, 0, second, count).await.unwrap();
        assert_eq!((turns, took.as_secs()), (20, 10));
        let open = Pace::Open { per_second: 3.0, at_once: 100 };
        let (turns, _) = run(open, Bounds { turns: 1_000, time: A_WHILE }, 0, second, count).await.unwrap();
        assert_eq!(turns, 30);
    }
}
