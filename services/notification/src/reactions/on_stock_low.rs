//! Trigger: `stock.low`, what can be sold of a product fell to its threshold. The inventory says so once for each fall.
//! Effect: the staff are told, once for each fall.
//! Emits: nothing; asks for the mail, where the staff have an address.
//! Undone by: nothing.

use livemart_contracts::events::StockLow;
use livemart_messaging::{Context, Decision, Delivered, Failure, Reaction};

use super::about;
use crate::domain::{Details, Inbox, Kind, Notice};
use crate::notify::Notifier;

pub struct OnStockLow {
    pub notifier: Notifier,
}

impl Reaction for OnStockLow {
    type Event = StockLow;
    const DURABLE: &'static str = "notification-stock-low";

    async fn react(&self, cx: &mut Context, batch: &[Delivered<StockLow>]) -> Result<Vec<Decision>, Failure> {
        let given = about(batch, |event| Notice {
            to: Inbox::Staff,
            kind: Kind::StockLow,
            subject: format!("{}:{}", event.product_id, event.id()),
            details: Details {
                product_id: Some(event.product_id),
                available: Some(event.available),
                ..Details::default()
            },
        });
        self.notifier.tell(cx, &given).await
    }
}
