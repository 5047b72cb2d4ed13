//! Rules and dashboards name what a shop that runs really measures, and one trace holds an order from its request to its last
//! reaction. By real programs: Prometheus scrapes, promtool tests, and spans are received as a collector receives them.

mod dashboards;
mod files;
mod prometheus;
mod promql;
mod receiver;
mod rules;
mod traces;
