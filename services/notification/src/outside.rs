//! What calls to the outside are made with. Empty until the service has started: when it is declared, there is neither a
//! connection nor TLS.

use std::sync::{Arc, OnceLock};

use livemart_messaging::Store;

use crate::mail::MailServer;
use crate::webhooks::WebhookClient;

#[derive(Clone, Default)]
pub struct Outside {
    opened: Arc<OnceLock<Opened>>,
}

pub struct Opened {
    /// For what is read before a call, and for the record of each attempt.
    pub store: Store,
    /// `None` where no mail is sent.
    pub mail: Option<MailServer>,
    pub webhooks: WebhookClient,
}

impl Outside {
    pub fn open(&self, opened: Opened) {
        let opened = self.opened.set(opened);
        debug_assert!(opened.is_ok(), "a service starts once");
    }

    pub fn get(&self) -> Option<&Opened> {
        self.opened.get()
    }
}

/// What an attempt is worth that is made before that.
pub const NOT_STARTED: &str = "the service has not started yet";
