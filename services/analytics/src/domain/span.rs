//! Spans of time that figures are asked for, and how they are cut into intervals. All in UTC.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc, Weekday};

/// From one full hour to another, which is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Interval {
    Hour,
    #[default]
    Day,
    /// From Monday.
    Week,
    Month,
}

/// Intervals of one answer: six weeks by the hour, a chart that is wider than any screen.
pub const MOST_INTERVALS: usize = 1_000;

/// Years that are written with four digits, and that both the clock of the ids and Postgres know.
pub const YEARS: std::ops::RangeInclusive<i32> = 1970..=9998;

/// A day (`2026-01-31`) or a moment (RFC 3339).
pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    let time = match text.parse::<NaiveDate>() {
        Ok(day) => midnight(day),
        Err(_) => DateTime::parse_from_rfc3339(text).ok()?.to_utc(),
    };
    YEARS.contains(&time.year()).then_some(time)
}

pub fn is_full_hour(time: DateTime<Utc>) -> bool {
    (time.minute(), time.second(), time.nanosecond()) == (0, 0, 0)
}

pub fn is_midnight(time: DateTime<Utc>) -> bool {
    time.time() == NaiveTime::MIN
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

impl Span {
    /// So many days, the last of them the day of `now`.
    pub fn last_days(days: i64, now: DateTime<Utc>) -> Self {
        let to = midnight(now.date_naive()) + TimeDelta::days(1);
        Self { from: to - TimeDelta::days(days), to }
    }

    /// The beginnings of the intervals that it touches; `None` where they are more than [`MOST_INTERVALS`].
    pub fn cut(self, interval: Interval) -> Option<Vec<DateTime<Utc>>> {
        let mut starts = Vec::new();
        let mut start = interval.floor(self.from);
        while start < self.to {
            if starts.len() == MOST_INTERVALS {
                return None;
            }
            starts.push(start);
            start = interval.after(start);
        }
        Some(starts)
    }
}

impl Interval {
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Hour, Self::Day, Self::Week, Self::Month].into_iter().find(|interval| interval.as_str() == text)
    }

    /// As Postgres's `date_trunc` calls it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The beginning of the interval in which the full hour `time` is.
    fn floor(self, time: DateTime<Utc>) -> DateTime<Utc> {
        let day = time.date_naive();
        match self {
            Self::Hour => time,
            Self::Day => midnight(day),
            Self::Week => midnight(day.week(Weekday::Mon).first_day()),
            Self::Month => midnight(day - TimeDelta::days(i64::from(day.day0()))),
        }
    }

    /// The beginning of the interval after the one that begins at `start`.
    pub fn after(self, start: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Hour => start + TimeDelta::hours(1),
            Self::Day => start + TimeDelta::days(1),
            Self::Week => start + TimeDelta::weeks(1),
            Self::Month => start + Months::new(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: &str) -> Span {
        Span { from: parse(from).expect(from), to: parse(to).expect(to) }
    }

    fn cut(from: &str, to: &str, interval: Interval) -> Vec<String> {
        let starts = span(from, to).cut(interval).expect("few intervals");
        starts.iter().map(|start| start.format("%Y-%m-%dT%H").to_string()).collect()
    }

    #[test]
    fn a_span_is_cut_where_the_calendar_cuts() {
        assert_eq!(cut("2026-01-31T22:00:00Z", "2026-02-01T01:00:00Z", Interval::Hour).len(), 3);
        assert_eq!(
            cut("2026-01-30T05:00:00Z", "2026-02-02", Interval::Day),
            ["2026-01-30T00", "2026-01-31T00", "2026-02-01T00"]
        );
        assert_eq!(cut("2026-01-29", "2026-02-03", Interval::Week), ["2026-01-26T00", "2026-02-02T00"], "Mondays");
        assert_eq!(
            cut("2025-12-31", "2026-03-01", Interval::Month),
            ["2025-12-01T00", "2026-01-01T00", "2026-02-01T00"]
        );
    }

    #[test]
    fn a_span_of_too_many_intervals_is_not_cut() {
        let year = span("2026-01-01", "2027-01-01");
        assert_eq!((year.cut(Interval::Hour), year.cut(Interval::Day).map(|days| days.len())), (None, Some(365)));
    }

    #[test]
    fn moments_are_read_in_utc_and_days_begin_at_midnight() {
        assert_eq!(parse("2026-02-01"), parse("2026-02-01T09:00:00+09:00"));
        for wrong in ["", "yesterday", "2026-02-30", "2026-02-01T00:00:00", "12026-01-01", "1969-12-31", "-2026-01-01"]
        {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
