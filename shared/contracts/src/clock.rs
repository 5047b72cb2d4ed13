//! The one source of time and of new ids.
//!
//! Everything else takes `now` as an argument, so that a test or a fault drill can move a service's clock.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::{NoContext, Timestamp, Uuid};

use crate::ids::{Id, Tag};

/// The system's clock, moved by a fixed offset that is zero outside fault drills.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    offset: TimeDelta,
}

impl Clock {
    /// A clock that runs `offset` ahead of the system's.
    pub fn ahead_by(offset: TimeDelta) -> Self {
        Self { offset }
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        // Postgres keeps microseconds: what is written and read back compares equal only without the nanoseconds.
        let now = Utc::now() + self.offset;
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// A new id whose first 48 bits are this clock's milliseconds (UUIDv7), so that index pages fill in order.
    pub fn new_id<T: Tag>(&self) -> Id<T> {
        Id::from_uuid(self.new_uuid())
    }

    /// As [`Clock::new_id`], without a type.
    pub fn new_uuid(&self) -> Uuid {
        let now = self.now();
        let seconds = u64::try_from(now.timestamp()).unwrap_or(0);
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }
}
