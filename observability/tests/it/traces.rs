use std::collections::{BTreeMap, BTreeSet};

use livemart_testing::{Shop, eventually, run};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use crate::receiver::{Received, Receiver};

/// What happens for an order that is paid, and who does it.
const EXPECTED: [(&str, &str); 22] = [
    ("gateway", "POST /{*path}"),
    ("order", "POST /api/v1/orders"),
    ("order", "create order.created"),
    ("order", "send order.created"),
    ("payment", "process order.created"),
    ("payment", "create payment.authorized"),
    ("payment", "send payment.authorized"),
    ("inventory", "process payment.authorized"),
    ("inventory", "create stock.reserved"),
    ("inventory", "send stock.reserved"),
    ("order", "process stock.reserved"),
    ("order", "create order.confirmed"),
    ("order", "send order.confirmed"),
    ("payment", "process order.confirmed"),
    ("payment", "create payment.captured"),
    ("payment", "send payment.captured"),
    ("order", "process payment.captured"),
    ("inventory", "process order.confirmed"),
    ("inventory", "create stock.committed"),
    ("inventory", "send stock.committed"),
    ("payment", "payment.authorize"),
    ("payment", "payment.capture"),
];

#[test]
fn one_trace_holds_an_order_from_its_request_to_its_last_reaction() {
    run(async {
        let collector = Receiver::start().await;
        let shop = Shop::open_with(|options| options.with("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url)).await;
        let customer = shop.customer().await;
        let product = shop.product(1_500, 10).await;
        let order = customer.places(&[(product, 1)], "pm_card_visa").await;
        customer.sees_payment(order, "captured").await;
        shop.settles(&[order]).await;

        let trace = eventually("the spans of the order", async || {
            let trace = trace_of(&collector.spans(), "create order.created");
            let there: BTreeSet<(&str, &str)> =
                trace.iter().map(|one| (one.service.as_str(), one.span.name.as_str())).collect();
            let missing: Vec<_> = EXPECTED.iter().filter(|expected| !there.contains(*expected)).collect();
            if missing.is_empty() { Ok(trace) } else { Err(format!("missing {missing:?} among {there:?}")) }
        })
        .await;
        expect_one_tree(&trace);
        expect_links(&trace);
        for one in &trace {
            let said = format!("{:?}", one.span.attributes);
            assert!(!said.contains('@') && !said.contains("pm_card"), "{} says too much: {said}", one.span.name);
        }
        shop.close().await;
    });
}

fn trace_of(spans: &[Received], name: &str) -> Vec<Received> {
    let Some(named) = spans.iter().find(|one| one.span.name == name) else { return Vec::new() };
    spans.iter().filter(|one| one.span.trace_id == named.span.trace_id).cloned().collect()
}

/// Every span but the gateway's has its cause in the trace, which is not later than it.
fn expect_one_tree(trace: &[Received]) {
    let by_id: BTreeMap<&[u8], &Received> = trace.iter().map(|one| (one.span.span_id.as_slice(), one)).collect();
    assert_eq!(by_id.len(), trace.len(), "ids are unique");
    for one in trace {
        match by_id.get(one.span.parent_span_id.as_slice()) {
            Some(parent) => {
                let (cause, effect) = (parent.span.start_time_unix_nano, one.span.start_time_unix_nano);
                assert!(cause <= effect, "{} begins before {}", one.span.name, parent.span.name);
            }
            None => {
                assert_eq!((one.service.as_str(), one.span.parent_span_id.len()), ("gateway", 0), "{}", one.span.name);
            }
        }
    }
}

/// A consumer's span links the one that made its event, and says which durable it was.
fn expect_links(trace: &[Received]) {
    for one in trace.iter().filter(|one| one.span.kind == SpanKind::Consumer as i32) {
        let linked: Vec<&[u8]> = one.span.links.iter().map(|link| link.span_id.as_slice()).collect();
        assert_eq!(linked, [one.span.parent_span_id.as_slice()], "{}", one.span.name);
        assert!(one.attribute("messaging.consumer.group.name").starts_with(&one.service), "{one:?}");
        let decision = one.attribute("livemart.decision");
        // Who only listens may have nothing to do: no webhook is registered.
        let may = decision == "applied" || one.service == "notification" && decision == "ignored";
        assert!(may, "{}: {} by {}", one.span.name, decision, one.service);
    }
}
