//! Which dead letters are meant.

use std::str::FromStr;

use anyhow::{Result, bail};
use clap::Args;
use livemart_contracts::EventId;

use super::letter::{DeadLetter, Place};

/// One letter by where it lies, or all letters of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    At(Place),
    Of(EventId),
}

impl FromStr for Name {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let place = text.parse().map(Self::At).ok();
        place
            .or_else(|| text.parse().map(Self::Of).ok())
            .ok_or("neither a number of `dlq ls` (12, or a12 where there is no copy) nor an event's id (evt_…)")
    }
}

impl Name {
    /// The letters that `names` mean, each once, in their order on the shelf.
    pub(crate) fn select(names: &[Self], letters: Vec<DeadLetter>) -> Result<Vec<DeadLetter>> {
        for name in names {
            if !letters.iter().any(|letter| name.means(letter)) {
                let name = match name {
                    Self::At(place) => place.to_string(),
                    Self::Of(event) => event.to_string(),
                };
                bail!("there is no dead letter {name}; `just dlq ls` shows those that there are ({})", letters.len());
            }
        }
        Ok(letters.into_iter().filter(|letter| names.iter().any(|name| name.means(letter))).collect())
    }

    fn means(&self, letter: &DeadLetter) -> bool {
        match self {
            Self::At(place) => letter.place == *place,
            Self::Of(event) => letter.event_id == event.to_string(),
        }
    }
}

/// Conditions that must all hold.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Filter {
    /// Of this consumer: `payment-order-created`
    #[arg(long)]
    pub(crate) consumer: Option<String>,
    /// For this reason: malformed, rejected, exhausted, never-caused, terminated, max-deliveries
    #[arg(long)]
    pub(crate) reason: Option<String>,
    /// Of this event: `order.created`
    #[arg(long)]
    pub(crate) subject: Option<String>,
}

impl Filter {
    pub(crate) fn is_empty(&self) -> bool {
        self.consumer.is_none() && self.reason.is_none() && self.subject.is_none()
    }

    fn lets_through(&self, letter: &DeadLetter) -> bool {
        let is = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        is(&self.consumer, &letter.consumer) && is(&self.reason, &letter.reason) && is(&self.subject, &letter.subject)
    }

    /// Or what there is instead, if nothing passes.
    pub(crate) fn apply(&self, letters: Vec<DeadLetter>) -> Result<Vec<DeadLetter>> {
        if self.is_empty() {
            return Ok(letters);
        }
        let (passing, others): (Vec<_>, Vec<_>) = letters.into_iter().partition(|letter| self.lets_through(letter));
        if passing.is_empty() && !others.is_empty() {
            let mut known: Vec<String> = others
                .iter()
                .map(|letter| {
                    format!("--consumer {} --reason {} --subject {}", letter.consumer, letter.reason, letter.subject)
                })
                .collect();
            known.sort();
            known.dedup();
            bail!("none of the {} dead letters is like that; there are: {}", others.len(), known.join("; "));
        }
        Ok(passing)
    }
}

#[cfg(test)]
mod tests {
    use async_nats::HeaderMap;
    use livemart_contracts::Clock;
    use livemart_messaging::dead_letter;
    use livemart_messaging::envelope::CE_ID;

    use super::*;

    fn letter(place: u64, event: EventId, consumer: &str, reason: &str) -> DeadLetter {
        let mut headers = HeaderMap::new();
        headers.insert(CE_ID, event.to_string());
        headers.insert(dead_letter::CONSUMER, consumer);
        headers.insert(dead_letter::REASON, reason);
        headers.insert(dead_letter::SUBJECT, "order.created");
        DeadLetter::copy(place, &headers)
    }

    fn places(letters: Vec<DeadLetter>) -> Vec<String> {
        letters.iter().map(|letter| letter.place.to_string()).collect()
    }

    #[test]
    fn an_event_means_its_letters_of_all_consumers_and_a_number_one_of_them() {
        let (first, second) = (Clock::default().new_id(), Clock::default().new_id());
        let shelf = vec![
            letter(1, first, "a", "rejected"),
            letter(2, second, "a", "rejected"),
            letter(3, first, "b", "malformed"),
        ];
        let names = |text: &str| text.split(' ').map(|name| name.parse().unwrap()).collect::<Vec<Name>>();
        assert_eq!(places(Name::select(&names(&first.to_string()), shelf.clone()).unwrap()), ["1", "3"]);
        assert_eq!(places(Name::select(&names("2 1 2"), shelf.clone()).unwrap()), ["1", "2"]);
        let error = Name::select(&names("1 a1"), shelf).unwrap_err().to_string();
        assert!(error.contains("no dead letter a1") && error.contains("(3)"), "{error}");
        assert!("order".parse::<Name>().is_err());
    }

    #[test]
    fn all_conditions_of_a_filter_hold_and_one_that_fits_nothing_names_what_there_is() {
        let event = Clock::default().new_id();
        let shelf = vec![
            letter(1, event, "a", "rejected"),
            letter(2, event, "a", "malformed"),
            letter(3, event, "b", "malformed"),
        ];
        let filter = |consumer: &str, reason: &str| Filter {
            consumer: Some(consumer.to_owned()),
            reason: Some(reason.to_owned()),
            subject: None,
        };
        assert_eq!(places(filter("a", "malformed").apply(shelf.clone()).unwrap()), ["2"]);
        assert_eq!(places(Filter::default().apply(shelf.clone()).unwrap()), ["1", "2", "3"]);
        let error = filter("c", "malformed").apply(shelf).unwrap_err().to_string();
        assert!(error.contains("none of the 3") && error.contains("--consumer b --reason malformed"), "{error}");
        assert_eq!(filter("c", "malformed").apply(Vec::new()).unwrap(), Vec::new());
    }
}
