//! Categories: what the staff calls them, and which stands below which.

use std::collections::{BTreeMap, BTreeSet};

use livemart_contracts::events::LocalizedText;
use schemars::JsonSchema;
use serde::Serialize;

use super::details::{self, Breach};

/// Levels of the tree: more than a shopper would follow.
pub const DEEPEST: usize = 5;
/// Categories with a name: the tree is answered as a whole.
pub const MOST: usize = 1_000;

/// A category with a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Category {
    pub slug: String,
    /// At the top without.
    pub parent: Option<String>,
    pub name: LocalizedText,
}

/// A category with what stands below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CategoryBranch")]
pub struct Branch {
    pub slug: String,
    pub name: LocalizedText,
    /// For sale, in it and in all that stands below it.
    pub products: i64,
    pub children: Vec<Branch>,
}

/// Why a category cannot stand where it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misplaced {
    UnknownParent,
    /// It would stand below itself.
    Circle,
    TooDeep,
}

impl From<Misplaced> for Breach {
    fn from(misplaced: Misplaced) -> Self {
        let (code, detail) = match misplaced {
            Misplaced::UnknownParent => ("unknown", "there is no category of this name; make it first".to_owned()),
            Misplaced::Circle => ("circle", "a category cannot stand below itself".to_owned()),
            Misplaced::TooDeep => ("too-deep", format!("the tree has at most {DEEPEST} levels")),
        };
        Self { pointer: "/parent", code, detail }
    }
}

impl Category {
    /// As the staff wants it, or everything that is wrong with it.
    pub fn check(mut self) -> Result<Self, Vec<Breach>> {
        for text in [&mut self.name.ko, &mut self.name.en] {
            *text = text.trim().to_owned();
        }
        let wrong = [
            details::category("slug", &self.slug),
            self.parent.as_deref().and_then(|parent| details::category("/parent", parent)),
            details::name("/name/ko", &self.name.ko),
            details::name("/name/en", &self.name.en),
        ];
        let wrong: Vec<Breach> = wrong.into_iter().flatten().collect();
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// Whether it can stand below its parent, among those that are `known`.
    pub fn check_place(&self, known: &[Self]) -> Result<(), Misplaced> {
        let Some(parent) = &self.parent else { return Ok(()) };
        if !known.iter().any(|other| other.slug == *parent) {
            return Err(Misplaced::UnknownParent);
        }
        let below = below(known, &self.slug);
        if below.contains(parent) {
            return Err(Misplaced::Circle);
        }
        let deepest = below.iter().map(|slug| level(known, slug)).max().unwrap_or_default();
        let height = deepest.saturating_sub(level(known, &self.slug)) + 1;
        if level(known, parent) + height > DEEPEST { Err(Misplaced::TooDeep) } else { Ok(()) }
    }
}

/// From 1 at the top; of what is not known, where it would stand without a parent.
fn level(known: &[Category], slug: &str) -> usize {
    let mut level = 1;
    let mut at = slug;
    while let Some(parent) = known.iter().find(|one| one.slug == at).and_then(|one| one.parent.as_deref()) {
        (at, level) = (parent, level + 1);
    }
    level
}

/// The category and all that stand below it.
pub fn below(known: &[Category], slug: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::from([slug.to_owned()]);
    loop {
        let stands_below = |one: &&Category| one.parent.as_ref().is_some_and(|parent| found.contains(parent));
        let next: Vec<String> = known.iter().filter(stands_below).map(|one| one.slug.clone()).collect();
        let before = found.len();
        found.extend(next);
        if found.len() == before {
            return found;
        }
    }
}

/// All categories, in the order of their slugs. `products` are those for sale, by the category that they name.
pub fn tree(known: &[Category], products: &BTreeMap<String, i64>) -> Vec<Branch> {
    let unnamed = products.keys().filter(|slug| !known.iter().any(|one| one.slug == **slug));
    let unnamed = unnamed.map(|slug| Category {
        slug: slug.clone(),
        parent: None,
        name: LocalizedText { ko: slug.clone(), en: slug.clone() },
    });
    let mut all: Vec<Category> = known.iter().cloned().chain(unnamed).collect();
    all.sort_by(|one, other| one.slug.cmp(&other.slug));
    let mut children: BTreeMap<Option<&str>, Vec<&Category>> = BTreeMap::new();
    for one in &all {
        children.entry(one.parent.as_deref()).or_default().push(one);
    }
    branches(&children, products, None)
}

fn branches(
    children: &BTreeMap<Option<&str>, Vec<&Category>>,
    products: &BTreeMap<String, i64>,
    of: Option<&str>,
) -> Vec<Branch> {
    let branch = |one: &&Category| {
        let children = branches(children, products, Some(&one.slug));
        let own = products.get(&one.slug).copied().unwrap_or_default();
        let below: i64 = children.iter().map(|child| child.products).sum();
        Branch { slug: one.slug.clone(), name: one.name.clone(), products: own + below, children }
    };
    children.get(&of).into_iter().flatten().map(branch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(slug: &str, parent: Option<&str>) -> Category {
        let name = LocalizedText { ko: format!("{slug} 한"), en: format!("{slug} en") };
        Category { slug: slug.to_owned(), parent: parent.map(str::to_owned), name }
    }

    fn known() -> Vec<Category> {
        vec![category("audio", None), category("headphones", Some("audio")), category("in-ear", Some("headphones"))]
    }

    #[test]
    fn a_branch_counts_what_is_in_it_and_below_it_and_what_nobody_named_stands_at_the_top() {
        let products = [("audio", 1), ("in-ear", 2), ("toys", 4)].map(|(slug, count)| (slug.to_owned(), count)).into();
        let tree = tree(&known(), &products);
        let shown = |branch: &Branch| (branch.slug.clone(), branch.products, branch.children.len());
        assert_eq!(tree.iter().map(shown).collect::<Vec<_>>(), [("audio".into(), 3, 1), ("toys".into(), 4, 0)]);
        assert_eq!(shown(&tree[0].children[0]), ("headphones".into(), 2, 1));
        assert_eq!((&*tree[0].name.ko, &*tree[1].name.ko), ("audio 한", "toys"));
        assert_eq!(below(&known(), "headphones"), ["headphones".to_owned(), "in-ear".to_owned()].into());
    }

    #[test]
    fn a_category_stands_below_one_that_is_there_never_below_itself_and_not_too_deep() {
        let place = |slug: &str, parent: &str| category(slug, Some(parent)).check_place(&known());
        assert_eq!(place("new", "in-ear"), Ok(()));
        assert_eq!(place("new", "toys"), Err(Misplaced::UnknownParent));
        assert_eq!(place("audio", "in-ear"), Err(Misplaced::Circle));
        assert_eq!(place("audio", "audio"), Err(Misplaced::Circle));
        let mut deep = known();
        deep.extend([category("four", Some("in-ear")), category("five", Some("four")), category("shelf", None)]);
        assert_eq!(category("six", Some("five")).check_place(&deep), Err(Misplaced::TooDeep));
        // With all that stands below it.
        assert_eq!(category("audio", Some("shelf")).check_place(&deep), Err(Misplaced::TooDeep));
        assert_eq!(category("headphones", Some("shelf")).check_place(&deep), Ok(()));
    }

    #[test]
    fn everything_that_is_wrong_with_a_category_is_said_at_once() {
        let mut wrong = category("Audio Video", Some("-"));
        wrong.name.ko = " ".to_owned();
        let pointers: Vec<&str> = wrong.check().unwrap_err().iter().map(|breach| breach.pointer).collect();
        assert_eq!(pointers, ["slug", "/parent", "/name/ko"]);
    }
}
