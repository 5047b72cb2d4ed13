use clap::ValueEnum;
use rand::Rng;

use super::*;

/// Seeds tried in every run of the tests.
const FIXED: u64 = 1_000;
/// Seeds that nobody has tried before.
const FRESH: u64 = 300;
/// A broken rule shows within this many shops.
const PATIENCE: u64 = 2_000;

/// Ends the test with what went wrong and how to see it again.
fn must_be_well(outcome: &Outcome) {
    assert!(
        outcome.violations.is_empty(),
        "seed {seed}:\n  {violations}\nreplay it: just simulate --seed {seed} --log",
        seed = outcome.seed,
        violations = outcome.violations.join("\n  ")
    );
}

#[test]
fn whatever_goes_wrong_every_saga_ends_with_money_and_stock_where_they_belong() {
    for seed in 0..FIXED {
        must_be_well(&run(seed, None, false));
    }
}

#[test]
fn so_do_the_sagas_of_seeds_that_nobody_has_tried() {
    let first = rand::rng().random::<u32>().into();
    println!("seeds {first} to {}", first + FRESH - 1);
    for seed in first..first + FRESH {
        must_be_well(&run(seed, None, false));
    }
}

#[test]
fn a_seed_is_a_schedule() {
    for seed in 0..20 {
        let (first, second) = (run(seed, None, true), run(seed, None, true));
        assert_eq!(first.log, second.log, "seed {seed}");
        assert_eq!(first.tally, second.tally, "keeping a log changes nothing");
    }
    assert_ne!(run(1, None, true).log, run(2, None, true).log);
}

#[test]
fn the_seeds_reach_every_end_of_an_order() {
    let mut tally = Tally::default();
    for seed in 0..FIXED / 3 {
        tally += run(seed, None, false).tally;
    }
    let Tally { confirmed, cancelled, declined, out_of_stock, timed_out, faults, .. } = tally;
    for (end, orders) in [
        ("confirmed", confirmed),
        ("cancelled", cancelled),
        ("declined", declined),
        ("out of stock", out_of_stock),
        ("timed out", timed_out),
    ] {
        assert!(orders > 50, "{orders} of {} orders were {end}", tally.orders);
    }
    assert!(faults > tally.orders, "{faults} faults in {} orders", tally.orders);
}

#[test]
fn the_seeds_reach_every_event_and_every_reaction() {
    let log = (0..300).flat_map(|seed| run(seed, None, true).log).collect::<Vec<_>>();
    let seen = |what: &str, and: &str| log.iter().any(|line| line.contains(what) && line.contains(and));
    for subject in fact::Fact::SUBJECTS {
        assert!(seen(subject, "is in its stream"), "{subject} was never published");
        assert!(seen(subject, "is lost"), "{subject} was never lost");
    }
    for durable in bus::durables() {
        assert!(seen(&durable.name, ": applied"), "{} never changed anything", durable.name);
    }
    for fault in [
        "has seen",
        "before its commit",
        "after its commit",
        "announced again",
        "will be restored",
        "reached the provider: true",
        "reaches the provider late",
        "the provider is silent",
        "dies with its worker",
        "pieces came back",
        "can give back nothing",
    ] {
        assert!(seen(fault, ""), "never seen: {fault}");
    }
}

/// The simulator is worth what it finds: without any one of the rules, some saga ends wrongly, and is named.
#[test]
fn each_rule_is_missed_when_it_is_broken() {
    for rule in Rule::value_variants() {
        let found =
            (0..PATIENCE).map(|seed| run(seed, Some(*rule), false)).find(|outcome| !outcome.violations.is_empty());
        let found = found.unwrap_or_else(|| panic!("{PATIENCE} shops do well without {rule:?}"));
        println!("without {rule:?}, seed {}: {}", found.seed, found.violations[0]);
    }
}
