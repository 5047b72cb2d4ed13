//! What was announced has arrived, what was asked for is done, and nothing was given up.

use crate::{Unfinished, Violation, rules};

pub(crate) fn unfinished(unfinished: &Unfinished) -> Violation {
    Violation::about(unfinished.order, rules::FINISHED, unfinished.what.clone())
}
