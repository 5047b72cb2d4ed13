//! The resources of one lock and their names in Redis.

use std::collections::BTreeSet;

use crate::error::LockError;

/// Redis runs a script to its end before anything else: this many keys take it about a millisecond.
const MOST_RESOURCES: usize = 1_000;

/// What is locked together: sorted, so that everybody walks the same way, and each once.
#[derive(Debug)]
pub(crate) struct Keys {
    resources: Vec<String>,
    locks: Vec<String>,
    fences: Vec<String>,
}

impl Keys {
    pub(crate) fn new(
        service: &str,
        resources: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Self, LockError> {
        let resources: BTreeSet<String> = resources.into_iter().map(Into::into).collect();
        match resources.len() {
            0 => Err(LockError::NoResources),
            1..=MOST_RESOURCES => Ok(Self {
                locks: named(service, "lock", &resources),
                fences: named(service, "fence", &resources),
                resources: resources.into_iter().collect(),
            }),
            given => Err(LockError::TooManyResources { given, limit: MOST_RESOURCES }),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.resources.len()
    }

    pub(crate) fn locks(&self) -> &[String] {
        &self.locks
    }

    pub(crate) fn fences(&self) -> &[String] {
        &self.fences
    }

    /// The name that stands for all of them in messages.
    pub(crate) fn first(&self) -> String {
        self.resources[0].clone()
    }

    /// The resource that a script meant by its position, counted from 1 as Lua does.
    pub(crate) fn at_lua_position(&self, position: u64) -> String {
        usize::try_from(position)
            .ok()
            .and_then(|position| self.resources.get(position.checked_sub(1)?))
            .cloned()
            .unwrap_or_else(|| self.first())
    }
}

fn named(service: &str, kind: &str, resources: &BTreeSet<String>) -> Vec<String> {
    resources.iter().map(|resource| format!("livemart:{service}:{kind}:{resource}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_sorted_and_taken_once() {
        let keys = Keys::new("inventory", ["b", "a", "b"]).unwrap();
        assert_eq!(keys.locks(), ["livemart:inventory:lock:a", "livemart:inventory:lock:b"]);
        assert_eq!(keys.fences(), ["livemart:inventory:fence:a", "livemart:inventory:fence:b"]);
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        let none = Keys::new("inventory", Vec::<String>::new());
        assert!(matches!(none, Err(LockError::NoResources)));
        let many = Keys::new("inventory", (0..=MOST_RESOURCES).map(|n| n.to_string()));
        assert!(matches!(many, Err(LockError::TooManyResources { given: 1_001, limit: 1_000 })));
    }

    #[test]
    fn a_script_names_a_resource_by_its_position() {
        let keys = Keys::new("inventory", ["a", "b"]).unwrap();
        assert_eq!(keys.at_lua_position(2), "b");
    }
}
