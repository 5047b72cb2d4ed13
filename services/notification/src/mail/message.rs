//! A mail as it goes over the wire.

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue};
use lettre::{Address, Message};

use crate::texts::Locale;

/// Says that no person wrote it, so that nobody's holiday answers it (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[derive(Debug, Clone)]
struct ContentLanguage(Locale);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(Locale::accepted(Some(text), Locale::En)))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.name().to_owned())
    }
}

/// Whom a mail is to. Of a name with line breaks in it no header can be made.
pub fn addressee(name: &str, email: Address) -> Mailbox {
    let name: String = name.chars().filter(|character| !character.is_control()).collect();
    Mailbox::new(Some(name), email)
}

/// What a mail says, to whom.
#[derive(Debug, Clone)]
pub struct Letter {
    pub to: Mailbox,
    pub subject: String,
    pub body: String,
    pub locale: Locale,
}

impl Letter {
    /// All attempts to send it carry the same `Message-ID`, so that mail programs show it once.
    pub fn message(self, from: &Mailbox, idempotency_key: &str) -> Result<Message, lettre::error::Error> {
        Message::builder()
            .from(from.clone())
            .to(self.to)
            .subject(self.subject)
            .message_id(Some(message_id(idempotency_key, from.email.domain())))
            .header(AutoSubmitted)
            .header(ContentLanguage(self.locale))
            .header(ContentType::TEXT_PLAIN)
            .body(self.body)
    }
}

/// `notification.mail:ntf_…` as the left side of an address.
fn message_id(idempotency_key: &str, domain: &str) -> String {
    let local: String =
        idempotency_key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '.' }).collect();
    format!("<{local}@{domain}>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_recognised_by_its_task_and_says_that_no_person_wrote_it() {
        let letter = Letter {
            to: addressee("김하나", "hana@example.com".parse().unwrap()),
            subject: "주문이 확정되었습니다".to_owned(),
            body: "안녕하세요".to_owned(),
            locale: Locale::Ko,
        };
        let from = "LiveMart <no-reply@livemart.example>".parse().unwrap();
        let message = letter.message(&from, "notification.mail:ntf_01h455vb4pex5vsknk084sn02q:1").unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        for line in [
            "Message-ID: <notification.mail.ntf_01h455vb4pex5vsknk084sn02q.1@livemart.example>",
            "Auto-Submitted: auto-generated",
            "Content-Language: ko",
            "Content-Type: text/plain; charset=utf-8",
        ] {
            assert!(text.contains(&format!("{line}\r\n")), "{line} in\n{text}");
        }
    }

    #[test]
    fn a_name_cannot_add_headers() {
        let to = addressee("Eve\r\nBcc: all@example.com", "eve@example.com".parse().unwrap());
        let letter = Letter { to, subject: "Hello".to_owned(), body: "b".to_owned(), locale: Locale::En };
        let from = "no-reply@livemart.example".parse().unwrap();
        let text = String::from_utf8(letter.message(&from, "k").unwrap().formatted()).unwrap();
        assert!(text.lines().all(|line| !line.starts_with("Bcc:")), "{text}");
    }
}
