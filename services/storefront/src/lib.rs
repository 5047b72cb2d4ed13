//! Web pages for shoppers and for the shop's staff.
//!
//! The storefront is a client of the REST API like any other: it asks the gateway, keeps nothing, reads no event and has no table.
//! What it adds is HTML that works without JavaScript, and the session of a browser.
//!
//! To read: [`pages`] has the routes and one file per page, [`visitor`] who asks and what surrounds every page, [`session`] the cookie,
//! [`api`] what is asked of the shop, [`live`] what a page that is open is told, [`texts`] what pages say in each language.
//! [`progress`] is the one piece of thinking: the steps of an order, of what the API says of it.
//!
//! [ADR 46](../../../docs/adr/0046-pages-are-made-on-the-server.md) says why pages are made here and not in the browser.

pub mod api;
mod assets;
pub mod config;
mod fault;
mod forms;
mod live;
pub mod money;
mod pages;
pub mod progress;
mod security;
pub mod session;
pub mod texts;
mod visitor;

use livemart_runtime::{Edge, Service};

use api::Gateway;
use config::Config;
use visitor::Shop;

pub fn service(config: Config) -> Service {
    Service::stateless("storefront").shows(move |edge: &Edge| {
        let gateway = Gateway::at(&config.gateway_url)?;
        Ok(pages::router(Shop::new(gateway, &config, edge)))
    })
}
