//! The receiving end of OTLP over HTTP, as a collector has it: protobuf, decoded by OpenTelemetry's own definitions.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;

/// A span, and the service that sent it.
#[derive(Clone, Debug)]
pub struct Received {
    pub service: String,
    pub span: Span,
}

impl Received {
    pub fn attribute(&self, key: &str) -> String {
        text(&self.span.attributes, key)
    }
}

type Spans = Arc<Mutex<Vec<Received>>>;

pub struct Receiver {
    pub url: String,
    spans: Spans,
}

impl Receiver {
    #[expect(clippy::disallowed_methods, reason = "no service: its task ends with the process")]
    pub async fn start() -> Self {
        let spans = Spans::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().route("/v1/traces", post(receive)).with_state(Arc::clone(&spans));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, spans }
    }

    /// Everything that came so far.
    pub fn spans(&self) -> Vec<Received> {
        self.spans.lock().expect("nobody panics with it").clone()
    }
}

async fn receive(State(spans): State<Spans>, body: Bytes) -> Result<Vec<u8>, (StatusCode, String)> {
    let request =
        ExportTraceServiceRequest::decode(body).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    for of_resource in request.resource_spans {
        let service = text(&of_resource.resource.unwrap_or_default().attributes, "service.name");
        let all = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
        let received = all.map(|span| Received { service: service.clone(), span });
        spans.lock().expect("nobody panics with it").extend(received);
    }
    Ok(ExportTraceServiceResponse::default().encode_to_vec())
}

fn text(attributes: &[KeyValue], key: &str) -> String {
    let value = attributes.iter().find(|attribute| attribute.key == key).and_then(|attribute| attribute.value.clone());
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        _ => String::new(),
    }
}
