//! Toss' webhooks about payments. They carry no signature: whoever knows the address can send one, so none of it is believed,
//! and what it claims decides only whether the payment is looked up once more.

use serde_json::Value;

use crate::providers::{Hint, Refusal};

/// What a payment may be, as its webhooks say it.
const STATUSES: [&str; 8] =
    ["READY", "IN_PROGRESS", "WAITING_FOR_DEPOSIT", "DONE", "CANCELED", "PARTIAL_CANCELED", "ABORTED", "EXPIRED"];
/// Cancellations of one payment that are told apart.
const MOST_CANCELS: usize = 32;
/// Characters that a key of a payment may have.
const LONGEST_KEY: usize = 200;

/// Each claim about a payment is looked up once: with the closed set of claims, a stranger makes a bounded number of look-ups.
pub(super) fn hint(body: &[u8]) -> Result<Option<Hint>, Refusal> {
    let event: Value = serde_json::from_slice(body).map_err(|_| Refusal::Malformed)?;
    if !event["eventType"].is_string() || !event["data"].is_object() {
        // DEPOSIT_CALLBACK, of virtual accounts, which are not accepted; it has no eventType.
        return if event["secret"].is_string() { Ok(None) } else { Err(Refusal::Malformed) };
    }
    let data = &event["data"];
    let Some(reference) = data["paymentKey"].as_str().filter(|key| may_be_a_key(key)) else { return Ok(None) };
    let claimed = STATUSES.into_iter().find(|status| data["status"] == *status).unwrap_or("other");
    let cancels = data["cancels"].as_array().map_or(0, Vec::len).min(MOST_CANCELS);
    Ok(Some(Hint { id: format!("{claimed}:{cancels}"), reference: reference.to_owned(), order_reference: None }))
}

/// What no key can be names none of ours: it is not looked for, as a database takes not every text.
fn may_be_a_key(text: &str) -> bool {
    text.len() <= LONGEST_KEY && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_about_a_payment_is_a_hint_and_the_same_claim_the_same_hint() {
        let hinted = |status: &str, cancels: usize| {
            let data = serde_json::json!({ "paymentKey": "key_1", "status": status, "cancels": vec![{}; cancels] });
            hint(serde_json::json!({ "eventType": "PAYMENT_STATUS_CHANGED", "data": data }).to_string().as_bytes())
        };
        let id = |status, cancels| hinted(status, cancels).unwrap().unwrap().id;
        assert_eq!(hinted("DONE", 0).unwrap().unwrap().reference, "key_1");
        assert_eq!(id("PARTIAL_CANCELED", 2), id("PARTIAL_CANCELED", 2));
        assert_ne!(id("PARTIAL_CANCELED", 1), id("PARTIAL_CANCELED", 2));
        assert_eq!(id("made up", 1_000), id("also made up", 1_001), "there are not many different ones");
    }

    #[test]
    fn what_is_about_no_payment_is_no_hint() {
        assert_eq!(hint(br#"{"eventType":"PAYOUT_STATUS_CHANGED","data":{}}"#), Ok(None));
        assert_eq!(hint(br#"{"createdAt":"now","secret":"s","status":"DONE","orderId":"o"}"#), Ok(None));
        for no_key in [r"a\u0000b", "a b", "\u{ac00}", &"a".repeat(LONGEST_KEY + 1)] {
            let body = format!(r#"{{"eventType":"PAYMENT_STATUS_CHANGED","data":{{"paymentKey":"{no_key}"}}}}"#);
            assert_eq!(hint(body.as_bytes()), Ok(None), "{body}");
        }
        for malformed in [b"".as_slice(), b"{}", b"[]", br#"{"eventType":1}"#] {
            assert_eq!(hint(malformed), Err(Refusal::Malformed));
        }
    }
}
