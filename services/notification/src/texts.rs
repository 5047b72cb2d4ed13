//! What a notification says, in the languages of `locales/`, one Fluent file each: <https://projectfluent.org>.

use std::sync::LazyLock;

use clap::ValueEnum;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use fluent_langneg::{NegotiationStrategy, accepted_languages, negotiate_languages};
use livemart_contracts::Money;
use unic_langid::LanguageIdentifier;

use crate::domain::{Details, Kind};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Locale {
    En,
    Ko,
}

impl Locale {
    pub const ALL: [Self; 2] = [Self::En, Self::Ko];

    fn id(self) -> LanguageIdentifier {
        self.name().parse().unwrap_or_default()
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }

    /// The first that there is of an `Accept-Language` header, in which the best liked comes first; else `default`.
    pub fn accepted(header: Option<&str>, default: Self) -> Self {
        let wanted = accepted_languages::parse(header.unwrap_or_default());
        let available = Self::ALL.map(Self::id);
        let found = negotiate_languages(&wanted, &available, None, NegotiationStrategy::Lookup);
        let found = found.first().and_then(|found| Self::ALL.into_iter().find(|locale| locale.id() == **found));
        found.unwrap_or(default)
    }

    fn bundle(self) -> &'static Bundle {
        match self {
            Self::En => &ENGLISH,
            Self::Ko => &KOREAN,
        }
    }
}

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::En, include_str!("../locales/en.ftl")));
static KOREAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Locale::Ko, include_str!("../locales/ko.ftl")));

/// The files are part of the program, and a test makes every text of them.
fn bundle(locale: Locale, text: &str) -> Bundle {
    let resource = FluentResource::try_new(text.to_owned())
        .unwrap_or_else(|(_, errors)| unreachable!("locales/{}.ftl: {errors:?}", locale.name()));
    let mut bundle = FluentBundle::new_concurrent(vec![locale.id()]);
    // The marks are for mixed writing directions; mail programs show them as boxes.
    bundle.set_use_isolating(false);
    bundle.add_resource(resource).unwrap_or_else(|errors| unreachable!("locales/{}.ftl: {errors:?}", locale.name()));
    bundle
}

/// What a notification says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub title: String,
    pub text: String,
}

impl Text {
    pub fn of(kind: Kind, details: &Details, locale: Locale) -> Self {
        let mut arguments = FluentArgs::new();
        let mut set = |name: &'static str, value: Option<String>| {
            if let Some(value) = value {
                arguments.set(name, value);
            }
        };
        set("order", details.order_id.map(|id| id.to_string()));
        set("endpoint", details.webhook_endpoint_id.map(|id| id.to_string()));
        set("product", details.product_id.map(|id| id.to_string()));
        set("available", details.available.map(|pieces| pieces.to_string()));
        set("amount", details.amount.map(written));
        set("failure", details.failure.and_then(|code| Some(serde_json::to_value(code).ok()?.as_str()?.to_owned())));
        Self {
            title: message(locale, &format!("{}-title", kind.name()), &arguments),
            text: message(locale, &format!("{}-text", kind.name()), &arguments),
        }
    }

    /// The body of a mail; `name` is whose mail it is, unless it is the staff's.
    pub fn as_mail(&self, name: Option<&str>, locale: Locale) -> String {
        let mut arguments = FluentArgs::new();
        let greeting = match name {
            Some(name) => {
                arguments.set("name", name.to_owned());
                "mail-greeting"
            }
            None => "mail-greeting-staff",
        };
        let part = |key| message(locale, key, &arguments);
        format!("{}\n\n{}\n\n{}\n", part(greeting), self.text, part("mail-closing"))
    }
}

fn message(locale: Locale, key: &str, arguments: &FluentArgs) -> String {
    let bundle = locale.bundle();
    let pattern = bundle.get_message(key).and_then(|message| message.value());
    let pattern = pattern.unwrap_or_else(|| unreachable!("locales/{}.ftl has no {key}", locale.name()));
    let mut errors = Vec::new();
    let text = bundle.format_pattern(pattern, Some(arguments), &mut errors).into_owned();
    debug_assert!(errors.is_empty(), "{key} of {}: {errors:?}", locale.name());
    text
}

