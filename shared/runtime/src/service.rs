//! What a service is: its routes, its reactions, its projections, the events that it emits. One value, read at a glance.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use clap::Args;
use livemart_contracts::{Clock, Event, Stream};
use livemart_messaging::consumer::Subscription;
use livemart_messaging::{Effect, Projection, Reaction, Store, Watch, watch, worker};
use livemart_web::Authenticate;
use livemart_web::health::Check;
use livemart_web::openapi::{Document, Routes};
use livemart_web::problem::DATABASE_UNAVAILABLE;
use tokio_util::sync::CancellationToken;

use crate::live::{Live, Settings};
use crate::nats::Nats;
use crate::tasks::Stage;

/// What handlers get: the service's schema, and everything of [`Edge`].
#[derive(Clone)]
pub struct App {
    pub store: Store,
    pub edge: Edge,
}

/// What a service has that needs no schema.
#[derive(Clone)]
pub struct Edge {
    pub service: &'static str,
    pub nats: Nats,
    pub clock: Clock,
    pub authenticate: Arc<dyn Authenticate>,
    pub(crate) background: Stage,
    pub(crate) closing: CancellationToken,
}

impl Edge {
    /// Runs `task` until the service stops. One that ends earlier brings the service down.
    pub fn spawn(&self, task: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        self.background.spawn(task, future);
    }

    /// Runs `future`, which may end earlier, until the service stops.
    pub fn spawn_until_stop(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.background.spawn_until_stop(future);
    }

    /// Cancelled at the beginning of a stop: an answer that has no end of its own ends then.
    pub fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Cancelled when the service stops.
    pub fn stop(&self) -> CancellationToken {
        self.background.stop_token()
    }
}

/// A right at the broker beyond those that follow from reactions and emitted events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// May write this key of the central configuration.
    WriteConfig(&'static str),
    /// May end sessions.
    RevokeSessions,
    /// May read and delete single messages of its own stream.
    EraseMessages,
    /// May ask which services run.
    Discover,
}

type Start = Box<dyn FnOnce(App) -> Pin<Box<dyn Future<Output = anyhow::Result<()>> + Send>> + Send>;
pub(crate) type Loop = Box<dyn FnOnce(Store, CancellationToken) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

type StatelessRoutes = Box<dyn FnOnce(&Edge) -> anyhow::Result<Router> + Send>;

pub(crate) enum Serving {
    Nothing,
    /// With the service's schema.
    Stored(Box<dyn FnOnce(&App) -> Router + Send>),
    /// Without a schema.
    Stateless(StatelessRoutes),
}

