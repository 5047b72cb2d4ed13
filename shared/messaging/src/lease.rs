//! Who performs a task.
//!
//! A lease is a due time that lies ahead: until then the task is one worker's affair. Of a worker that dies nothing is
//! lost, for the task comes due again and is performed with the same idempotency key.
//!
//! A task is born leased to the replica whose step asked for it, as far as that replica's worker has room: so a call
//! starts as soon as its step is committed, and nobody has to look for it and mark it first. The room is reserved before
//! the step commits, and given back when it does not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::FromQueryResult;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use uuid::Uuid;

/// Longer than a call can take with the recording of its answer.
pub(crate) const SECONDS: f64 = 20.0;

/// A task as its worker has it.
#[derive(Debug, FromQueryResult)]
pub(crate) struct Task {
    pub(crate) id: i64,
    pub(crate) idempotency_key: String,
    pub(crate) request: String,
    pub(crate) traceparent: String,
    pub(crate) cause_event_id: Option<Uuid>,
    pub(crate) attempts: i32,
}

/// A place in a worker, from the lease until the answer is recorded.
pub(crate) type Place = OwnedSemaphorePermit;

/// The workers of this replica that take tasks straight from the steps that ask for them.
#[derive(Default)]
pub(crate) struct Leases {
    desks: Mutex<HashMap<&'static str, Desk>>,
}

struct Desk {
    places: Arc<Semaphore>,
    // Never holds more than there are places.
    tasks: mpsc::UnboundedSender<(Task, Place)>,
}

/// The worker's side.
pub(crate) struct Desked {
    pub(crate) places: Arc<Semaphore>,
    pub(crate) tasks: mpsc::UnboundedReceiver<(Task, Place)>,
}

/// A place that waits for the commit of its task.
pub(crate) struct Reserved {
    place: Place,
    tasks: mpsc::UnboundedSender<(Task, Place)>,
}

impl Reserved {
    /// To be called after the commit. A worker that has stopped since leaves the task to the end of its lease.
    pub(crate) fn hand_over(self, task: Task) {
        let _ = self.tasks.send((task, self.place));
    }
}

impl Leases {
    /// For the worker of `kind`, of which a replica has one: steps of this replica may hand it so many tasks at once.
    pub(crate) fn open(&self, kind: &'static str, places: usize) -> Desked {
        let (places, (sender, tasks)) = (Arc::new(Semaphore::new(places)), mpsc::unbounded_channel());
        self.desks().insert(kind, Desk { places: Arc::clone(&places), tasks: sender });
        Desked { places, tasks }
    }

    /// The worker of `kind` takes no more.
    pub(crate) fn close(&self, kind: &'static str) {
        self.desks().remove(kind);
    }

    /// A place for a task of `kind`; `None` when its worker is busy, or runs elsewhere.
    pub(crate) fn reserve(&self, kind: &'static str) -> Option<Reserved> {
        let desks = self.desks();
        let desk = desks.get(kind)?;
        let place = Arc::clone(&desk.places).try_acquire_owned().ok()?;
        Some(Reserved { place, tasks: desk.tasks.clone() })
    }

    fn desks(&self) -> MutexGuard<'_, HashMap<&'static str, Desk>> {
        self.desks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: i64) -> Task {
        let (idempotency_key, request, traceparent) = (format!("bell:{id}"), "{}".to_owned(), String::new());
        Task { id, idempotency_key, request, traceparent, cause_event_id: None, attempts: 1 }
    }

    #[tokio::test]
    async fn so_many_tasks_are_handed_over_as_their_worker_has_places_for() {
        let leases = Leases::default();
        assert!(leases.reserve("bell").is_none(), "no worker runs");
        let mut desk = leases.open("bell", 1);
        let reserved = leases.reserve("bell").expect("a place");
        assert!(leases.reserve("bell").is_none(), "it is reserved");
        drop(reserved);
        leases.reserve("bell").expect("the place that was given back").hand_over(task(1));
        assert!(leases.reserve("bell").is_none(), "it is taken");
        let (handed, place) = desk.tasks.recv().await.expect("a task");
        assert_eq!(handed.id, 1);
        drop(place);
        assert!(leases.reserve("bell").is_some(), "its task is done");
        leases.close("bell");
        assert!(leases.reserve("bell").is_none(), "the worker takes no more");
    }
}