/// `15,900 KRW`, `12.50 EUR`: understood in either language.
fn written(money: Money) -> String {
    let digits = money.currency.exponent().unwrap_or_default();
    let unit = 10_u64.pow(digits.into());
    let (whole, rest) = (money.amount.unsigned_abs() / unit, money.amount.unsigned_abs() % unit);
    let mut grouped = String::new();
    for (place, digit) in whole.to_string().chars().rev().enumerate() {
        if place > 0 && place % 3 == 0 {
            grouped.insert(0, ',');
        }
        grouped.insert(0, digit);
    }
    let sign = if money.amount < 0 { "-" } else { "" };
    let rest = if digits > 0 { format!(".{rest:0width$}", width = usize::from(digits)) } else { String::new() };
    format!("{sign}{grouped}{rest} {}", money.currency.code())
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;
    use livemart_contracts::events::FailureCode;
    use livemart_contracts::money::Currency;

    use super::*;

    fn details(failure: FailureCode) -> Details {
        let clock = Clock::default();
        Details {
            order_id: Some(clock.new_id()),
            failure: Some(failure),
            amount: Some(Money::new(1_215_900, Currency::KRW)),
            product_id: Some(clock.new_id()),
            available: Some(3),
            webhook_endpoint_id: Some(clock.new_id()),
        }
    }

    #[test]
    fn every_kind_has_a_title_and_a_text_in_every_language() {
        for locale in Locale::ALL {
            let mut seen = std::collections::BTreeSet::new();
            for kind in Kind::ALL {
                for failure in [FailureCode::OutOfStock, FailureCode::PaymentDeclined, FailureCode::TimedOut] {
                    let Text { title, text } = Text::of(kind, &details(failure), locale);
                    assert!(!title.contains('{') && !text.contains('{'), "{title}: {text}");
                    seen.insert((title, text));
                }
            }
            assert!(seen.len() >= Kind::ALL.len() + 2, "the reasons of a failure differ: {seen:?}");
        }
    }

    #[test]
    fn a_text_names_what_it_is_about() {
        let details = details(FailureCode::OutOfStock);
        let order = details.order_id.unwrap().to_string();
        for (locale, reason) in [(Locale::En, "out of stock"), (Locale::Ko, "재고")] {
            let failed = Text::of(Kind::OrderFailed, &details, locale);
            assert!(failed.text.contains(&order) && failed.text.contains(reason), "{failed:?}");
            let refunded = Text::of(Kind::PaymentRefunded, &details, locale);
            assert!(refunded.text.contains("1,215,900 KRW"), "{refunded:?}");
        }
        let mail = Text::of(Kind::Welcome, &details, Locale::Ko).as_mail(Some("김하나"), Locale::Ko);
        assert!(mail.starts_with("김하나님, 안녕하세요.\n\n회원 가입") && mail.ends_with("LiveMart 드림\n"), "{mail}");
        let mail = Text::of(Kind::Welcome, &details, Locale::En).as_mail(None, Locale::En);
        assert!(mail.starts_with("Hello,\n\n"), "{mail}");
    }

    #[test]
    fn the_first_language_that_there_is_counts() {
        let accepted = |header| Locale::accepted(header, Locale::En);
        assert_eq!(accepted(Some("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7")), Locale::Ko);
        assert_eq!(accepted(Some("de, ko;q=0.9, en;q=0.5")), Locale::Ko);
        assert_eq!(accepted(Some("en-GB")), Locale::En);
        for nothing in [None, Some(""), Some("de"), Some("*"), Some("\u{7f};;;,")] {
            assert_eq!(Locale::accepted(nothing, Locale::Ko), Locale::Ko, "{nothing:?}");
        }
    }

    #[test]
    fn amounts_are_written_in_units_of_their_currency() {
        assert_eq!(written(Money::new(900, Currency::KRW)), "900 KRW");
        assert_eq!(written(Money::new(123_456_705, Currency::EUR)), "1,234,567.05 EUR");
        assert_eq!(written(Money::new(5, Currency::USD)), "0.05 USD");
    }
}
