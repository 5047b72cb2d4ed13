//! Rows that are of no use any more.

use std::time::Duration;

use livemart_messaging::watch::More;
use livemart_messaging::{Context, Failure, Watch};

use crate::domain::attempts::LONGEST_WINDOW;
use crate::domain::refresh_token::REFRESH_TOKEN_LIFE;
use crate::store::{attempts, known_places, refresh_tokens, sessions};

/// Rows of each kind in one transaction: milliseconds of work.
const AT_ONCE: i64 = 1_000;

/// Forgets expired refresh tokens, the sessions without any, guesses of long ago, and places that nobody came back to.
pub struct Housekeeping;

impl Watch for Housekeeping {
    const NAME: &'static str = "user-housekeeping";
    const EVERY: Duration = Duration::from_secs(10 * 60);

    async fn look(&self, cx: &mut Context) -> Result<More, Failure> {
        let now = cx.now();
        let deleted = [
            refresh_tokens::delete_expired_in(cx.tx(), now, AT_ONCE).await?,
            sessions::delete_unrenewed_in(cx.tx(), now - REFRESH_TOKEN_LIFE, AT_ONCE).await?,
            attempts::delete_before_in(cx.tx(), now - LONGEST_WINDOW, AT_ONCE).await?,
            known_places::delete_expired_in(cx.tx(), now, AT_ONCE).await?,
        ];
        Ok(if deleted.contains(&AT_ONCE.unsigned_abs()) { More::Yes } else { More::No })
    }
}
