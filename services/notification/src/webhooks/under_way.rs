//! How many deliveries are on their way to each endpoint.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use livemart_contracts::ids::WebhookEndpointId;

/// Deliveries that one replica makes at once to one endpoint. One that hangs so leaves most of the places to the others; one
/// that answers within a tenth of a second is sent 160 a second.
const TO_ONE_ENDPOINT: usize = 16;

/// Clones share it. It knows only endpoints that something is on its way to, so no more than there are deliveries at once.
#[derive(Debug, Clone, Default)]
pub struct UnderWay(Arc<Mutex<HashMap<WebhookEndpointId, usize>>>);

/// Held while a delivery is on its way.
#[derive(Debug)]
pub struct Place {
    under_way: UnderWay,
    endpoint: WebhookEndpointId,
}

impl UnderWay {
    /// A place for one more delivery to `endpoint`; `None` while it has as many as it may.
    pub fn place_for(&self, endpoint: WebhookEndpointId) -> Option<Place> {
        let mut deliveries = self.deliveries();
        let number = deliveries.entry(endpoint).or_default();
        if *number == TO_ONE_ENDPOINT {
            return None;
        }
        *number += 1;
        Some(Place { under_way: self.clone(), endpoint })
    }

    fn deliveries(&self) -> MutexGuard<'_, HashMap<WebhookEndpointId, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut deliveries = self.under_way.deliveries();
        if let Some(number) = deliveries.get_mut(&self.endpoint) {
            *number -= 1;
            if *number == 0 {
                deliveries.remove(&self.endpoint);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    #[test]
    fn an_endpoint_has_so_many_places_and_what_is_idle_is_forgotten() {
        let (clock, under_way) = (Clock::default(), UnderWay::default());
        let (busy, idle) = (clock.new_id(), clock.new_id());
        let mut places: Vec<Place> = (0..TO_ONE_ENDPOINT).filter_map(|_| under_way.place_for(busy)).collect();
        assert_eq!(places.len(), TO_ONE_ENDPOINT);
        assert!(under_way.place_for(busy).is_none());
        assert!(under_way.place_for(idle).is_some(), "the others have theirs");
        places.pop();
        assert!(under_way.place_for(busy).is_some(), "one came back");
        drop(places);
        assert!(under_way.deliveries().is_empty());
    }
}
