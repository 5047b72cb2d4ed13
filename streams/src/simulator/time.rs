//! Simulated time: milliseconds since the shop opened.

use chrono::{DateTime, TimeDelta, Utc};

pub type Moment = u64;

pub const SECOND: Moment = 1_000;

/// When every simulated shop opens; any time would do, as long as it is the same in a replay.
const OPENING: i64 = 1_767_225_600;

pub fn to_utc(moment: Moment) -> DateTime<Utc> {
    let opening = DateTime::from_timestamp(OPENING, 0).unwrap_or_default();
    opening + TimeDelta::milliseconds(i64::try_from(moment).unwrap_or(i64::MAX))
}

pub fn from_utc(time: DateTime<Utc>) -> Moment {
    u64::try_from((time - to_utc(0)).num_milliseconds()).unwrap_or(0)
}
