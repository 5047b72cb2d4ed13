//! `CATALOGUE.md`: who publishes what, and who acts on it.

use std::collections::BTreeMap;
use std::fmt::Write;

use livemart_runtime::Description;

pub(crate) fn markdown(services: &[Description]) -> String {
    let mut readers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for service in services {
        for read in &service.subscriptions {
            for subject in &read.subjects {
                readers.entry(subject).or_default().push(format!("`{}` ({})", read.durable, read.kind));
            }
        }
    }
    let mut text = "# Who publishes, who acts\n\nGenerated from what the services declare (`just generate`).\n\n\
                    | Event | Stream | Published by | Read by |\n|---|---|---|---|\n"
        .to_owned();
    for service in services {
        for subject in &service.emits {
            let stream = service.stream.as_deref().unwrap_or_default();
            let read_by = readers.get(subject.as_str()).map(|readers| readers.join(", ")).unwrap_or_default();
            let _ = writeln!(text, "| `{subject}` | `{stream}` | {} | {read_by} |", service.name);
        }
    }
    text
}
