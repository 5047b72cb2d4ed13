//! What was announced has arrived, what was asked for is done, and nothing was given up.

use super::{Books, Violation};

pub(super) fn settled(books: &Books) -> Vec<Violation> {
    let violation = |unfinished: &super::Unfinished| Violation {
        order: unfinished.order,
        rule: "everything that was begun is finished",
        seen: unfinished.what.clone(),
    };
    books.unfinished.iter().map(violation).collect()
}
