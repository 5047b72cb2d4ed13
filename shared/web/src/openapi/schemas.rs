//! JSON Schemas of what is sent and of what is answered.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Where a document has the schemas that are named.
const NAMED: &str = "/components/schemas";

/// The schemas of one document. Answers have names, which generated clients make types of; what is asked is spelled out where
/// it is asked, for the same type may be looser when it is read than when it is written.
pub struct Schemas {
    asked: SchemaGenerator,
    answered: SchemaGenerator,
}

impl Default for Schemas {
    fn default() -> Self {
        let mut asked = SchemaSettings::draft2020_12();
        asked.inline_subschemas = true;
        let mut answered = SchemaSettings::draft2020_12().for_serialize();
        answered.definitions_path = NAMED.into();
        Self { asked: asked.into_generator(), answered: answered.into_generator() }
    }
}

impl Schemas {
    /// Of a body or a parameter.
    pub fn asked<T: JsonSchema>(&mut self) -> Schema {
        let mut schema = self.asked.subschema_for::<T>();
        // The name of a Rust type.
        schema.remove("title");
        schema
    }

    /// Of an answer.
    pub fn answered<T: JsonSchema>(&mut self) -> Schema {
        self.answered.subschema_for::<T>()
    }

    /// Those that are named, by their names.
    pub(super) fn named(mut self) -> Map<String, Value> {
        self.answered.take_definitions(true)
    }
}
