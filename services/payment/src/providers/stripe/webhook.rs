//! Stripe's webhooks: signed with HMAC-SHA256 over `<t>.<body>`, told in the header `Stripe-Signature: t=…,v1=…,v1=…`.

use aws_lc_rs::hmac;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::ORDER;
use crate::providers::{Hint, Notice, Refusal};

/// Seconds that a signature is good for, in both directions: clocks differ, and who recorded a webhook must not send it
/// for ever.
const TOLERANCE: u64 = 300;
/// Signatures in a header that are looked at; there are two while a secret is being replaced.
const MOST_SIGNATURES: usize = 8;

/// Whether `notice` was signed with any of the `secrets`, just now. Signatures are compared in constant time.
pub(super) fn verify(notice: &Notice<'_>, secrets: &[SecretString]) -> Result<(), Refusal> {
    if secrets.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let header = notice.headers.get("stripe-signature").and_then(|value| value.to_str().ok());
    let header = header.ok_or(Refusal::NotGenuine("there is no Stripe-Signature"))?;
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let time = parts().find(|(name, _)| *name == "t").map(|(_, time)| time);
    let time = time.ok_or(Refusal::NotGenuine("the signature has no time"))?;
    let signatures: Vec<Vec<u8>> =
        parts().filter(|(name, _)| *name == "v1").filter_map(|(_, hex)| bytes(hex)).take(MOST_SIGNATURES).collect();
    let signed = [time.as_bytes(), b".", notice.body].concat();
    let is_genuine = secrets.iter().any(|secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        signatures.iter().any(|signature| hmac::verify(&key, &signed, signature).is_ok())
    });
    if !is_genuine {
        return Err(Refusal::NotGenuine("the signature does not fit"));
    }
    let age = time.parse::<i64>().map(|time| notice.now.timestamp().abs_diff(time));
    match age {
        Ok(..=TOLERANCE) => Ok(()),
        _ => Err(Refusal::NotGenuine("the signature is too old, or of the future")),
    }
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    hex.len().is_multiple_of(2).then(|| hex.as_bytes().chunks_exact(2).map(pair).collect())?
}

/// What the event is about: a PaymentIntent, or something that belongs to one. Its type does not matter, nor what it tells.
pub(super) fn hint(body: &[u8]) -> Result<Option<Hint>, Refusal> {
    let event: Value = serde_json::from_slice(body).map_err(|_| Refusal::Malformed)?;
    let id = event.get("id").and_then(Value::as_str).ok_or(Refusal::Malformed)?;
    let object = event.pointer("/data/object").ok_or(Refusal::Malformed)?;
    let name = if object["object"] == "payment_intent" { &object["id"] } else { &object["payment_intent"] };
    let order = object["metadata"][ORDER].as_str().map(str::to_owned);
    Ok(name.as_str().map(|reference| Hint {
        id: id.to_owned(),
        reference: reference.to_owned(),
        order_reference: order,
    }))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use chrono::DateTime;

    use super::*;

    const SECRET: &str = "whsec_test_secret";
    const TIME: i64 = 1_795_593_600;
    const BODY: &[u8] = br#"{"id":"evt_1","object":"event"}"#;
    /// Of "1795593600.<BODY>" with SECRET, as another program computes it.
    const SIGNATURE: &str = "cce900877eb41dd5ecda3b4b4b51575de8cf7e09567375d7aebb4a6dd7540744";

    fn verified(header: &str, seconds_later: i64, secrets: &[&str]) -> Result<(), Refusal> {
        let mut headers = HeaderMap::new();
        headers.insert("stripe-signature", HeaderValue::from_str(header).unwrap());
        let now = DateTime::from_timestamp(TIME + seconds_later, 0).unwrap();
        let secrets: Vec<SecretString> = secrets.iter().map(|secret| SecretString::from(*secret)).collect();
        verify(&Notice { headers: &headers, body: BODY, now }, &secrets)
    }

    #[test]
    fn a_signature_of_any_secret_is_genuine_for_five_minutes() {
        let header = format!("t={TIME},v1={SIGNATURE},v0=ignored");
        for later in [-300, 0, 300] {
            assert_eq!(verified(&header, later, &[SECRET]), Ok(()), "{later}");
        }
        for later in [-301, 301] {
            assert!(matches!(verified(&header, later, &[SECRET]), Err(Refusal::NotGenuine(_))), "{later}");
        }
        assert_eq!(verified(&header, 0, &["whsec_new", SECRET]), Ok(()), "while the secret is replaced");
        let several = format!("t={TIME},v1={},v1={SIGNATURE}", "0".repeat(64));
        assert_eq!(verified(&several, 0, &[SECRET]), Ok(()), "signed with both");
    }

    #[test]
    fn whatever_else_arrives_is_not_genuine() {
        let one_more = format!("t={},v1={SIGNATURE}", TIME + 1);
        let short = format!("t={TIME},v1={}", &SIGNATURE[..62]);
        for header in ["", "t=", "v1=00", "nonsense", &one_more, &short, &format!("t={TIME},v0={SIGNATURE}")] {
            assert!(matches!(verified(header, 0, &[SECRET]), Err(Refusal::NotGenuine(_))), "{header}");
        }
        let header = format!("t={TIME},v1={SIGNATURE}");
        assert!(matches!(verified(&header, 0, &["whsec_other"]), Err(Refusal::NotGenuine(_))));
        assert_eq!(verified(&header, 0, &[]), Err(Refusal::NoSecret));
    }

    #[test]
    fn an_event_is_a_hint_at_its_payment_whatever_its_type() {
        let hinted = |object: &str| {
            hint(format!(r#"{{"id":"evt_1","type":"new.one","data":{{"object":{object}}}}}"#).as_bytes())
        };
        let intent = r#"{"object":"payment_intent","id":"pi_1","metadata":{"livemart_order":"ord_1"}}"#;
        let expected = Hint { id: "evt_1".into(), reference: "pi_1".into(), order_reference: Some("ord_1".into()) };
        assert_eq!(hinted(intent), Ok(Some(expected.clone())));
        let refund = r#"{"object":"refund","id":"re_1","payment_intent":"pi_1"}"#;
        assert_eq!(hinted(refund), Ok(Some(Hint { order_reference: None, ..expected })));
        assert_eq!(hinted(r#"{"object":"customer","id":"cus_1"}"#), Ok(None));
        assert_eq!(hint(b"{}"), Err(Refusal::Malformed));
        assert_eq!(hint(b"\xff"), Err(Refusal::Malformed));
    }
}
