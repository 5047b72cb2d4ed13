//! Mail, with a real mail server.

use livemart_testing::{Api, Customer, eventually, run};
use serde_json::{Value, json};

use crate::desk::{Desk, told};

/// Waits until the mail of the customer's notification has this status, and gives it back as the staff see it.
async fn has_become(staff: &Api, customer: &Customer, kind: &str, status: &str) -> Value {
    let notification = told(&customer.api, kind, 1).await.remove(0);
    let path = format!("/api/v1/mails/{}", notification["id"].as_str().unwrap());
    eventually("what became of a mail", async || match staff.get(&path).await.expect(200) {
        mail if mail["status"] == status => Ok(mail),
        mail => Err(mail),
    })
    .await
}

#[test]
fn what_happens_to_an_order_is_written_to_its_customer_once() {
    run(async {
        let desk = Desk::open().await;
        let (hana, staff) = (desk.customer("hana@example.com").await, &desk.shop.staff().await.api);
        let pen = desk.shop.product(1_500, 10).await;
        let order = hana.places(&[(pen, 1)], "pm_card_visa").await;
        let mails = desk.mail.arrived("hana@example.com", 2).await;
        let confirmed = mails.iter().find(|mail| mail.header("subject") == "Your order is confirmed").unwrap();
        assert!(confirmed.body.starts_with("Hello Hana,\n") && confirmed.body.contains(&order.to_string()));
        assert_eq!(confirmed.header("from"), "LiveMart <no-reply@livemart.example>");
        assert_eq!(confirmed.header("auto-submitted"), "auto-generated");

        let mail = has_become(staff, &hana, "order-confirmed", "sent").await;
        let id = mail["id"].as_str().unwrap();
        assert_eq!(confirmed.header("message-id"), format!("<notification.mail.{id}@livemart.example>"));
        assert_eq!(mail["attempts"].as_array().unwrap().len(), 1, "{mail}");
        assert_eq!(mail["attempts"][0]["outcome"], "sent");

        // Sent again because the staff say so: another mail, not another attempt.
        let resend = format!("/api/v1/mails/{id}/resend");
        staff.post(&resend, &json!({})).await.expect(202);
        let again = desk.mail.arrived("hana@example.com", 3).await.remove(2);
        assert_eq!(again.header("message-id"), format!("<notification.mail.{id}.1@livemart.example>"));
        assert_eq!(again.body, confirmed.body);
        let mail = has_become(staff, &hana, "order-confirmed", "sent").await;
        assert_eq!((&mail["resends"], mail["attempts"].as_array().unwrap().len()), (&json!(1), 2));
        hana.api.post(&resend, &json!({})).await.expect_problem(403, "forbidden");
        desk.close().await;
    });
}

#[test]
fn a_mailbox_that_does_not_exist_fails_at_once_and_a_busy_server_is_tried_again() {
    run(async {
        let desk = Desk::open().await;
        let staff = &desk.shop.staff().await.api;
        let nobody = desk.customer("refused-nobody@example.com").await;
        let failed = has_become(staff, &nobody, "welcome", "failed").await;
        assert!(failed["reason"].as_str().unwrap().contains("no such mailbox"), "{failed}");
        let attempts = failed["attempts"].as_array().unwrap();
        assert_eq!((attempts.len(), &attempts[0]["outcome"]), (1, &json!("refused")), "{failed}");

        let busy = desk.customer("busy-bee@example.com").await;
        let sent = has_become(staff, &busy, "welcome", "sent").await;
        let outcomes: Vec<&Value> =
            sent["attempts"].as_array().unwrap().iter().map(|attempt| &attempt["outcome"]).collect();
        assert_eq!(outcomes, ["sent", "postponed"], "{sent}");
        assert!(sent["attempts"][1]["detail"].as_str().unwrap().contains("451"), "{sent}");
        assert_eq!(desk.mail.mails_to("busy-bee@example.com").len(), 1);

        let failed_ones = staff.get("/api/v1/mails?status=failed").await.expect(200);
        let ids: Vec<&Value> = failed_ones["data"].as_array().unwrap().iter().map(|mail| &mail["id"]).collect();
        assert_eq!(ids, [&failed["id"]]);
        staff.get("/api/v1/mails?status=lost").await.expect_problem(422, "validation-failed");
        desk.close().await;
    });
}

#[test]
fn of_somebody_who_left_nothing_remains_and_nothing_more_is_sent() {
    run(async {
        let desk = Desk::open().await;
        let hana = desk.customer("refused-hana@example.com").await;
        let pen = desk.shop.product(1_500, 10).await;
        let order = hana.places(&[(pen, 1)], "pm_card_visa").await;
        has_become(&desk.shop.staff().await.api, &hana, "order-confirmed", "failed").await;
        assert_eq!(hana.api.delete("/api/v1/users/me").await.status, 204);

        let left = "SELECT (SELECT count(*) FROM notifications.recipients WHERE user_id = $1 AND NOT erased)
                         + (SELECT count(*) FROM notifications.notifications WHERE inbox_id = $1)";
        eventually("everything being forgotten", async || match desk.shop.count(left, hana.id.uuid()).await {
            0 => Ok(()),
            left => Err(format!("{left} rows")),
        })
        .await;
        let searched = "SELECT count(*) FROM (
                SELECT t::text AS row FROM notifications.recipients t UNION ALL
                SELECT t::text FROM notifications.notifications t UNION ALL
                SELECT t::text FROM notifications.mails t UNION ALL
                SELECT t::text FROM notifications.mail_attempts t UNION ALL
                SELECT t::text FROM notifications.tasks t UNION ALL
                SELECT t::text FROM notifications.inbox t) AS rows
            WHERE (row ILIKE '%refused-hana%' OR row LIKE '%Hana%') AND $1 IS NOT NULL";
        assert_eq!(desk.shop.count(searched, hana.id.uuid()).await, 0);

        // The order goes on without them, and says nothing to nobody.
        let staff = desk.shop.staff().await;
        staff.ships(order).await.expect(200);
        staff.delivers(order).await.expect(200);
        let decided = "SELECT count(*) FROM notifications.inbox
            WHERE consumer IN ('notification-order-shipped', 'notification-order-delivered')
              AND reason = 'the account was erased' AND $1 IS NOT NULL";
        eventually("both events being heard", async || match desk.shop.count(decided, hana.id.uuid()).await {
            2 => Ok(()),
            heard => Err(format!("{heard} of 2")),
        })
        .await;
        assert_eq!(desk.shop.count(left, hana.id.uuid()).await, 0);
        desk.close().await;
    });
}
