//! A gateway, and services for it.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::{Extension, Router, middleware};
use http_body_util::BodyExt;
use livemart_contracts::{Clock, UserId};
use livemart_gateway::config::{Scheme, Settings};
use livemart_gateway::forward::Forwarder;
use livemart_gateway::http;
use livemart_gateway::limits::Limits;
use livemart_gateway::registry::Registry;
use livemart_gateway::replica::Replica;
use livemart_runtime::Live;
use livemart_testing::PATIENCE;
use livemart_web::caller::Unauthenticated;
use livemart_web::{Authenticate, Caller, Role, request};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const CLIENT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 7)), 50_000);
pub const ADMIN_TOKEN: &str = "admin-token";
pub const CUSTOMER_TOKEN: &str = "customer-token";
pub const EXPIRED_TOKEN: &str = "expired-token";

/// Knows two tokens, and one that it knew.
struct TwoTokens {
    clock: Clock,
    customer: UserId,
}

impl Default for TwoTokens {
    fn default() -> Self {
        let customer = "usr_01h455vb4pex5vsknk084sn02q".parse().expect("an id");
        Self { clock: Clock::default(), customer }
    }
}

#[async_trait]
impl Authenticate for TwoTokens {
    async fn authenticate(&self, token: &str) -> Result<Caller, Unauthenticated> {
        let role = match token {
            ADMIN_TOKEN => Role::Admin,
            CUSTOMER_TOKEN => Role::Customer,
            EXPIRED_TOKEN => return Err(Unauthenticated::Expired),
            _ => return Err(Unauthenticated::Invalid("its signature is wrong".to_owned())),
        };
        let user_id = if role == Role::Customer { self.customer } else { self.clock.new_id() };
        Ok(Caller { user_id, session_id: self.clock.new_id(), role, expires_at: self.clock.now() })
    }
}

/// A gateway as the runtime would serve it.
pub struct Gateway {
    pub registry: Registry,
    /// Cancelled when it stops.
    pub closing: CancellationToken,
    router: Router,
}

impl Gateway {
    pub fn new() -> Self {
        Self::with_settings(Settings::default())
    }

    /// Without Redis: it counts by itself.
    pub fn with_settings(settings: Settings) -> Self {
        Self::sharing(settings, Scheme::Http, &[])
    }

    /// Sharing its limits with others by these Redis servers.
    pub fn sharing(settings: Settings, scheme: Scheme, redis: &[String]) -> Self {
        let (registry, closing, settings) = (Registry::default(), CancellationToken::new(), Live::from(settings));
        let redis: Vec<_> = redis.iter().map(|url| url.as_str().into()).collect();
        let limits = Limits::new(settings.clone(), &redis, PATIENCE).expect("URLs of Redis");
        let authenticate: Arc<dyn Authenticate> = Arc::new(TwoTokens::default());
        let forwarder = Forwarder::new(registry.clone(), settings.clone(), scheme, closing.clone());
        let router = http::router(forwarder, limits, settings, scheme, Clock::default())
            .layer(Extension(authenticate))
            .layer(middleware::from_fn(request::finish));
        Self { registry, closing, router }
    }

    /// Starts a replica of a service that answers `routes`, and lets the gateway know.
    pub async fn with(self, instance: &str, routes: &[&str], service: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, service).await });
        self.knows(instance, routes, address)
    }

    /// Lets the gateway know a replica where nobody listens.
    pub async fn with_dead(self, instance: &str, routes: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        self.knows(instance, routes, address)
    }

    pub fn knows(self, instance: &str, routes: &[&str], address: SocketAddr) -> Self {
        self.registry.heard(Replica {
            id: format!("{instance}-{address}"),
            service: "order".to_owned(),
            instance: instance.to_owned(),
            version: "0.1.0".to_owned(),
            pid: Some(1),
            authority: address.to_string().parse().expect("an authority"),
            routes: routes.iter().map(|route| (*route).to_owned()).collect(),
            durables: Vec::new(),
        });
        self
    }

    /// Sends `request` and waits for the head of its answer.
    pub async fn send(&self, mut request: Request) -> Response {
        request.extensions_mut().get_or_insert(ConnectInfo(CLIENT));
        self.router.clone().oneshot(request).await.unwrap_or_else(|never| match never {})
    }

    /// As `token`, of a client at this address.
    pub async fn get_as(&self, path: &str, token: Option<&str>, address: [u8; 4]) -> Answer {
        let mut request = get(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut request = request.body(Body::empty()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 50_000))));
        self.ask(request).await
    }

    pub async fn ask(&self, request: Request) -> Answer {
        let (parts, body) = self.send(request).await.into_parts();
        let body = body.collect().await.expect("a complete body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask(get(path).body(Body::empty()).expect("a request")).await
    }

    pub async fn post(&self, path: &str, body: impl Into<Body>) -> Answer {
        self.ask(Request::post(path).body(body.into()).expect("a request")).await
    }
}

pub fn get(path: &str) -> axum::http::request::Builder {
    Request::get(path)
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// Empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    /// Status and code, if this is a problem of the gateway.
    pub fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers["content-type"], "application/problem+json", "{self:?}");
        let problem = self.json();
        assert!(problem["trace_id"].is_string() && problem["instance"].is_string(), "it is completed: {problem}");
        (self.status.as_u16(), problem["code"].as_str().expect("a code").to_owned())
    }
}
