//! What each service may do at the NATS server: publish its own events, pull and acknowledge its own durables, read its
//! configuration, answer discovery. Nothing else.

use livemart_contracts::Stream;
use livemart_contracts::stream::{DEAD_LETTERS, dead_letter_subject, redrive_subject};
use livemart_runtime::live::{judge_subject, report_subject};
use livemart_runtime::{CONFIG_BUCKET, Description};

/// Both layouts of the subject of an acknowledgement; the server may switch to the second.
fn acknowledgements(stream: &str, durable: &str) -> [String; 2] {
    [format!("$JS.ACK.{stream}.{durable}.>"), format!("$JS.ACK.*.*.{stream}.{durable}.>")]
}

fn direct_get(bucket: &str, key: &str) -> String {
    format!("$JS.API.DIRECT.GET.KV_{bucket}.$KV.{bucket}.{key}")
}

/// Of single messages. Reading comes first: only what is known to be meant is deleted.
const ERASING: [&str; 2] = ["GET", "DELETE"];

fn publishes(service: &Description) -> Vec<String> {
    let mut subjects = service.emits.clone();
    subjects.extend(service.stream.iter().map(|stream| format!("$JS.API.STREAM.INFO.{stream}")));
    for read in &service.subscriptions {
        let (stream, durable) = (&read.stream, &read.durable);
        subjects.push(format!("$JS.API.CONSUMER.INFO.{stream}.{durable}"));
        subjects.push(format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"));
        subjects.extend(acknowledgements(stream, durable));
        subjects.push(dead_letter_subject(durable));
    }
    subjects.push(direct_get(CONFIG_BUCKET, "user.jwks"));
    subjects.push(direct_get(CONFIG_BUCKET, &format!("{}.>", service.name)));
    subjects.push(direct_get("revocations", ">"));
    subjects.extend(service.writes_config.iter().map(|key| format!("$KV.{CONFIG_BUCKET}.{key}")));
    if service.revokes_sessions {
        subjects.push("$KV.revocations.>".to_owned());
    }
    if service.erases_messages {
        let own = service.stream.iter();
        subjects.extend(own.flat_map(|stream| ERASING.map(|call| format!("$JS.API.STREAM.MSG.{call}.{stream}"))));
    }
    if service.discovers {
        subjects.extend(["$SRV.INFO", "$SRV.STATS"].map(str::to_owned));
    }
    subjects.push(format!("wake.{}", service.name));
    subjects
}

fn subscribes(service: &Description) -> Vec<String> {
    let name = &service.name;
    let mut subjects = vec![
        format!("_INBOX_{name}.>"),
        format!("wake.{name}"),
        "config.changed.user.jwks".to_owned(),
        format!("config.changed.{name}.>"),
        report_subject(name),
        judge_subject(name),
        "revoked.>".to_owned(),
    ];
    subjects.extend(service.subscriptions.iter().map(|read| redrive_subject(&read.durable)));
    for verb in ["PING", "INFO", "STATS"] {
        subjects.extend([format!("$SRV.{verb}"), format!("$SRV.{verb}.{name}"), format!("$SRV.{verb}.{name}.>")]);
    }
    subjects
}

/// What the auditor may ask: how streams and durables are, and for messages of the streams whose outboxes it compares them with.
/// Nothing is created for it: who may make a consumer may have messages delivered to any subject.
fn audits() -> Vec<String> {
    let mut subjects =
        ["STREAM.LIST", "STREAM.INFO.*", "CONSUMER.LIST.*"].map(|call| format!("$JS.API.{call}")).to_vec();
    for stream in Stream::ALL.map(Stream::name).into_iter().chain([DEAD_LETTERS]) {
        subjects.extend(["STREAM.MSG.GET", "DIRECT.GET"].map(|call| format!("$JS.API.{call}.{stream}")));
    }
    subjects
}

fn list(subjects: &[String]) -> String {
    subjects.iter().map(|subject| format!("        \"{subject}\"\n")).collect()
}

/// The users of the account SHOP, as the server's configuration includes them.
pub(crate) fn conf(services: &[Description]) -> String {
    let mut text = "# Generated from what the services declare (`just generate`); included by livemart.conf.\n\
                    users: [\n  \
                    # Creates streams and durables, and looks at everything: the operator's tools, never a service.\n  \
                    { user: operator, password: $LIVEMART_NATS_OPERATOR_PASSWORD }\n"
        .to_owned();
    text.push_str(&format!(
        "  # Reads what an audit compares with the database, and can neither publish nor create anything.\n  \
         {{\n    user: auditor\n    password: $LIVEMART_NATS_AUDITOR_PASSWORD\n    permissions: {{\n      \
         publish: {{ allow: [\n{}      ] }}\n      subscribe: {{ allow: [\n{}      ] }}\n    }}\n  }}\n",
        list(&audits()),
        list(&["_INBOX_auditor.>".to_owned()])
    ));
    for service in services {
        text.push_str(&format!(
            "  {{\n    user: {name}\n    password: $LIVEMART_NATS_{variable}_PASSWORD\n    permissions: {{\n      \
             publish: {{ allow: [\n{publishes}      ] }}\n      \
             subscribe: {{ allow: [\n{subscribes}      ] }}\n      \
             # To answer whoever asks which services run, and who sends a dead letter again.\n      \
             allow_responses: {{ max: 1, expires: \"30s\" }}\n    }}\n  }}\n",
            name = service.name,
            variable = service.name.to_uppercase(),
            publishes = list(&publishes(service)),
            subscribes = list(&subscribes(service)),
        ));
    }
    text.push_str("]\n");
    text
}
