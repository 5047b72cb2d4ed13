//! Text that cannot be stored: Postgres has no place for the character U+0000 in any text.

use serde_json::Value;

use crate::body::Violations;

/// How JSON spells it; as a bare byte it is no JSON at all.
const ESCAPED: &[u8] = b"\\u0000";

/// Where in `json` such text stands, as a JSON Pointer.
pub(crate) fn find_unstorable(json: &[u8]) -> Option<String> {
    // Almost no body has it, and none is parsed twice without it.
    if !json.windows(ESCAPED.len()).any(|window| window == ESCAPED) {
        return None;
    }
    find(&serde_json::from_slice(json).ok()?)
}

pub(crate) fn is_storable(text: &str) -> bool {
    !text.contains('\0')
}

pub(crate) fn unstorable(pointer: String) -> Violations {
    let mut wrong = Violations::default();
    wrong.require(false, pointer, "invalid", "text cannot contain the character U+0000");
    wrong
}

fn find(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!is_storable(text)).then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(place, item)| Some(format!("/{place}{}", find(item)?)))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, field)| {
            let inside = if is_storable(name) { find(field)? } else { String::new() };
            Some(format!("/{}{inside}", name.replace('~', "~0").replace('/', "~1")))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
