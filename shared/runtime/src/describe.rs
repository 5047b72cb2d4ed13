//! What a service says about itself: the source of the catalogue, of the durables and of the broker's permissions.

use serde::{Deserialize, Serialize};

use crate::service::{Grant, Service};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    pub name: String,
    /// The stream of its events.
    pub stream: Option<String>,
    pub emits: Vec<String>,
    pub subscriptions: Vec<SubscriptionDescription>,
    /// Path prefixes that it answers.
    pub routes: Vec<String>,
    /// KV keys of the central configuration that it may write.
    pub writes_config: Vec<String>,
    pub revokes_sessions: bool,
    pub erases_messages: bool,
    pub discovers: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriptionDescription {
    pub durable: String,
    pub stream: String,
    pub subjects: Vec<String>,
    /// `reaction` or `projection`.
    pub kind: String,
}

impl Service {
    pub fn describe(&self) -> Description {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let writes = self.grants.iter().filter_map(|grant| match grant {
            Grant::WriteConfig(key) => Some((*key).to_owned()),
            _ => None,
        });
        let subscriptions = self.subscriptions.iter().map(|subscription| SubscriptionDescription {
            durable: subscription.durable.to_owned(),
            stream: subscription.stream.name().to_owned(),
            subjects: owned(subscription.subjects),
            kind: subscription.kind.as_str().to_owned(),
        });
        Description {
            name: self.name.to_owned(),
            stream: self.stream().map(|stream| stream.name().to_owned()),
            emits: owned(&self.emits),
            subscriptions: subscriptions.collect(),
            routes: owned(self.prefixes),
            writes_config: writes.collect(),
            revokes_sessions: self.grants.contains(&Grant::RevokeSessions),
            erases_messages: self.grants.contains(&Grant::EraseMessages),
            discovers: self.grants.contains(&Grant::Discover),
        }
    }
}
