//! What a node is asked to do: four scripts, each atomic on its node, each answering one integer.

use std::sync::LazyLock;
use std::time::Duration;

use redis::{Script, ScriptInvocation};

use crate::fence::{COUNTER_RETENTION, Fence};
use crate::keys::Keys;

static ACQUIRE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/acquire.lua")));
static EXTEND: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/extend.lua")));
static RELEASE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/release.lua")));
static RAISE_FENCE: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("scripts/raise_fence.lua")));

/// A script with its keys and arguments, ready for any node.
pub(crate) type Call = ScriptInvocation<'static>;

/// What a node's integer means to the script's caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vote {
    /// Done; for `acquire` with the fence.
    Granted(i64),
    /// Not done, by decision of the node; for `acquire` with the position of the lock that is taken.
    Refused(u64),
}

pub(crate) fn acquire(keys: &Keys, value: &str, expiry: Duration, proposed: Fence) -> Call {
    let mut call = ACQUIRE.prepare_invoke();
    call.key(keys.locks()).key(keys.fences());
    call.arg(value).arg(millis(expiry)).arg(proposed.get()).arg(millis(COUNTER_RETENTION));
    call
}

pub(crate) fn acquired(answer: i64) -> Vote {
    if answer > 0 { Vote::Granted(answer) } else { Vote::Refused(answer.unsigned_abs()) }
}

pub(crate) fn extend(keys: &Keys, value: &str, expiry: Duration, fence: Fence, recreate: bool) -> Call {
    let mut call = EXTEND.prepare_invoke();
    call.key(keys.locks()).key(keys.fences());
    call.arg(value).arg(millis(expiry)).arg(fence.get()).arg(millis(COUNTER_RETENTION));
    call.arg(u8::from(recreate));
    call
}

/// `fence` is that of a lock that was held; a try that failed has none.
pub(crate) fn release(keys: &Keys, value: &str, fence: Option<Fence>) -> Call {
    let mut call = RELEASE.prepare_invoke();
    call.key(keys.locks()).key(keys.fences());
    call.arg(value).arg(fence.map_or(0, Fence::get)).arg(millis(COUNTER_RETENTION));
    call
}

pub(crate) fn raise_fence(keys: &Keys, floor: Fence) -> Call {
    let mut call = RAISE_FENCE.prepare_invoke();
    call.key(keys.fences()).arg(floor.get()).arg(millis(COUNTER_RETENTION));
    call
}

/// For scripts that answer how many locks they handled: all of them, or it does not count.
pub(crate) fn done_for(expected: usize) -> impl Fn(i64) -> Vote {
    move |answer| match u64::try_from(answer) {
        Ok(done) if done == expected as u64 => Vote::Granted(answer),
        _ => Vote::Refused(0),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
