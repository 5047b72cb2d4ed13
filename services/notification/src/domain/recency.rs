//! How old an event may be to be sent about.

use chrono::{DateTime, TimeDelta, Utc};

/// The last defence against sending what was sent long ago, when everything before it failed: a durable that was made
/// again reads its stream from the beginning, and a schema that was lost remembers no notification. Nobody wants a mail
/// about an order of last month, least of all ten thousand of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recency {
    oldest: TimeDelta,
}

impl Recency {
    pub fn within(hours: u32) -> Self {
        Self { oldest: TimeDelta::hours(hours.into()) }
    }

    /// Why nothing is sent about what happened at `at`; `None` if it is.
    pub fn refuses(self, at: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
        let old = now - at > self.oldest;
        old.then(|| format!("the event is older than {} h", self.oldest.num_hours()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_limit_is_refused_with_a_reason() {
        let (recency, now) = (Recency::within(72), DateTime::from_timestamp(1_800_000_000, 0).unwrap());
        assert_eq!(recency.refuses(now - TimeDelta::hours(72), now), None);
        let reason = recency.refuses(now - TimeDelta::hours(72) - TimeDelta::seconds(1), now);
        assert_eq!(reason.as_deref(), Some("the event is older than 72 h"));
        assert_eq!(recency.refuses(now + TimeDelta::hours(1), now), None, "clocks differ");
    }
}
