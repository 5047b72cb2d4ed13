//! Events of long ago, as a replay would bring them.

use livemart_testing::{eventually, run};

use crate::desk::Desk;

/// A week: to this service, everything that happens today is that old.
const AHEAD_SECONDS: &str = "604800";

#[test]
fn nothing_is_sent_about_what_happened_long_ago() {
    run(async {
        let desk = Desk::open().await;
        let notification = desk.shop.instance("notification").unwrap();
        notification.stop().await.unwrap();
        let ahead = [("LIVEMART_CLOCK_OFFSET_SECONDS".to_owned(), AHEAD_SECONDS.to_owned())];
        notification.start_once_with(ahead.into()).await.unwrap();
        desk.shop.ready().await.unwrap();
        let listening =
            "INSERT INTO notifications.webhook_endpoints (id, url, description, event_types, secret, created_at)
            VALUES (gen_random_uuid(), 'http://127.0.0.1:1/', '', '{}', 'secret', now())";
        desk.execute(listening).await;
        let hana = desk.customer("hana@example.com").await;
        let pen = desk.shop.product(1_500, 10).await;
        let order = hana.places(&[(pen, 1)], "pm_card_visa").await;
        hana.sees(order, "confirmed").await;
        let skipped = "SELECT count(*) FROM notifications.mails
            JOIN notifications.notifications ON id = notification_id
            WHERE inbox_id = $1 AND status = 'skipped' AND reason = 'the event is older than 72 h'";
        eventually("both notifications", async || match desk.shop.count(skipped, hana.id.uuid()).await {
            2 => Ok(()),
            skipped => Err(format!("{skipped} mails skipped")),
        })
        .await;
        desk.shop.settles(&[order]).await;
        let ignored = "SELECT count(*) FROM notifications.inbox
            WHERE consumer = 'notification-webhooks-orders' AND reason = 'the event is older than 72 h' AND $1 IS NOT NULL";
        assert_eq!(desk.shop.count(ignored, hana.id.uuid()).await, 2, "created and confirmed");
        let asked =
            "SELECT count(*) FROM notifications.tasks WHERE created_at > now() + interval '1 day' AND $1 IS NOT NULL";
        assert_eq!(desk.shop.count(asked, hana.id.uuid()).await, 0, "nothing is to be sent");
        assert!(desk.mail.mails_to(&hana.email).is_empty());
        desk.close().await;
    });
}
