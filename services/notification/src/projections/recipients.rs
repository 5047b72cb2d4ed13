//! Projection of `user.*`: where somebody's mail goes and what they are called, until they erase their account.

use std::collections::HashMap;

use livemart_contracts::{UserId, facts};
use livemart_messaging::{Decision, Delivered, Failure, Personal, Projection, Rows, Table, Tables};

use crate::store::recipients::{self, Person, Said};

pub struct Recipients;

facts! {
    pub enum UserFact { Registered(UserRegistered), Updated(UserUpdated), Erased(UserErased) }
}

impl From<&Delivered<UserFact>> for Said {
    fn from(event: &Delivered<UserFact>) -> Self {
        let (user_id, person) = match &event.fact {
            UserFact::Registered(user) => (user.user_id, Some((&user.email, &user.name))),
            UserFact::Updated(user) => (user.user_id, Some((&user.email, &user.name))),
            UserFact::Erased(user) => (user.user_id, None),
        };
        let person = person.map(|(email, name)| Person { email: email.clone(), name: name.clone() });
        Self { user_id, person, as_of: event.attributes.time }
    }
}

impl Said {
    /// Whether it is what remains when `other` was said as well.
    fn outlasts(&self, other: &Self) -> bool {
        match (&self.person, &other.person) {
            (None, Some(_)) => true,
            (Some(_), None) => false,
            _ => self.as_of > other.as_of,
        }
    }
}

impl Projection for Recipients {
    type Event = UserFact;
    const DURABLE: &'static str = "notification-recipients";
    const TABLES: &'static [Table] = &[Table {
        name: "recipients",
        rows: Rows::OfOneEvent,
        personal: Personal::AllBut(&["user_id", "erased", "as_of"]),
    }];

    async fn project(&self, tables: &Tables<'_>, batch: &[Delivered<UserFact>]) -> Result<Vec<Decision>, Failure> {
        let said: Vec<Said> = batch.iter().map(Said::from).collect();
        let mut latest: HashMap<UserId, &Said> = HashMap::new();
        for said in &said {
            let known = latest.entry(said.user_id).or_insert(said);
            if said.outlasts(known) {
                *known = said;
            }
        }
        let latest: Vec<Said> = latest.into_values().cloned().collect();
        let kept = recipients::keep_latest_in(tables.tx(), &latest).await?;
        let decide = |said: &Said| match kept.contains(&said.user_id) && latest.contains(said) {
            true => Decision::Applied,
            false => Decision::ignored("something later is known of this user"),
        };
        Ok(said.iter().map(decide).collect())
    }
}
