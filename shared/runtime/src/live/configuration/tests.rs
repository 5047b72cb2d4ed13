use bytes::Bytes;
use clap::{Args, FromArgMatches as _};

use super::super::{Live, between, key};
use super::*;

#[derive(Debug, Clone, Args)]
struct Changing {
    /// Seconds that an order may wait.
    #[arg(long, env = "LIVEMART_TEST_DEADLINE", value_name = "SECONDS", default_value_t = 60, value_parser = between(1_u32..=3600))]
    deadline: u32,

    /// What it is called.
    #[arg(long, env = "LIVEMART_TEST_LABEL")]
    label: Option<String>,
}

#[derive(Debug, Args)]
struct Config {
    /// Where it listens.
    #[arg(long, env = "LIVEMART_TEST_LISTEN", default_value = "here")]
    listen: String,
    #[arg(long, env = "LIVEMART_TEST_PASSWORD", hide_env_values = true)]
    password: Option<String>,
    #[command(flatten)]
    live: Live<Changing>,
}

fn started(arguments: &[&str], copy: Option<LastCopy>) -> (Live<Changing>, Arc<Configuration>) {
    let command = Config::augment_args(Command::new("order").no_binary_name(true));
    let matches = command.clone().get_matches_from(arguments.iter().chain(&["--password", "s3cret"]));
    let config = Config::from_arg_matches(&matches).unwrap();
    assert_eq!((config.listen.as_str(), config.password.as_deref()), ("here", Some("s3cret")));
    let settings: Vec<Arc<dyn Settings>> = vec![Arc::new(config.live.clone())];
    let keys = key::keys(&command, &matches);
    (config.live, Configuration::new("order", "order-1".to_owned(), keys, settings, vec!["order.keys"], copy))
}

fn put(value: &'static str, revision: u64) -> Entry {
    Entry { value: Some(Bytes::from_static(value.as_bytes())), revision }
}

fn deleted(revision: u64) -> Entry {
    Entry { value: None, revision }
}

fn reported(configuration: &Configuration, key: &str) -> KeyReport {
    configuration.report().keys.into_iter().find(|one| one.key == key).expect("a key")
}

#[test]
fn the_bucket_counts_before_the_command_line_and_a_deletion_goes_back_to_it() {
    let (live, configuration) = started(&["--deadline", "30"], None);
    configuration.take("deadline", put("5", 7));
    assert_eq!(live.get().deadline, 5);
    assert_eq!(configuration.revision(), 7);
    configuration.take("label", put("mine", 8));
    configuration.take("deadline", deleted(9));
    assert_eq!((live.get().deadline, live.get().label.as_deref()), (30, Some("mine")));
    let report = reported(&configuration, "order.deadline");
    assert_eq!((report.source, report.value.as_deref(), report.revision), (Source::CommandLine, Some("30"), Some(9)));
}

#[test]
fn a_bad_value_is_refused_with_its_reason_and_the_one_before_stays() {
    let (live, configuration) = started(&[], None);
    configuration.take("deadline", put("5", 1));
    for (revision, bad, reason) in
        [(2, "0", "0 is not from 1 to 3600"), (3, "soon", "not a number from 1 to 3600"), (4, "", "not a number")]
    {
        configuration.take("deadline", put(bad, revision));
        let report = reported(&configuration, "order.deadline");
        let refused = report.refused.expect("it is refused");
        assert!(refused.reason.starts_with(reason), "{refused:?}");
        assert_eq!((refused.value.as_deref(), refused.revision), (Some(bad), revision));
        assert_eq!((live.get().deadline, report.revision), (5, Some(1)));
        assert_eq!(configuration.judge("deadline", bad), Err(refused.reason));
    }
    configuration.take("deadline", put("6", 5));
    assert_eq!((live.get().deadline, configuration.refused()), (6, 0));
}

#[test]
fn what_needs_another_start_or_is_unknown_is_refused_until_it_is_taken_away() {
    let (_, configuration) = started(&[], None);
    assert_eq!(configuration.judge("listen", "there"), Err("it takes another start with LIVEMART_TEST_LISTEN".into()));
    assert_eq!(configuration.judge("deadlines", "1"), Err("order has no key of this name".into()));
    configuration.take("deadlines", put("1", 1));
    assert_eq!(configuration.refused(), 1);
    configuration.take("deadlines", deleted(2));
    assert_eq!(configuration.refused(), 0);
    assert!(configuration.is_not_a_setting("keys"));
}

#[test]
fn a_secret_that_was_put_by_mistake_is_told_to_nobody() {
    let (_, configuration) = started(&[], None);
    for (revision, name) in [(1, "password"), (2, "pasword")] {
        configuration.take(name, put("hunter2", revision));
        let refused = reported(&configuration, &format!("order.{name}")).refused.expect("it is refused");
        assert_eq!((refused.value, refused.revision), (None, revision));
    }
}

#[test]
fn judging_a_value_does_not_take_it() {
    let (live, configuration) = started(&[], None);
    assert_eq!(configuration.judge("deadline", "5"), Ok(()));
    assert_eq!(live.get().deadline, 60);
}

#[test]
fn an_older_revision_is_believed_when_it_is_seen_again() {
    let (live, configuration) = started(&[], None);
    configuration.take("deadline", put("5", 7));
    configuration.take("deadline", put("4", 3));
    assert_eq!(live.get().deadline, 5, "a server that is behind");
    configuration.take("deadline", put("5", 7));
    configuration.take("deadline", deleted(0));
    assert_eq!(live.get().deadline, 5);
    configuration.take("deadline", deleted(0));
    assert_eq!(live.get().deadline, 60, "a bucket that was made anew");
}

#[test]
fn what_was_taken_is_there_at_the_next_start() {
    let directory = std::env::temp_dir().join(format!("livemart-config-{}", std::process::id()));
    let copy = || Some(LastCopy::in_directory(&directory, "order-1"));
    let (_, before) = started(&[], copy());
    before.recall();
    before.take("deadline", put("5", 7));
    before.take("deadline", put("0", 8));
    before.take("label", put("mine", 9));
    before.take("label", deleted(10));

    let (live, after) = started(&[], copy());
    after.recall();
    assert_eq!((live.get().deadline, live.get().label.clone(), after.revision()), (5, None, 7));
    std::fs::remove_dir_all(&directory).expect("it was there");
}

#[test]
fn a_report_says_what_each_key_may_be_and_no_secret() {
    let (_, configuration) = started(&[], None);
    let deadline = reported(&configuration, "order.deadline");
    let kind = (deadline.kind.as_str(), deadline.default.as_deref(), deadline.live);
    assert_eq!(kind, ("seconds 1..=3600", Some("60"), true));
    assert_eq!(deadline.help, "Seconds that an order may wait");
    let password = reported(&configuration, "order.password");
    assert_eq!((password.value, password.live, password.kind.as_str()), (None, false, "secret"));
    assert!(!serde_json::to_string(&configuration.report()).unwrap().contains("s3cret"));
}
