//! A service that keeps failing is left alone for a while: its clients are told at once instead of after the time that an answer
//! may take, and it has time to recover.
//!
//! Failing means to break off or not to answer. A service that answers, be it with 503, does so fast and says itself when to
//! come back; one whose replicas refuse connections is left out by the registry. Any answer closes the circuit, and so does a
//! replica that is new: it has not failed yet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Settings;
use crate::metrics::CIRCUIT_OPEN;

/// The circuit of one service.
#[derive(Debug)]
pub struct Circuit {
    service: String,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many failed in a row.
    Closed(u32),
    /// Nobody passes before this.
    Open(Instant),
    /// One request is under way to find out.
    Probing,
}

/// A request on its way to the service. Dropped without a verdict, it says nothing: the client left.
#[derive(Debug)]
#[must_use = "say what became of it"]
pub struct Pass {
    circuit: Arc<Circuit>,
    is_probe: bool,
}

impl Circuit {
    pub fn new(service: &str) -> Arc<Self> {
        Arc::new(Self { service: service.to_owned(), state: Mutex::new(State::Closed(0)) })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, state: &mut State, next: State) {
        CIRCUIT_OPEN.with_label_values(&[&self.service]).set((!matches!(next, State::Closed(_))).into());
        *state = next;
    }

    /// Lets a request pass, or says how long the service is left alone.
    pub fn pass(self: &Arc<Self>) -> Result<Pass, Duration> {
        let (mut state, now) = (self.state(), Instant::now());
        let is_probe = match *state {
            State::Closed(_) => false,
            State::Open(until) if until <= now => {
                *state = State::Probing;
                true
            }
            State::Open(until) => return Err(until - now),
            // The probe has an answer soon, or fails.
            State::Probing => return Err(Duration::ZERO),
        };
        Ok(Pass { circuit: Arc::clone(self), is_probe })
    }

    /// The service has a replica that has not failed yet.
    pub fn reset(&self) {
        self.enter(&mut self.state(), State::Closed(0));
    }

    pub fn is_open(&self) -> bool {
        !matches!(*self.state(), State::Closed(_))
    }
}

impl Pass {
    /// The service answered, whatever it said.
    pub fn answered(self) {
        let mut state = self.circuit.state();
        if *state == State::Closed(0) {
            return;
        }
        if !matches!(*state, State::Closed(_)) {
            tracing::info!(service = self.circuit.service, "a service answers again");
        }
        self.circuit.enter(&mut state, State::Closed(0));
    }

    /// It broke off, or did not answer.
    pub fn failed(self, settings: &Settings) {
        let mut state = self.circuit.state();
        let failures = match *state {
            State::Closed(failures) => failures.saturating_add(1),
            State::Probing if self.is_probe => settings.circuit_failures,
            // Sent before the service was left alone.
            State::Open(_) | State::Probing => return,
        };
        if failures < settings.circuit_failures {
            *state = State::Closed(failures);
            return;
        }
        let pause = settings.left_alone_for();
        tracing::warn!(service = self.circuit.service, ?pause, "a service keeps failing and is left alone");
        self.circuit.enter(&mut state, State::Open(Instant::now() + pause));
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        // A probe without a verdict: the next one may go at once.
        let mut state = self.circuit.state();
        if self.is_probe && *state == State::Probing {
            *state = State::Open(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failing(circuit: &Arc<Circuit>, times: u32) {
        for _ in 0..times {
            circuit.pass().expect("it is closed").failed(&Settings::default());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_fails_often_enough_in_a_row_is_left_alone_for_a_while() {
        let circuit = Circuit::new("order");
        failing(&circuit, Settings::default().circuit_failures - 1);
        circuit.pass().expect("it is closed").answered();
        failing(&circuit, Settings::default().circuit_failures);
        assert_eq!(circuit.pass().err(), Some(Settings::default().left_alone_for()));
        tokio::time::advance(Settings::default().left_alone_for()).await;

        let probe = circuit.pass().expect("one may try");
        assert!(circuit.pass().is_err(), "the others wait for what becomes of it");
        probe.failed(&Settings::default());
        assert_eq!(circuit.pass().err(), Some(Settings::default().left_alone_for()));
        tokio::time::advance(Settings::default().left_alone_for()).await;
        circuit.pass().expect("one may try").answered();
        assert!(!circuit.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn a_probe_whose_client_leaves_is_followed_by_another() {
        let circuit = Circuit::new("order");
        failing(&circuit, Settings::default().circuit_failures);
        tokio::time::advance(Settings::default().left_alone_for()).await;
        drop(circuit.pass().expect("one may try"));
        circuit.pass().expect("another one may try").answered();
        assert!(!circuit.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_before_does_not_lengthen_the_pause_and_a_new_replica_ends_it() {
        let circuit = Circuit::new("order");
        let before = circuit.pass().expect("it is closed");
        failing(&circuit, Settings::default().circuit_failures);
        tokio::time::advance(Duration::from_secs(1)).await;
        before.failed(&Settings::default());
        assert_eq!(circuit.pass().err(), Some(Settings::default().left_alone_for() - Duration::from_secs(1)));
        circuit.reset();
        circuit.pass().expect("it is closed").answered();
    }
}
