//! Orders over HTTP, as many customers place them: the load of benchmarks and drills.
//!
//! [`Crowd::gather`] fills a shop with customers and goods; [`Crowd::orders`] lets them order, as a [`Load`] says: how
//! fast ([`Pace`]), how much ([`Bounds`]), what ([`Mix`]) and how patiently ([`Patience`]). [`Report`] says what came of it.

mod buying;
mod crowd;
mod latency;
mod mix;
mod pace;
mod report;

pub(crate) use buying::Patience;
pub(crate) use crowd::{Crowd, Gathering};
pub(crate) use latency::Latency;
pub(crate) use mix::{Goods, Mix};
pub(crate) use pace::{Bounds, Pace, Turn, run as paced};
pub(crate) use report::{Placed, Report};

/// What a crowd is to do.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    pub(crate) pace: Pace,
    pub(crate) bounds: Bounds,
    pub(crate) mix: Mix,
    pub(crate) patience: Patience,
}
