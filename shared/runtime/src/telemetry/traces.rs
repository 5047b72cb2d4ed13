//! Spans on their way to a collector, by OTLP.
//!
//! Spans come from `livemart_messaging::span` with their ids, so that the SDK makes none: it is its batching, its retries and
//! its exporter that are used. All of it runs on threads of its own; a collector that is slow or away costs spans, not orders.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use livemart_contracts::Trace;
use livemart_messaging::span::{self, Kind, Recorder, Span};
use opentelemetry::trace::{Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor};

use crate::config::{Common, CommonSettings};
use crate::discovery;
use crate::live::Live;

/// What a stopping service waits for its last spans.
const FLUSH_LIMIT: Duration = Duration::from_secs(1);

/// The recorder of this process; nothing where no collector is configured.
pub(crate) struct Traces(Option<Arc<BatchSpanProcessor>>);

impl Traces {
    pub(crate) fn start(service: &'static str, common: &Common) -> anyhow::Result<Self> {
        let endpoint = common.otlp_endpoint.as_deref().filter(|endpoint| !endpoint.is_empty());
        let Some(endpoint) = endpoint else { return Ok(Self(None)) };
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
            .build()
            .context("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")?;
        let mut processor = BatchSpanProcessor::builder(exporter).build();
        let resource = Resource::builder().with_service_name(service).with_attributes([
            KeyValue::new("service.namespace", "livemart"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.instance.id", discovery::instance(service, common)),
        ]);
        processor.set_resource(&resource.build());
        let processor = Arc::new(processor);
        span::record_with(Box::new(Collector {
            processor: Arc::clone(&processor),
            scope: InstrumentationScope::builder("livemart").with_version(env!("CARGO_PKG_VERSION")).build(),
            live: common.live.clone(),
        }));
        Ok(Self(Some(processor)))
    }

    /// Sends what has not been sent yet.
    pub(crate) async fn stop(self) {
        let Some(processor) = self.0 else { return };
        let flushed = tokio::task::spawn_blocking(move || processor.shutdown_with_timeout(FLUSH_LIMIT)).await;
        if let Ok(Err(error)) = flushed {
            tracing::debug!(%error, "the last spans were not sent");
        }
    }
}

struct Collector {
    processor: Arc<BatchSpanProcessor>,
    scope: InstrumentationScope,
    live: Live<CommonSettings>,
}

impl Recorder for Collector {
    fn record(&self, span: Span, ended: SystemTime) {
        if !is_chosen(span.trace, threshold(self.live.get().traces_ratio)) {
            return;
        }
        let mut links = SpanLinks::default();
        if let (Kind::Consumer, Some(made)) = (span.kind, span.parent) {
            links.links.push(Link::with_context(context(made, true)));
        }
        self.processor.on_end(SpanData {
            span_context: context(span.trace, false),
            parent_span_id: span.parent.map_or(SpanId::INVALID, |parent| SpanId::from(parent.ids().1)),
            parent_span_is_remote: span.kind != Kind::Client,
            span_kind: match span.kind {
                Kind::Server => SpanKind::Server,
                Kind::Client => SpanKind::Client,
                Kind::Producer => SpanKind::Producer,
                Kind::Consumer => SpanKind::Consumer,
            },
            name: span.name.into(),
            start_time: span.started,
            end_time: ended,
            attributes: span.attributes.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links,
            status: span.error.map_or(Status::Unset, Status::error),
            instrumentation_scope: self.scope.clone(),
        });
    }
}

fn context(trace: Trace, is_remote: bool) -> SpanContext {
    let (trace_id, span_id) = trace.ids();
    let ids = (TraceId::from(trace_id), SpanId::from(span_id));
    SpanContext::new(ids.0, ids.1, TraceFlags::SAMPLED, is_remote, TraceState::NONE)
}

/// As OpenTelemetry's sampler by ratio: the lower 63 bits of the trace's id against the part of their range that is wanted.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a ratio between 0 and 1 of a range; half a trace in 2^63 does not matter"
)]
fn threshold(ratio: f64) -> u64 {
    (ratio.clamp(0.0, 1.0) * (1_u64 << 63) as f64) as u64
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half of the id")]
fn is_chosen(trace: Trace, below: u64) -> bool {
    (trace.ids().0 as u64) >> 1 < below
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Keys {
        #[command(flatten)]
        common: Common,
    }

    /// Compose hands over a variable that is not set as an empty one.
    #[test]
    fn without_a_collector_nothing_is_recorded() {
        for arguments in [vec!["service"], vec!["service", "--otlp-endpoint", ""]] {
            let traces = Traces::start("order", &Keys::parse_from(arguments).common).expect("a service starts");
            assert!(traces.0.is_none());
        }
        assert!(!span::Started::now().is_wanted());
    }

    #[test]
    fn all_traces_are_chosen_or_none_or_about_a_part() {
        let traces: Vec<Trace> = std::iter::repeat_with(Trace::start).take(10_000).collect();
        let chosen = |ratio| traces.iter().filter(|trace| is_chosen(**trace, threshold(ratio))).count();
        assert_eq!((chosen(0.0), chosen(1.0)), (0, 10_000));
        // Fifteen standard deviations.
        assert!((550..=1_450).contains(&chosen(0.1)), "{}", chosen(0.1));
    }

    /// Else an order would be recorded in one service and not in the next.
    #[test]
    fn a_trace_is_chosen_wherever_it_goes() {
        let below = threshold(0.5);
        for trace in std::iter::repeat_with(Trace::start).take(1_000) {
            assert_eq!(is_chosen(trace, below), is_chosen(trace.child(), below));
        }
    }
}
