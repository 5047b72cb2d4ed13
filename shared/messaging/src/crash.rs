//! Points at which a fault drill may end this process as `kill -9` would.
//!
//! They are part of the shipped binary, so that drills try what runs; without `LIVEMART_CRASH_AT` they do nothing.
//! Its value is `<point>` or `<point>:<subject or durable>`: `after-commit:order.created`.

use std::sync::LazyLock;

/// State changed, nothing committed.
pub const BEFORE_COMMIT: &str = "before-commit";
/// Committed; the outbox rows are not published. For a reaction also: committed, not acknowledged.
pub const AFTER_COMMIT: &str = "after-commit";
/// The reaction committed; its message is not acknowledged.
pub const BEFORE_ACK: &str = "before-ack";
/// Published; the outbox rows are not marked.
pub const BEFORE_MARK: &str = "before-mark";
/// The outside was called; its answer is not recorded.
pub const BEFORE_RECORD: &str = "before-record";

pub const POINTS: [&str; 5] = [BEFORE_COMMIT, AFTER_COMMIT, BEFORE_ACK, BEFORE_MARK, BEFORE_RECORD];

static CRASH_AT: LazyLock<Option<(String, Option<String>)>> = LazyLock::new(|| {
    let wanted = std::env::var("LIVEMART_CRASH_AT").ok()?;
    tracing::warn!(crash_at = wanted, "this process will kill itself at a crash point");
    Some(match wanted.split_once(':') {
        Some((point, detail)) => (point.to_owned(), Some(detail.to_owned())),
        None => (wanted, None),
    })
});

/// Kills this process if it was started to die here. `names` are the subjects and the durable that pass this point.
pub fn point<'a, N: IntoIterator<Item = &'a str>>(point: &str, names: impl FnOnce() -> N) {
    let Some((wanted, wanted_name)) = &*CRASH_AT else { return };
    if wanted == point && wanted_name.as_deref().is_none_or(|wanted| names().into_iter().any(|name| name == wanted)) {
        tracing::warn!(point, name = wanted_name, "crash point reached");
        let killed = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        unreachable!("a process can always kill itself: {killed:?}");
    }
}
