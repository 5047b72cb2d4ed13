//! When an order was made, as its id tells: the same for every stream, so that their figures are about the same orders.

use chrono::{DateTime, NaiveDate, Utc};
use livemart_contracts::OrderId;
use uuid::Uuid;

/// A UUIDv7 begins with as many bits of milliseconds.
const MILLISECONDS: u32 = 48;
/// In milliseconds.
const HOUR: i64 = 3_600_000;

/// The hour (UTC) in which the order was made.
pub fn hour_of(order: OrderId) -> DateTime<Utc> {
    let milliseconds = order.uuid().as_u128() >> (u128::BITS - MILLISECONDS);
    let hour = i64::try_from(milliseconds).ok().map(|milliseconds| milliseconds - milliseconds % HOUR);
    let hour = hour.and_then(DateTime::from_timestamp_millis);
    hour.unwrap_or_else(|| unreachable!("48 bits of milliseconds end before chrono's time does"))
}

/// The day (UTC) in which the order was made.
pub fn day_of(order: OrderId) -> NaiveDate {
    hour_of(order).date_naive()
}

/// The least id of an order that was made at `time` or later.
pub fn first_id_at(time: DateTime<Utc>) -> Uuid {
    let milliseconds = u128::try_from(time.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(milliseconds << (u128::BITS - MILLISECONDS))
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn an_id_lies_between_the_bounds_of_its_hour() {
        let id: OrderId = Clock::default().new_id();
        let hour = hour_of(id);
        assert!(first_id_at(hour) <= id.uuid() && id.uuid() < first_id_at(hour + TimeDelta::hours(1)));
        assert!((Clock::default().now() - hour) < TimeDelta::hours(1) + TimeDelta::seconds(1));
    }

    #[test]
    fn every_id_has_an_hour() {
        for id in [Uuid::nil(), Uuid::max()] {
            let order = OrderId::from(id);
            assert_eq!(hour_of(order).date_naive(), day_of(order));
        }
    }
}
