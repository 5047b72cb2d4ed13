//! What processes use: from /proc, and from Postgres about itself.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use sqlx::PgConnection;

use crate::private::PrivateShop;

/// Where `proc_pid_stat(5)` has its fields, counted from the one after the command.
const PARENT: usize = 1;
const USER_TIME: usize = 11;
/// User and system time, and those of children that have ended and were waited for.
const TIMES: usize = 4;

const MS_PER_SECOND: f64 = 1_000.0;
const KB_PER_MB: f64 = 1_024.0;

/// A shop's processes by name: services, then servers.
pub(crate) fn processes(shop: &PrivateShop) -> BTreeMap<String, u32> {
    let servers = shop.servers();
    let instances = shop.services().instances().iter();
    instances
        .chain(servers.redis())
        .chain([servers.nats(), servers.postgres()])
        .filter_map(|process| Some((process.name().to_owned(), process.pid()?)))
        .collect()
}

/// Milliseconds of processor time that each process used since its start, its children included. Empty where there is no
/// /proc.
pub(crate) fn cpu_ms(processes: &BTreeMap<String, u32>) -> BTreeMap<String, f64> {
    let tick = MS_PER_SECOND / rustix::param::clock_ticks_per_second() as f64;
    let children = children();
    let used = |(name, pid): (&String, &u32)| {
        let family = std::iter::once(*pid).chain(children.get(pid).into_iter().flatten().copied());
        let ticks: Vec<u64> = family.filter_map(ticks).collect();
        (!ticks.is_empty()).then(|| (name.clone(), ticks.iter().sum::<u64>() as f64 * tick))
    };
    processes.iter().filter_map(used).collect()
}

/// What `later` used beyond `earlier`, for each of so many.
pub(crate) fn each(earlier: &BTreeMap<String, f64>, later: &BTreeMap<String, f64>, many: u64) -> BTreeMap<String, f64> {
    let many = many.max(1) as f64;
    let more = |(name, used): (&String, &f64)| Some((name.clone(), (used - earlier.get(name)?) / many));
    later.iter().filter_map(more).collect()
}

/// The memory of each process now, in MiB: its share of what it has in common with others.
pub(crate) fn memory_mb(processes: &BTreeMap<String, u32>) -> BTreeMap<String, f64> {
    let children = children();
    let has = |(name, pid): (&String, &u32)| {
        let family = std::iter::once(*pid).chain(children.get(pid).into_iter().flatten().copied());
        let kb: Vec<f64> = family.filter_map(|pid| in_kb(&format!("/proc/{pid}/smaps_rollup"), "Pss:")).collect();
        (!kb.is_empty()).then(|| (name.clone(), kb.iter().sum::<f64>() / KB_PER_MB))
    };
    processes.iter().filter_map(has).collect()
}

/// The most that a process without children ever had, in MiB.
pub(crate) fn most_mb(pid: u32) -> Option<f64> {
    in_kb(&format!("/proc/{pid}/status"), "VmHWM:").map(|kb| kb / KB_PER_MB)
}

fn in_kb(path: &str, field: &str) -> Option<f64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next()?.parse().ok())
}

/// Who was started by whom, of all processes that there are.
fn children() -> BTreeMap<u32, Vec<u32>> {
    let mut children = BTreeMap::<u32, Vec<u32>>::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(PARENT)?.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    children
}

fn ticks(pid: u32) -> Option<u64> {
    stat(pid)?.iter().skip(USER_TIME).take(TIMES).map(|field| field.parse::<u64>().ok()).sum()
}

fn stat(pid: u32) -> Option<Vec<String>> {
    fields(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The command may itself contain spaces and parentheses: the last one ends it.
fn fields(stat: &str) -> Option<Vec<String>> {
    Some(stat.rsplit_once(')')?.1.split_whitespace().map(str::to_owned).collect())
}

/// How far Postgres is: transactions that were given a number because they wrote, and flushes of its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) transactions: i64,
    pub(crate) fsyncs: i64,
}

/// From Postgres 18 on, `pg_stat_io` counts what `pg_stat_wal` counted before.
const IO_COUNTS_THE_LOG: i32 = 180_000;

impl Written {
    pub(crate) async fn read(database: &mut PgConnection) -> Result<Self> {
        let version = "SELECT current_setting('server_version_num')::int";
        let counted_elsewhere =
            sqlx::query_scalar::<_, i32>(version).fetch_one(&mut *database).await? >= IO_COUNTS_THE_LOG;
        let query = if counted_elsewhere {
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, sum(fsyncs)::bigint FROM pg_stat_io WHERE object = 'wal'"
        } else {
            "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint, wal_sync FROM pg_stat_wal"
        };
        let (transactions, fsyncs) = sqlx::query_as(query).fetch_one(database).await?;
        Ok(Self { transactions, fsyncs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_counted_from_after_the_command_whatever_is_in_it() {
        let stat = "42 (a ) b) S 7 42 42 0 -1 4194304 100 0 0 0 11 22 33 44 20 0 1 0 5 6 7";
        let fields = fields(stat).unwrap();
        assert_eq!(fields[PARENT], "7");
        assert_eq!(fields[USER_TIME..USER_TIME + TIMES], ["11", "22", "33", "44"]);
    }

    #[test]
    fn what_is_used_for_each_is_the_difference_of_those_that_were_there_before() {
        let earlier = BTreeMap::from([("order".to_owned(), 100.0)]);
        let later = BTreeMap::from([("order".to_owned(), 150.0), ("new".to_owned(), 9.0)]);
        assert_eq!(each(&earlier, &later, 100), BTreeMap::from([("order".to_owned(), 0.5)]));
        assert_eq!(each(&earlier, &later, 0), BTreeMap::from([("order".to_owned(), 50.0)]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_has_used_the_processor_and_some_memory() {
        let this = BTreeMap::from([("this".to_owned(), std::process::id())]);
        assert!(cpu_ms(&this).contains_key("this"));
        assert!(memory_mb(&this)["this"] > 0.5);
        assert!(most_mb(std::process::id()).unwrap() > 0.5);
    }
}
