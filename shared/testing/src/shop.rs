//! All services of the shop as real processes on servers of their own.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

use livemart_audit::{Books, Reading, Violation, always, settled};
use livemart_contracts::{OrderId, ProductId};
use livemart_local::{OPERATOR, ServerOptions, ShopOptions, operator};
use sqlx::{Connection as _, PgConnection};
use tokio::sync::OnceCell;

use crate::client::{Api, Customer, Staff};
use crate::eventually::eventually;
use crate::servers::{TestServers, binaries};

/// A shop that is open. Dereferences to its processes, [`livemart_local::Shop`].
#[derive(Debug)]
pub struct Shop {
    // Before the servers, so that it is killed before them where it is only dropped.
    services: livemart_local::Shop,
    pub servers: TestServers,
    pub gateway: Api,
    staff: OnceCell<Staff>,
    told_errors: AtomicUsize,
}

impl Deref for Shop {
    type Target = livemart_local::Shop;

    fn deref(&self) -> &livemart_local::Shop {
        &self.services
    }
}

static SHARED: OnceCell<Shop> = OnceCell::const_new();

impl Shop {
    /// The shop that tests share which neither configure nor break it. They end with [`settles`](Self::settles).
    pub async fn shared() -> &'static Self {
        SHARED.get_or_init(Self::open).await
    }

    /// A shop for one test, which ends with [`close`](Self::close).
    pub async fn open() -> Self {
        Self::open_with(|options| options).await
    }

    /// A shop whose services run with other options: environment, replicas, a fault in the first process of an instance.
    pub async fn open_with(configure: impl FnOnce(ShopOptions) -> ShopOptions) -> Self {
        Self::open_on(|servers| servers, configure).await
    }

    /// A shop on servers with other options.
    pub async fn open_on(
        configure_servers: impl FnOnce(ServerOptions) -> ServerOptions,
        configure: impl FnOnce(ShopOptions) -> ShopOptions,
    ) -> Self {
        let servers = TestServers::start(configure_servers).await;
        // A test is as fast as it can be, unless it is about limits.
        let unlimited = ShopOptions::all(&binaries()).with("LIVEMART_GATEWAY_USER_RATE", "0");
        let options = configure(unlimited);
        let services = livemart_local::Shop::start(&servers, &options).await.unwrap_or_else(|error| panic!("{error}"));
        let gateway = Api::at(services.gateway_url());
        let shop = Self { services, servers, gateway, staff: OnceCell::new(), told_errors: AtomicUsize::new(0) };
        shop.is_routed().await;
        shop
    }

    /// Waits until the gateway has found every service.
    async fn is_routed(&self) {
        let staff = self.staff().await;
        for path in [
            "/api/v1/orders",
            "/api/v1/payments",
            "/api/v1/products",
            "/api/v1/notifications",
            "/api/v1/analytics/funnel",
        ] {
            let found = eventually("the gateway finding all services", async || match staff.api.get(path).await {
                answer if answer.status == 200 => Ok(()),
                answer => Err(answer.text),
            });
            found.await;
        }
    }

    pub async fn staff(&self) -> &Staff {
        let sign_in = async || {
            eventually("the gateway finding the user service", async || match self.gateway.get(JWKS).await {
                answer if answer.status == 200 => Ok(()),
                answer => Err(answer.text),
            })
            .await;
            Staff::sign_in(&self.gateway, &self.servers).await
        };
        self.staff.get_or_init(sign_in).await
    }

    pub async fn customer(&self) -> Customer {
        Customer::sign_up(&self.gateway).await
    }

    /// A product at this price in won, with so many pieces on the shelf, that every service has heard of.
    pub async fn product(&self, price: i64, pieces: u32) -> ProductId {
        let staff = self.staff().await;
        let product = staff.creates_product(price).await;
        if pieces > 0 {
            staff.stocks(product, pieces).await;
        }
        let known = eventually("the order service hearing of a product", async || {
            let known = self.count("SELECT count(*) FROM orders.catalogue WHERE product_id = $1", product.uuid()).await;
            if known == 1 { Ok(()) } else { Err("not in its catalogue") }
        });
        known.await;
        product
    }

    /// What a query as the superuser counts, with one id as its parameter.
    pub async fn count(&self, query: &'static str, id: uuid::Uuid) -> i64 {
        let mut admin = self.admin().await;
        let counted = sqlx::query_scalar(query).bind(id).fetch_one(&mut admin).await;
        counted.unwrap_or_else(|error| panic!("{query}: {error}"))
    }

    /// A connection to the database as the superuser, who sees every schema by its name.
    pub async fn admin(&self) -> PgConnection {
        let connected = PgConnection::connect(&self.servers.admin_database_url()).await;
        connected.unwrap_or_else(|error| panic!("the database cannot be reached: {error}"))
    }

    /// Waits until all that these orders started is done, and the invariants hold for them. The rules that hold at any
    /// moment are checked at every look. No service may have logged an error by then.
    pub async fn settles(&self, orders: &[OrderId]) {
        let books = self.settles_where(|order| orders.contains(&order)).await;
        let unknown = orders.iter().find(|order| !books.orders.contains_key(order));
        assert!(unknown.is_none(), "{unknown:?} is in no book");
    }

    /// As [`settles`](Self::settles), for all orders; then stops everything.
    pub async fn close(self) {
        self.settles_where(|_| true).await;
        self.stop().await;
    }

    /// Stops everything.
    pub async fn stop(self) {
        self.services.stop().await.unwrap_or_else(|error| panic!("{error}"));
        self.servers.stop().await;
    }

    async fn settles_where(&self, is_meant: impl Fn(OrderId) -> bool) -> Books {
        let meant = |violation: &Violation| violation.order().is_none_or(&is_meant);
        let books = eventually("the invariants of the shop", async || {
            let books = self.books().await?;
            let broken = always(&books);
            assert!(broken.is_empty(), "broken at a moment at which it must hold:\n{}", listed(&broken));
            let mut open = settled(&books, chrono::Utc::now());
            open.retain(meant);
            if open.is_empty() { Ok(books) } else { Err(listed(&open)) }
        })
        .await;
        let errors = self.services.logged_errors();
        // Tests that share a shop share its logs: one of them tells.
        let told = self.told_errors.swap(errors.len(), Ordering::Relaxed).min(errors.len());
        assert!(errors.len() == told, "services logged errors:\n{}", errors[told..].join("\n"));
        books
    }

    async fn books(&self) -> Result<Books, String> {
        let nats = operator(&self.servers.nats_url(), OPERATOR, self.servers.nats_password(OPERATOR)).await;
        let jetstream = async_nats::jetstream::new(nats.map_err(|error| error.to_string())?);
        let reading = Reading { database: &mut self.admin().await, jetstream: &jetstream };
        Books::read(reading, |_| ()).await.map_err(|error| error.to_string())
    }
}

const JWKS: &str = "/.well-known/jwks.json";

fn listed(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("  {violation}\n")).collect()
}
