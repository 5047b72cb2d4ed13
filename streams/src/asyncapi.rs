//! `asyncapi.json`: the whole choreography as an AsyncAPI 3 document, for tools that draw or generate from one.
//!
//! JetStream's pull consumers have no place in the NATS bindings (a queue group is something else), so stream, durable and
//! kind stand in `x-livemart`.

use livemart_contracts::Stream;
use livemart_runtime::{Description, SubscriptionDescription};
use serde_json::{Map, Value, json};

use crate::events::EventVersion;

pub(crate) fn document(services: &[Description], events: &[EventVersion]) -> String {
    let document = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "LiveMart",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Who publishes what, and who acts on it. Generated from what the services declare.",
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        },
        "defaultContentType": "application/json",
        "channels": object(events.iter().map(|event| (event.subject.to_owned(), channel(event)))),
        "operations": object(services.iter().flat_map(operations)),
        "components": {
            "messages": object(events.iter().map(|event| (event.name(), message(event)))),
            "schemas": { "headers": headers() },
        },
    });
    crate::json(document)
}

fn object(entries: impl Iterator<Item = (String, Value)>) -> Value {
    Value::Object(entries.collect::<Map<_, _>>())
}

fn channel(event: &EventVersion) -> Value {
    let name = event.name();
    json!({
        "address": event.subject,
        "messages": { &name: { "$ref": format!("#/components/messages/{name}") } },
        "x-livemart": { "stream": Stream::of_subject(event.subject).map(Stream::name) },
    })
}

fn operations(service: &Description) -> impl Iterator<Item = (String, Value)> {
    let sends = service.emits.iter().map(|subject| {
        let operation = json!({
            "action": "send",
            "channel": { "$ref": format!("#/channels/{subject}") },
            "tags": [{ "name": service.name }],
            "x-livemart": { "service": service.name, "stream": service.stream },
        });
        (format!("{}-publishes-{}", service.name, subject.replace('.', "-")), operation)
    });
    let receives = service.subscriptions.iter().flat_map(|read| {
        read.subjects.iter().map(|subject| {
            let operation = json!({
                "action": "receive",
                "channel": { "$ref": format!("#/channels/{subject}") },
                "tags": [{ "name": service.name }],
                "x-livemart": {
                    "service": service.name,
                    "stream": read.stream,
                    "durable": read.durable,
                    "kind": read.kind,
                },
            });
            (receive_id(read, subject), operation)
        })
    });
    sends.chain(receives)
}

/// A durable that reads several subjects is several operations: each has one channel.
fn receive_id(read: &SubscriptionDescription, subject: &str) -> String {
    match read.subjects.len() {
        1 => read.durable.clone(),
        _ => format!("{}-{}", read.durable, subject.replace('.', "-")),
    }
}

fn message(event: &EventVersion) -> Value {
    let schema = event.schema.as_value();
    let mut message = json!({
        "name": format!("livemart.{}", event.name()),
        "title": schema["title"],
        "contentType": "application/json",
        "headers": { "$ref": "#/components/schemas/headers" },
        "payload": { "$ref": format!("./schemas/{}.json", event.name()) },
        "correlationId": {
            "description": "The order whose saga this belongs to; absent outside a saga.",
            "location": "$message.header#/ce-correlationid",
        },
    });
    if let Some(summary) = schema["description"].as_str() {
        message["summary"] = summary.into();
    }
    message
}

/// CloudEvents 1.0 in binary mode.
fn headers() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": [
            "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-subject", "content-type", "traceparent",
            "Nats-Msg-Id",
        ],
        "properties": {
            "ce-specversion": { "const": "1.0" },
            "ce-id": text("The event's id, evt_…: what a reader recognises a duplicate by."),
            "ce-source": text("/livemart/<service>"),
            "ce-type": text("livemart.<subject>.v<version>"),
            "ce-time": { "type": "string", "format": "date-time" },
            "ce-subject": text("The id of what changed."),
            "ce-correlationid": text("The order's id, in a saga."),
            "ce-causationid": text("The event that caused this one."),
            "content-type": { "const": "application/json" },
            "traceparent": text("W3C trace context."),
            "Nats-Msg-Id": text("As ce-id: what the broker recognises a repeated publish by."),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::{descriptions, events, generated};

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(entries) => {
                found.extend(entries.get("$ref").and_then(Value::as_str));
                entries.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = document(&descriptions(), &events::events());
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let files = generated();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 100, "{} references", found.len());
        for reference in found {
            let there = match reference.strip_prefix("./") {
                Some(file) => files.contains_key(&Path::new("streams").join(file)),
                None => document.pointer(reference.trim_start_matches('#')).is_some(),
            };
            assert!(there, "{reference} leads nowhere");
        }
    }

    #[test]
    fn every_durable_is_an_operation_and_every_event_a_channel() {
        let services = descriptions();
        let document: Value = serde_json::from_str(&document(&services, &events::events())).expect("JSON");
        let operations = document["operations"].as_object().expect("operations");
        for read in services.iter().flat_map(|service| &service.subscriptions) {
            let of_durable =
                operations.values().filter(|operation| operation["x-livemart"]["durable"] == *read.durable);
            assert_eq!(of_durable.count(), read.subjects.len(), "{}", read.durable);
        }
        for event in events::events() {
            assert_eq!(document["channels"][event.subject]["address"], event.subject);
        }
    }
}
