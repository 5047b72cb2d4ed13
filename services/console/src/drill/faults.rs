//! What is done to the shop, by who suffers it. Each fault strikes, heals, and says what was seen.

pub(super) mod broker;
pub(super) mod network;
pub(super) mod provider;
pub(super) mod services;
pub(super) mod stores;

use std::time::Duration;

/// Orders are under way in every step by then.
pub(super) const A_MOMENT: Duration = Duration::from_secs(2);

/// Lets the load go on: there is no condition to wait for, only time for orders to meet the fault.
pub(super) async fn meanwhile(time: Duration) {
    tokio::time::sleep(time).await;
}
