//! The other side of a provider's API, in this process: books in memory, answers that are kept under their idempotency key
//! and given again, and every failure that a network and a provider have.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use livemart_payment::providers::Access;
use reqwest::Url;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The secret key of the shop there.
pub const KEY: &str = "sk_test_ofThisShop";
/// Short, for tests in which nobody answers.
pub const LIMIT: Duration = Duration::from_secs(1);

/// What a provider does with a call: the status and the body of its answer.
pub trait Books: Send + 'static {
    fn answer(&mut self, call: &Call) -> (u16, Value);
    /// Whether the call shows who it is from.
    fn lets_in(headers: &HeaderMap) -> bool;
}

/// A call as it arrived.
#[derive(Debug, Clone)]
pub struct Call {
    pub method: Method,
    pub path: String,
    pub key: Option<String>,
    pub query: HashMap<String, String>,
    pub body: String,
}

impl Call {
    /// The fields of a body in `application/x-www-form-urlencoded`.
    pub fn form(&self) -> HashMap<String, String> {
        pairs(&self.body)
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

/// What befalls the next call that is to change something.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// Answered with this status, which is kept under the key; done or not.
    Fails { status: u16, done: bool },
    /// Done or not, and nobody hears of it.
    Silent { done: bool },
    /// Not taken: nothing is done, and nothing is kept.
    TurnsAway(u16),
}

struct Desk<B> {
    books: B,
    /// By idempotency key: the number of the request, and what it was answered.
    kept: HashMap<String, (usize, String, u16, Value)>,
    faults: VecDeque<Fault>,
    is_deaf: bool,
    calls: Vec<Call>,
}

type Shared<B> = Arc<Mutex<Desk<B>>>;

pub struct Double<B> {
    desk: Shared<B>,
    pub url: Url,
    serving: JoinHandle<()>,
}

impl<B> Drop for Double<B> {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl<B: Books> Double<B> {
    pub async fn start(books: B) -> Self {
        let (kept, faults, calls) = (HashMap::new(), VecDeque::new(), Vec::new());
        let desk = Arc::new(Mutex::new(Desk { books, kept, faults, is_deaf: false, calls }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let router = Router::new().fallback(take::<B>).with_state(Arc::clone(&desk));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { desk, url, serving }
    }

    pub fn access(&self) -> Access {
        let webhook_secrets = Vec::new();
        Access { url: Some(self.url.clone()), key: KEY.into(), webhook_secrets, limit: LIMIT }
    }

    /// What befalls the next calls, one after the other.
    pub fn suffers(&self, faults: &[Fault]) {
        lock(&self.desk).faults.extend(faults);
    }

    /// Whether, once it has suffered what it is to suffer, it neither does nor answers anything but questions.
    pub fn is_deaf(&self, is_deaf: bool) {
        lock(&self.desk).is_deaf = is_deaf;
    }

    /// Forgets answers that it kept, as after a day.
    pub fn forgets_keys(&self) {
        lock(&self.desk).kept.clear();
    }

    pub fn with_books<T>(&self, look: impl FnOnce(&mut B) -> T) -> T {
        look(&mut lock(&self.desk).books)
    }

    pub fn calls(&self) -> Vec<Call> {
        lock(&self.desk).calls.clone()
    }
}

fn lock<B>(desk: &Shared<B>) -> MutexGuard<'_, Desk<B>> {
    desk.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

async fn take<B: Books>(
    State(desk): State<Shared<B>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !B::lets_in(&headers) {
        return answer(401, Value::Null);
    }
    let key = headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
    let call = Call {
        method,
        path: uri.path().to_owned(),
        key,
        query: pairs(uri.query().unwrap_or_default()),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let decided = lock(&desk).decide(call);
    match decided {
        Some(response) => response,
        None => std::future::pending().await,
    }
}

impl<B: Books> Desk<B> {
    /// `None` where nobody hears of it.
    fn decide(&mut self, call: Call) -> Option<Response> {
        self.calls.push(call.clone());
        let number = self.calls.len();
        if call.method == Method::GET {
            let (status, body) = self.books.answer(&call);
            return Some(answer(status, body));
        }
        if self.is_deaf && self.faults.is_empty() {
            return None;
        }
        let Some(key) = call.key.clone() else { panic!("a call without an idempotency key: {call:?}") };
        if let Some((first, asked, status, body)) = self.kept.get(&key) {
            if *asked != format!("{}{}", call.path, call.body) {
                return Some(answer(400, serde_json::json!({ "error": { "type": "idempotency_error" } })));
            }
            let mut response = answer(*status, body.clone());
            response.headers_mut().insert("idempotent-replayed", "true".parse().unwrap());
            response.headers_mut().insert("original-request", format!("req_{first}").parse().unwrap());
            return Some(response);
        }
        let asked = format!("{}{}", call.path, call.body);
        let fault = self.faults.pop_front();
        let (status, body) = match fault {
            Some(Fault::TurnsAway(status)) => return Some(answer(status, Value::Null)),
            Some(Fault::Silent { done: false }) => return None,
            Some(Fault::Fails { status, done: false }) => (status, Value::Null),
            Some(Fault::Fails { status, done: true }) => {
                self.books.answer(&call);
                (status, Value::Null)
            }
            Some(Fault::Silent { done: true }) | None => self.books.answer(&call),
        };
        self.kept.insert(key, (number, asked, status, body.clone()));
        (!matches!(fault, Some(Fault::Silent { .. }))).then(|| answer(status, body))
    }
}

fn answer(status: u16, body: Value) -> Response {
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body.to_string()).into_response()
}

fn pairs(text: &str) -> HashMap<String, String> {
    let url = Url::parse(&format!("http://nowhere/?{text}")).unwrap();
    url.query_pairs().into_owned().collect()
}
