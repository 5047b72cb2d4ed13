//! Pages of lists whose filters may be left out.

use sea_orm::{Statement, Value};

use crate::store::sql;

/// A list in the making. Each combination of filters is a statement of its own: what is not asked for does not stand in it,
/// and so a plan that serves every value of the parameters can go by the index that fits.
#[must_use = "`page` makes a statement of it"]
pub struct Listing {
    text: String,
    values: Vec<Value>,
}

impl Listing {
    /// `text` has a `WHERE` and ends with a condition; `$1, $2, …` are `values`.
    pub fn new(text: &str, values: impl IntoIterator<Item = Value>) -> Self {
        Self { text: text.to_owned(), values: values.into_iter().collect() }
    }

    /// Only rows of which `condition` is true with `value` behind it (`"order_id ="`); all of them without one.
    pub fn and<V: Into<Value>>(mut self, condition: &str, value: Option<V>) -> Self {
        if let Some(value) = value {
            self.values.push(value.into());
            self.text.push_str(&format!(" AND {condition} ${}", self.values.len()));
        }
        self
    }

    /// At most `limit` rows in this order (`"order_id DESC"`).
    pub fn page(mut self, order: &str, limit: i64) -> Statement {
        self.values.push(limit.into());
        let text = format!("{} ORDER BY {order} LIMIT ${}", self.text, self.values.len());
        sql(&text, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_asked_for_does_not_stand_in_the_statement() {
        let list = |status: Option<&str>, after: Option<i64>| {
            Listing::new("SELECT id FROM mails WHERE inbox = $1", [7.into()])
                .and("status =", status)
                .and("id <", after)
                .page("id DESC", 50)
        };
        assert_eq!(list(None, None).sql, "SELECT id FROM mails WHERE inbox = $1 ORDER BY id DESC LIMIT $2");
        let both = list(Some("sent"), Some(9));
        assert_eq!(
            both.sql,
            "SELECT id FROM mails WHERE inbox = $1 AND status = $2 AND id < $3 ORDER BY id DESC LIMIT $4"
        );
        assert_eq!(both.values.expect("values").0, [7.into(), "sent".into(), 9_i64.into(), 50_i64.into()]);
    }
}
