//! Which metrics an expression names: what is neither a function, nor a keyword, nor a label.

use std::collections::BTreeSet;

const KEYWORDS: [&str; 6] = ["and", "or", "unless", "bool", "offset", "inf"];
/// What a list of labels follows.
const BEFORE_LABELS: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];

pub fn metrics(expression: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_alphabetic() || first == '_' {
            let end = rest.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_:".contains(letter)));
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            rest = after.trim_start();
            if BEFORE_LABELS.contains(&word) {
                rest = past(rest, ')');
            } else if !KEYWORDS.contains(&word) && !rest.starts_with('(') && !is_function(word, rest) {
                found.insert(word.to_owned());
            }
        } else if first.is_ascii_digit() {
            // With its unit, as in [5m].
            rest = rest.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '.');
        } else if first == '{' {
            rest = past(rest, '}');
        } else if first == '"' {
            rest = past(&rest[1..], '"');
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// An aggregation may have its labels before what it is about: `sum by (x) (y)`.
fn is_function(word: &str, rest: &str) -> bool {
    ["sum", "max", "min", "avg", "count"].contains(&word) && (rest.starts_with("by") || rest.starts_with("without"))
}

fn past(text: &str, end: char) -> &str {
    text.split_once(end).map_or("", |(_, after)| after)
}

#[test]
fn metrics_are_told_from_functions_and_labels() {
    let of = |expression| metrics(expression).into_iter().collect::<Vec<_>>();
    assert_eq!(of(r#"sum by (le, service) (rate(a_bucket{x="b", y=~"c.."}[5m])) / max(d) > 0.5"#), ["a_bucket", "d"]);
    assert_eq!(of("max by (c) (lag) > 0 unless on (c) sum by (c) (rate(done[5m])) > 0"), ["done", "lag"]);
    assert_eq!(of(r#"histogram_quantile(0.99, sum by (le) (rate(t_bucket[1m])))"#), ["t_bucket"]);
    assert_eq!(of(r#"sum(up{job="nats"}) < count(up) or absent(up)"#), ["up"]);
}
