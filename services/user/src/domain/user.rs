//! An account, and who may change what of it.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use livemart_contracts::events::{UserErased, UserRegistered, UserUpdated};
use livemart_web::Role;

use super::{Email, Name};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    pub blocked: bool,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    Changed,
    Unchanged,
}

/// Staff do not lock themselves out by mistake: an administrator's own rights are for another one to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an administrator cannot change their own role or block themselves")]
pub struct OwnAccount;

impl User {
    pub fn register(id: UserId, email: &Email, name: &Name, role: Role, now: DateTime<Utc>) -> Self {
        Self {
            id,
            email: email.to_string(),
            name: name.as_str().to_owned(),
            role,
            blocked: false,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// The owner's change; `None` leaves what is there.
    pub fn edit(&mut self, email: Option<&Email>, name: Option<&Name>, now: DateTime<Utc>) -> Transition {
        let before = (self.email.clone(), self.name.clone());
        if let Some(email) = email {
            self.email = email.to_string();
        }
        if let Some(name) = name {
            self.name = name.as_str().to_owned();
        }
        self.note((&before.0, &before.1) != (&self.email, &self.name), now)
    }

    /// The change of an administrator; `None` leaves what is there.
    pub fn govern(
        &mut self,
        by: UserId,
        role: Option<Role>,
        blocked: Option<bool>,
        now: DateTime<Utc>,
    ) -> Result<Transition, OwnAccount> {
        let before = (self.role, self.blocked);
        let after = (role.unwrap_or(self.role), blocked.unwrap_or(self.blocked));
        if before != after && by == self.id {
            return Err(OwnAccount);
        }
        (self.role, self.blocked) = after;
        Ok(self.note(before != after, now))
    }

    fn note(&mut self, changed: bool, now: DateTime<Utc>) -> Transition {
        if !changed {
            return Transition::Unchanged;
        }
        self.version += 1;
        self.updated_at = now;
        Transition::Changed
    }
}

impl From<&User> for UserRegistered {
    fn from(user: &User) -> Self {
        Self { user_id: user.id, email: user.email.clone(), name: user.name.clone() }
    }
}

impl From<&User> for UserUpdated {
    fn from(user: &User) -> Self {
        Self { user_id: user.id, email: user.email.clone(), name: user.name.clone() }
    }
}

impl From<&User> for UserErased {
    fn from(user: &User) -> Self {
        Self { user_id: user.id }
    }
}

#[cfg(test)]
mod tests {
    use livemart_contracts::Clock;

    use super::*;

    fn user(clock: Clock) -> User {
        let email = Email::parse("kim@example.com").expect("an address");
        let name = Name::parse("Kim").expect("a name");
        User::register(clock.new_id(), &email, &name, Role::Admin, clock.now())
    }

    #[test]
    fn a_change_that_changes_nothing_makes_no_new_version() {
        let clock = Clock::default();
        let mut user = user(clock);
        let name = Name::parse("Kim").expect("a name");
        assert_eq!(user.edit(None, Some(&name), clock.now()), Transition::Unchanged);
        assert_eq!(user.version, 1);
        let name = Name::parse("Lee").expect("a name");
        assert_eq!(user.edit(None, Some(&name), clock.now()), Transition::Changed);
        assert_eq!((user.version, user.name.as_str()), (2, "Lee"));
    }

    #[test]
    fn an_administrator_governs_others_only() {
        let clock = Clock::default();
        let mut user = user(clock);
        let (own, other) = (user.id, clock.new_id());
        assert_eq!(user.govern(own, Some(Role::Customer), None, clock.now()), Err(OwnAccount));
        assert_eq!(user.govern(own, Some(Role::Admin), Some(false), clock.now()), Ok(Transition::Unchanged));
        assert_eq!(user.govern(other, None, Some(true), clock.now()), Ok(Transition::Changed));
        assert!(user.blocked);
    }
}
