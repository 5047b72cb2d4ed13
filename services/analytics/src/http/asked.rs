//! `?from&to`: the span of time that is asked for.

use chrono::{DateTime, Utc};
use livemart_web::Violations;

use crate::domain::span::{Span, is_full_hour, is_midnight, parse};

/// Without `from` and `to`, the last days up to today.
const DAYS: i64 = 30;

/// The smallest unit in which figures are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Hour,
    Day,
}

/// Reads `from` and `to`; what is wrong with them is added to `wrong`.
pub fn span(
    from: Option<&str>,
    to: Option<&str>,
    unit: Unit,
    now: DateTime<Utc>,
    wrong: &mut Violations,
) -> Option<Span> {
    let usual = Span::last_days(DAYS, now);
    let mut time = |name: &'static str, text: &str| {
        let time = parse(text);
        wrong.require(time.is_some(), name, "invalid", format!("{name} is a day or a time in RFC 3339, from 1970 on"));
        let is_full = time.is_none_or(|time| match unit {
            Unit::Hour => is_full_hour(time),
            Unit::Day => is_midnight(time),
        });
        let detail = match unit {
            Unit::Hour => format!("{name} is a full hour: figures are kept by the hour"),
            Unit::Day => format!("{name} is a midnight in UTC: these figures are kept by the day"),
        };
        wrong.require(is_full, name, "not-full", detail);
        time
    };
    // One alone says where the usual length begins or ends.
    let length = usual.to - usual.from;
    let (from, to) = match (from.map(|text| time("from", text)), to.map(|text| time("to", text))) {
        (None, None) => (usual.from, usual.to),
        (Some(from), None) => (from?, from? + length),
        (None, Some(to)) => (to? - length, to?),
        (Some(from), Some(to)) => (from?, to?),
    };
    wrong.require(from < to, "to", "out-of-range", "to is later than from");
    Some(Span { from, to })
}
