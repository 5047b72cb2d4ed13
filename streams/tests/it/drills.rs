//! Some of the fault drills, as a person runs them; `just drill all` runs the others.

use livemart_testing::{binaries, run};
use serde_json::Value;
use tokio::process::Command;

/// What the tests with faults of their own do not do.
const SHORT: [&str; 4] = ["two-lock-holders", "deliver-again", "poison", "kill-nats-of-three"];

async fn drill(arguments: &[&str]) -> (bool, String, String) {
    let output = Command::new(binaries().join("livemart")).arg("drill").args(arguments).output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.success(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn drills_end_with_every_order_decided_and_a_clean_audit() {
    run(async {
        let (passed, report, errors) = drill(&[&SHORT[..], &["--json"]].concat()).await;
        let outcomes: Vec<Value> =
            serde_json::from_str(&report).unwrap_or_else(|error| panic!("{error}: {report}{errors}"));
        assert_eq!(outcomes.len(), SHORT.len(), "{errors}");
        for outcome in &outcomes {
            let count = |what: &str| outcome[what].as_u64().unwrap_or_else(|| panic!("{what} of {outcome}"));
            let ended = count("confirmed") + count("failed") + count("cancelled");
            assert_eq!(count("orders"), ended, "{outcome:#}");
            assert!(count("confirmed") > 50, "{outcome:#}");
            assert_eq!(outcome["violations"], Value::Array(Vec::new()));
        }
        assert!(passed, "{errors}");
    });
}

#[test]
fn a_drill_that_does_not_exist_is_answered_with_those_that_do() {
    run(async {
        let (passed, _, errors) = drill(&["earthquake"]).await;
        assert!(!passed);
        assert!(errors.contains("there is no drill earthquake") && errors.contains("kill-nats"), "{errors}");
        assert_eq!(errors.trim().lines().count(), 1);
    });
}