/// A service, as declared. Making one does nothing; [`crate::main`] runs it.
pub struct Service {
    pub(crate) name: &'static str,
    pub(crate) has_schema: bool,
    pub(crate) prefixes: &'static [&'static str],
    pub(crate) serving: Serving,
    contract: Option<Document>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) effects: Vec<(&'static str, Loop)>,
    pub(crate) watches: Vec<(&'static str, Loop)>,
    pub(crate) emits: Vec<&'static str>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) settings: Vec<Arc<dyn Settings>>,
    pub(crate) checks: Vec<Box<dyn Check>>,
    pub(crate) start: Option<Start>,
}

impl Service {
    /// A service with a schema of its own.
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            has_schema: true,
            prefixes: &[],
            serving: Serving::Nothing,
            contract: None,
            subscriptions: Vec::new(),
            effects: Vec::new(),
            watches: Vec::new(),
            emits: Vec::new(),
            grants: Vec::new(),
            settings: Vec::new(),
            checks: Vec::new(),
            start: None,
        }
    }

    /// A service that keeps nothing.
    pub fn stateless(name: &'static str) -> Self {
        Self { has_schema: false, ..Self::named(name) }
    }

    /// Answers paths under `prefixes`, which the gateway learns by discovery. `state` is what the handlers of `routes` share.
    pub fn serves<S: Clone + Send + Sync + 'static>(
        self,
        prefixes: &'static [&'static str],
        routes: Routes<S>,
        state: impl FnOnce(&App) -> S + Send + 'static,
    ) -> Self {
        let (router, contract) = routes.into_parts(self.name);
        let contract = Some(contract.may_answer(&[DATABASE_UNAVAILABLE]));
        Self { prefixes, serving: Serving::Stored(Box::new(|app| router.with_state(state(app)))), contract, ..self }
    }

    /// Answers every path, for a service that is not reached through the gateway; `contract` says what it answers by itself.
    pub fn fronts(
        self,
        contract: Document,
        router: impl FnOnce(&Edge) -> anyhow::Result<Router> + Send + 'static,
    ) -> Self {
        Self { serving: Serving::Stateless(Box::new(router)), contract: Some(contract), ..self }
    }

    /// Answers every path with pages for people, beside the gateway and by no contract.
    pub fn shows(self, router: impl FnOnce(&Edge) -> anyhow::Result<Router> + Send + 'static) -> Self {
        Self { serving: Serving::Stateless(Box::new(router)), ..self }
    }

    pub fn reacts(mut self, reaction: impl Reaction) -> Self {
        self.subscriptions.push(Subscription::reaction(reaction));
        self
    }

    pub fn projects(mut self, projection: impl Projection) -> Self {
        self.subscriptions.push(Subscription::projection(projection));
        self
    }

    /// Performs the tasks of one effect.
    pub fn performs<E: Effect>(mut self, effect: E) -> Self {
        let run: Loop = Box::new(move |store, stop| Box::pin(worker::run(effect, store, stop)));
        self.effects.push((E::KIND, run));
        self
    }

    pub fn watches<W: Watch>(mut self, watch: W) -> Self {
        let run: Loop = Box::new(move |store, stop| Box::pin(watch::run(watch, store, stop)));
        self.watches.push((W::NAME, run));
        self
    }

    /// The events that this service may announce: a tuple of their types.
    pub fn emits<E: Emits>(self) -> Self {
        Self { emits: E::subjects(), ..self }
    }

    pub fn granted(mut self, grant: Grant) -> Self {
        self.grants.push(grant);
        self
    }

    /// Keys of the configuration that change while the service runs; without this they stay as they were at its start.
    pub fn live<S: Args + Send + Sync + 'static>(mut self, settings: &Live<S>) -> Self {
        self.settings.push(Arc::new(settings.clone()));
        self
    }

    /// Not ready while `check` fails. Brokers and databases are checked anyway.
    pub fn ready_while(mut self, check: impl Check + 'static) -> Self {
        self.checks.push(Box::new(check));
        self
    }

    /// Runs once, when everything is connected and nothing is served yet.
    pub fn starts<F, R>(self, start: F) -> Self
    where
        F: FnOnce(App) -> R + Send + 'static,
        R: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        Self { start: Some(Box::new(move |app| Box::pin(start(app)))), ..self }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it answers over HTTP.
    pub fn contract(&self) -> Option<&Document> {
        self.contract.as_ref()
    }

    /// The path prefixes that it answers.
    pub fn prefixes(&self) -> &'static [&'static str] {
        self.prefixes
    }

    /// What it does with the events of others: its reactions and projections.
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.subscriptions
    }

    /// The subjects of the events that it may announce.
    pub fn subjects(&self) -> &[&'static str] {
        &self.emits
    }

    /// The stream that stores what this service emits.
    pub(crate) fn stream(&self) -> Option<Stream> {
        let mut streams = self.emits.iter().map(|subject| Stream::of_subject(subject));
        let stream = streams.next()??;
        assert!(streams.all(|other| other == Some(stream)), "{} emits into several streams", self.name);
        Some(stream)
    }
}

/// A tuple of events.
pub trait Emits {
    fn subjects() -> Vec<&'static str>;
}

macro_rules! emits {
    ($($event:ident)+) => {
        impl<$($event: Event),+> Emits for ($($event,)+) {
            fn subjects() -> Vec<&'static str> {
                vec![$($event::SUBJECT),+]
            }
        }
    };
}
emits!(A);
emits!(A B);
emits!(A B C);
emits!(A B C D);
emits!(A B C D E);
emits!(A B C D E F);
emits!(A B C D E F G);
emits!(A B C D E F G H);
