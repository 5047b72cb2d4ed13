//! `schemas/<subject>.v<version>.json`: what a body must look like, for readers in any language.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::events::EventVersion;

/// The folder of the schemas, below the repository.
pub(crate) const SCHEMAS: &str = "streams/schemas";

pub(crate) fn files(events: &[EventVersion]) -> BTreeMap<PathBuf, String> {
    let file = |event: &EventVersion| {
        let path = Path::new(SCHEMAS).join(format!("{}.json", event.name()));
        (path, crate::json(event.schema.as_value().clone()))
    };
    events.iter().map(file).collect()
}
