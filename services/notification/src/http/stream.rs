//! `GET /notifications/stream`: the caller's notifications as they come (server-sent events).
//!
//! The id of an event says how far the reader has come in each of its inboxes; a reader that returns with it as
//! `Last-Event-ID`, to whichever replica, gets everything that came since. The first event of a stream, `open`, says where
//! it begins: who asks for the list after it misses nothing.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::str::FromStr;

use axum::extract::State;
use axum::response::sse::Event;
use futures::future::select_all;
use futures::stream;
use livemart_web::caller::Token;
use livemart_web::{AcceptLanguage, Caller, EventStream, LastEventId, Unauthenticated};
use tokio_util::sync::CancellationToken;

use super::notification_view::NotificationView;
use super::{Desk, inboxes};
use crate::domain::Inbox;
use crate::error::Error;
use crate::feed::{LOOK_EVERY, Place};
use crate::store::{inboxes as numbers, notifications};
use crate::texts::Locale;

/// Notifications that are read at once.
const BATCH: i64 = 100;

/// How far a reader has come: `<own>.<staff's>`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Position {
    own: i64,
    staff: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.own, self.staff)
    }
}

impl FromStr for Position {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let number = |text: &str| text.parse().ok().filter(|number: &i64| *number >= 0).ok_or(());
        let (own, staff) = text.split_once('.').ok_or(())?;
        Ok(Self { own: number(own)?, staff: number(staff)? })
    }
}

impl Position {
    fn of(self, inbox: Inbox) -> i64 {
        match inbox {
            Inbox::Person(_) => self.own,
            Inbox::Staff => self.staff,
        }
    }

    fn reach(&mut self, inbox: Inbox, number: i64) {
        match inbox {
            Inbox::Person(_) => self.own = number,
            Inbox::Staff => self.staff = number,
        }
    }
}

pub async fn handle(
    State(desk): State<Desk>,
    caller: Caller,
    Token(token): Token,
    LastEventId(left_off): LastEventId<Position>,
    language: AcceptLanguage,
) -> Result<EventStream, Error> {
    let inboxes = inboxes(&caller);
    let last = numbers::last_numbers(desk.store.db(), &inboxes).await?;
    let position = position(left_off, &last);
    let place = desk.feed.join(&inboxes)?;
    let reader = Reader {
        locale: desk.locale(&language),
        closing: desk.app.edge.closing(),
        ahead: VecDeque::from([Ahead::Open]),
        // What came between the look at the numbers and the place in the feed.
        behind: true,
        inboxes,
        position,
        place,
        token,
        desk,
    };
    let events = stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((event, reader))
    });
    Ok(EventStream::new(events))
}

/// Where the reader left off; at the present where it has not been here before.
fn position(left_off: Option<Position>, last: &BTreeMap<Inbox, i64>) -> Position {
    let mut now = Position::default();
    for (inbox, number) in last {
        now.reach(*inbox, *number);
    }
    left_off.map_or(now, |left_off| Position { own: left_off.own.min(now.own), staff: left_off.staff.min(now.staff) })
}

enum Ahead {
    Open,
    Notification(Box<notifications::Notification>),
}

/// One open stream.
struct Reader {
    desk: Desk,
    inboxes: Vec<Inbox>,
    position: Position,
    place: Place,
    /// What is read and not sent.
    ahead: VecDeque<Ahead>,
    /// Whether there may be more in the table.
    behind: bool,
    locale: Locale,
    token: String,
    closing: CancellationToken,
}

impl Reader {
    /// The next event; `None` at the end: the service stops, the session is over, or the database is away, after which the
    /// reader comes back with its last id.
    async fn next(&mut self) -> Option<Event> {
        loop {
            match self.ahead.pop_front() {
                Some(Ahead::Open) => {
                    return Some(Event::default().event("open").id(self.position.to_string()).data("{}"));
                }
                Some(Ahead::Notification(notification)) => return self.event(*notification),
                None if self.behind => self.look().await?,
                None => self.wait().await?,
            }
        }
    }

    fn event(&mut self, notification: notifications::Notification) -> Option<Event> {
        self.position.reach(notification.inbox, notification.number);
        let view = NotificationView::of(notification, self.locale);
        let event = Event::default().event("notification").id(self.position.to_string()).json_data(view);
        event.inspect_err(|error| tracing::error!(%error, "a notification is no JSON")).ok()
    }

    async fn look(&mut self) -> Option<()> {
        let from = self.inboxes.iter().map(|inbox| (*inbox, self.position.of(*inbox))).collect();
        let found = notifications::after(self.desk.store.db(), &from, BATCH).await;
        let found =
            found.inspect_err(|error| tracing::warn!(%error, "a stream ends, for it cannot be read on")).ok()?;
        self.behind = found.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX);
        self.ahead.extend(found.into_iter().map(|notification| Ahead::Notification(Box::new(notification))));
        Some(())
    }

    /// Until there may be something new. A stream is not to outlive the session that it was opened in.
    async fn wait(&mut self) -> Option<()> {
        let news = select_all(self.place.news.iter_mut().map(|news| Box::pin(news.changed())));
        tokio::select! {
            () = self.closing.cancelled() => return None,
            _ = news => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        self.behind = true;
        self.is_signed_in().await.then_some(())
    }

    /// Whether the session goes on. Where nobody can tell now, it does.
    async fn is_signed_in(&self) -> bool {
        let verified = self.desk.app.edge.authenticate.authenticate(&self.token).await;
        !matches!(verified, Err(Unauthenticated::Invalid(_) | Unauthenticated::Expired | Unauthenticated::Revoked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_back_from_the_id_of_an_event() {
        let position = Position { own: 17, staff: 4 };
        assert_eq!(position.to_string().parse(), Ok(position));
        for wrong in ["", "17", "17.", ".4", "-1.0", "a.b", "1.2.3"] {
            assert_eq!(wrong.parse::<Position>(), Err(()), "{wrong}");
        }
    }
}
