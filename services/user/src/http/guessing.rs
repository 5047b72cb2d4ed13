//! A password is compared only as often as its account may be guessed at.

use chrono::{DateTime, Utc};
use livemart_contracts::UserId;
use sea_orm::{ConnectionTrait, DbErr};

use super::Accounts;
use super::client_address::ClientAddress;
use crate::domain::Password;
use crate::domain::attempts::{FROM_ANYWHERE, FROM_ONE_ADDRESS, Limit, PLACE_KNOWN_FOR, Scope};
use crate::error::Error;
use crate::passwords::Verdict;
use crate::store::users::Account;
use crate::store::{attempts, known_places};

/// An attempt that was counted, until it turns out to have been no guess.
pub struct Attempt {
    from_here: Scope,
    /// Whether "here" is one place, and not all that are unknown.
    is_placed: bool,
    /// `None` where guesses from elsewhere do not count.
    account: Option<Scope>,
}

impl Attempt {
    /// Counts an attempt to sign in as `email`, which may or may not be somebody's: both are refused alike.
    pub async fn count(accounts: &Accounts, email: &str, ClientAddress(address): ClientAddress) -> Result<Self, Error> {
        let (db, now) = (accounts.store.db(), accounts.store.clock().now());
        let count = async |scope: &Scope, limit: Limit| {
            let counted = attempts::count(db, scope, limit, now).await?;
            counted.map_err(|retry_after| Error::TooManyAttempts { retry_after })
        };
        let from_here = Scope::of_account_and_address(email, address);
        count(&from_here, FROM_ONE_ADDRESS.at(accounts.settings.get().guesses)).await?;
        let is_placed = address.is_some();
        let account = match is_placed && known_places::has(db, &from_here, now).await? {
            true => None,
            false => Some(Scope::of_account(email)),
        };
        if let Some(account) = &account {
            count(account, FROM_ANYWHERE).await?;
        }
        Ok(Self { from_here, is_placed, account })
    }

    /// Compares `password` with that of `account`, if there is one.
    pub async fn compare(
        &self,
        accounts: &Accounts,
        password: Password,
        account: Option<&Account>,
    ) -> Result<Verdict, Error> {
        accounts.passwords.verify(password, account.map(|account| account.password_hash.clone())).await
    }

    /// The password of `user` was right.
    pub async fn succeeded_in(&self, tx: &impl ConnectionTrait, user: UserId, now: DateTime<Utc>) -> Result<(), DbErr> {
        if let Some(account) = &self.account {
            attempts::take_back_in(tx, account).await?;
        }
        if self.is_placed {
            known_places::insert_in(tx, &self.from_here, user, now + PLACE_KNOWN_FOR).await?;
        }
        attempts::forget_in(tx, &self.from_here).await
    }
}
