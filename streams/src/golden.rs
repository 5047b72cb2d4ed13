//! `golden/<subject>.v<version>.json`: a sample of each event, checked by a person, that must decode for ever.
//!
//! A sample that is there is never written again: it stands for what consumers meet in streams that are years old. For an
//! event without one a draft is made from its schema, to be corrected by hand before it is committed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::events::EventVersion;

/// The folder of the samples, below the repository.
pub const GOLDEN: &str = "streams/golden";

pub(crate) fn files(repository: &Path, events: &[EventVersion]) -> BTreeMap<PathBuf, String> {
    let file = |event: &EventVersion| {
        let path = Path::new(GOLDEN).join(format!("{}.json", event.name()));
        let present = std::fs::read_to_string(repository.join(&path));
        let content = present.unwrap_or_else(|_| crate::json(draft(event.schema.as_value())));
        (path, content)
    };
    events.iter().map(file).collect()
}

fn draft(schema: &Value) -> Value {
    sample(schema, schema, "text")
}

/// A value that `part` of the schema `root` allows, for a property called `name`.
fn sample(root: &Value, part: &Value, name: &str) -> Value {
    if let Some(target) = part["$ref"].as_str().and_then(|reference| root.pointer(reference.trim_start_matches('#'))) {
        return sample(root, target, name);
    }
    if let Some(example) = part["examples"].get(0).or(part["enum"].get(0)) {
        return example.clone();
    }
    match part["type"].as_str() {
        Some("object") => {
            let properties = part["properties"].as_object().into_iter().flatten();
            let samples = properties.map(|(name, part)| (name.clone(), sample(root, part, name)));
            Value::Object(samples.collect::<Map<_, _>>())
        }
        Some("array") => json!([sample(root, &part["items"], name)]),
        Some("integer") => json!(1),
        Some("boolean") => json!(true),
        Some("string") if part["format"] == "date-time" => json!("2026-01-01T00:00:00Z"),
        Some("string") => json!(name),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{descriptions, events, repository};

    fn stored(event: &EventVersion) -> Value {
        let path = repository().join(GOLDEN).join(format!("{}.json", event.name()));
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}: `just generate` drafts it", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn decodes(event: &EventVersion, sample: &Value) {
        let read = (event.decode)(sample.to_string().as_bytes());
        read.unwrap_or_else(|error| panic!("{} no longer decodes: {error}", event.name()));
    }

    #[test]
    fn every_golden_sample_decodes_and_is_what_its_schema_says() {
        for event in events::events() {
            let sample = stored(&event);
            decodes(&event, &sample);
            let schema = jsonschema::options().should_validate_formats(true).build(event.schema.as_value());
            let errors: Vec<String> =
                schema.expect("a schema").iter_errors(&sample).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", event.name());
        }
    }

    #[test]
    fn a_schema_refuses_what_is_not_its_event() {
        let [user, product] = ["user.erased", "product.deleted"]
            .map(|subject| events::events().into_iter().find(|event| event.subject == subject).expect(subject));
        let schema = jsonschema::validator_for(user.schema.as_value()).expect("a schema");
        assert!(!schema.is_valid(&stored(&product)));
        assert!(!schema.is_valid(&json!({ "user_id": "ord_01h455vb4pex5vsknk084sn02q" })), "another kind of id");
        assert!((user.decode)(br#"{"user_id":"ord_01h455vb4pex5vsknk084sn02q"}"#).is_err());
    }

    #[test]
    fn fields_that_a_later_version_adds_are_ignored() {
        for event in events::events() {
            let mut sample = stored(&event);
            sample["added_in_a_later_year"] = json!({ "anything": [1, "at all"] });
            if let Some(line) = sample.pointer_mut("/lines/0") {
                line["added_in_a_later_year"] = json!(true);
            }
            decodes(&event, &sample);
        }
    }

    #[test]
    fn every_event_that_a_service_declares_has_a_schema_and_a_sample() {
        let declared: BTreeSet<String> = descriptions().into_iter().flat_map(|service| service.emits).collect();
        let versioned: BTreeSet<String> = events::events().iter().map(|event| event.subject.to_owned()).collect();
        assert_eq!(declared, versioned);
        let samples = std::fs::read_dir(repository().join(GOLDEN)).expect("the samples");
        let samples: BTreeSet<String> =
            samples.map(|entry| entry.expect("a sample").file_name().to_string_lossy().into_owned()).collect();
        let named: BTreeSet<String> = events::events().iter().map(|event| format!("{}.json", event.name())).collect();
        assert!(named.is_subset(&samples), "missing: {:?}", named.difference(&samples).collect::<Vec<_>>());
        assert!(samples.is_subset(&named), "nothing reads these any more: {:?}", samples.difference(&named));
    }

    #[test]
    fn a_draft_of_any_event_decodes() {
        for event in events::events() {
            decodes(&event, &draft(event.schema.as_value()));
        }
    }
}
