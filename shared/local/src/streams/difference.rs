//! Comparing what a file says with what the server has.

use std::fmt;

use serde_json::Value;

use super::definitions::Config;

/// One value that is not as the file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// `max_age`, or `metadata.owner`.
    pub key: String,
    pub is: Value,
    pub wanted: Value,
    /// Whether the server refuses this change for good.
    pub immutable: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {} -> {}", self.key, self.is, self.wanted)?;
        if self.immutable {
            formatter.write_str("  (cannot be changed)")?;
        }
        Ok(())
    }
}

/// Tried on nats-server 2.15: these refuse every change.
const STREAM_IMMUTABLE: [&str; 3] = ["storage", "persist_mode", "allow_msg_counter"];
const CONSUMER_IMMUTABLE: [&str; 7] =
    ["ack_policy", "deliver_policy", "opt_start_seq", "opt_start_time", "replay_policy", "max_waiting", "mem_storage"];
/// And these can be switched on, but not off again.
const STREAM_ONE_WAY: [&str; 5] = ["deny_delete", "deny_purge", "sealed", "allow_msg_ttl", "allow_msg_schedules"];

pub(super) fn of_stream(wanted: &Config, is: &Config) -> Vec<Difference> {
    all(wanted, is, |key, is, wanted| {
        STREAM_IMMUTABLE.contains(&key)
            || (STREAM_ONE_WAY.contains(&key) && is == &Value::Bool(true))
            || (key == "retention" && [is, wanted].contains(&&Value::from("workqueue")))
    })
}

pub(super) fn of_consumer(wanted: &Config, is: &Config) -> Vec<Difference> {
    all(wanted, is, |key, _, _| CONSUMER_IMMUTABLE.contains(&key))
}

fn all(wanted: &Config, is: &Config, immutable: impl Fn(&str, &Value, &Value) -> bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (key, wanted) in wanted {
        collect(key, wanted, is.get(key).unwrap_or(&Value::Null), &mut differences);
    }
    for difference in &mut differences {
        difference.immutable = immutable(&difference.key, &difference.is, &difference.wanted);
    }
    differences
}

fn collect(key: &str, wanted: &Value, is: &Value, differences: &mut Vec<Difference>) {
    if let (Value::Object(wanted), Value::Object(_) | Value::Null) = (wanted, is) {
        for (inner, wanted) in wanted {
            let is = is.get(inner).unwrap_or(&Value::Null);
            collect(&format!("{key}.{inner}"), wanted, is, differences);
        }
        return;
    }
    if !same(wanted, is) {
        differences.push(Difference { key: key.to_owned(), is: is.clone(), wanted: wanted.clone(), immutable: false });
    }
}

/// The server leaves out what has its zero value, and the order of subjects means nothing.
fn same(wanted: &Value, is: &Value) -> bool {
    match (wanted, is) {
        (wanted, Value::Null) => is_zero(wanted),
        (Value::Array(wanted), Value::Array(is)) => {
            wanted.len() == is.len() && wanted.iter().all(|one| is.contains(one))
        }
        _ => wanted == is,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_i64() == Some(0),
        Value::String(value) => value.is_empty(),
        Value::Array(value) => value.is_empty(),
        Value::Object(value) => value.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(value: Value) -> Config {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn only_what_the_file_says_is_compared() {
        let wanted = config(json!({"max_age": 5, "deny_purge": false, "subjects": ["b", "a"]}));
        let is = config(json!({"max_age": 5, "subjects": ["a", "b"], "max_msgs": -1,
            "metadata": {"_nats.ver": "2.15.1"}}));
        assert_eq!(of_stream(&wanted, &is), []);
    }

    #[test]
    fn nested_values_are_named_by_their_path() {
        let wanted = config(json!({"metadata": {"owner": "order"}}));
        let is = config(json!({"metadata": {"owner": "payment", "_nats.ver": "2.15.1"}}));
        assert_eq!(of_stream(&wanted, &is)[0].to_string(), r#"metadata.owner: "payment" -> "order""#);
    }

    #[test]
    fn what_the_server_will_never_change_is_marked() {
        let stream = of_stream(&config(json!({"storage": "file"})), &config(json!({"storage": "memory"})));
        assert!(stream[0].immutable);
        let switched_on = of_stream(&config(json!({"deny_delete": true})), &config(json!({})));
        assert!(!switched_on[0].immutable);
        let switched_off = of_stream(&config(json!({"deny_delete": false})), &config(json!({"deny_delete": true})));
        assert!(switched_off[0].immutable);
        let consumer = of_consumer(&config(json!({"ack_policy": "all"})), &config(json!({"ack_policy": "explicit"})));
        assert!(consumer[0].immutable);
    }
}
