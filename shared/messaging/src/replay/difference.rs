//! What differs between the live tables and those beside, row by row, and its exchange.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::beside::Beside;
use crate::reaction::Personal;
use crate::store::sql;

/// Rows that are shown of each table; more of them are only counted.
const SHOWN: i64 = 5;
/// What is shown in place of a value that tells something about a person.
const PERSONAL: &str = "(personal)";

/// Which rows are compared.
#[derive(Debug, Clone)]
pub(super) enum Scope {
    Everything,
    /// Those of which an event told; of others nothing is known.
    WhatWasTold,
    /// Those whose value in this column, an id or a time as text, is not smaller.
    Younger {
        column: &'static str,
        than: String,
    },
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    pub table: String,
    pub live: i64,
    pub rebuilt: i64,
    pub only_live: i64,
    pub only_rebuilt: i64,
    /// In both, and not the same.
    pub differing: i64,
    /// Live rows that rest on events that were not read: neither compared nor changed.
    pub left: i64,
    /// The first few of those that differ.
    pub samples: Vec<Sample>,
}

/// A row that differs. Of one that is on both sides, the columns that differ. Personal values are not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    pub key: Value,
    pub live: Option<Value>,
    pub rebuilt: Option<Value>,
}

impl Sample {
    /// That there is a value, or none, is all that is told of what is `personal`.
    fn without(mut self, personal: Personal) -> Self {
        for row in [Some(&mut self.key), self.live.as_mut(), self.rebuilt.as_mut()].into_iter().flatten() {
            for (column, value) in row.as_object_mut().into_iter().flatten() {
                if personal.covers(column) && !value.is_null() {
                    *value = Value::from(PERSONAL);
                }
            }
        }
        self
    }
}

impl Difference {
    pub fn is_none(&self) -> bool {
        (self.only_live, self.only_rebuilt, self.differing) == (0, 0, 0)
    }
}

/// What is on one side alone, in the session of `table`.
fn only_live(table: &Beside) -> String {
    format!("replay_only_live_{}", table.name())
}

fn only_rebuilt(table: &Beside) -> String {
    format!("replay_only_rebuilt_{}", table.name())
}

/// Notes the rows of `scope` that differ, for [`exchange`] in the same transaction, and counts them.
pub(super) async fn find(tx: &DatabaseTransaction, table: &Beside, scope: Scope) -> Result<Difference, DbErr> {
    let (live, rebuilt, columns) = (&table.live, table.name(), table.columns.join(", "));
    let (only_live, only_rebuilt) = (only_live(table), only_rebuilt(table));
    let within = match &scope {
        Scope::Everything | Scope::WhatWasTold => String::new(),
        Scope::Younger { column, than } => format!("WHERE {column} >= '{than}'"),
    };
    for (name, from, without) in [(&only_live, live.as_str(), rebuilt), (&only_rebuilt, rebuilt, live.as_str())] {
        tx.execute_unprepared(&format!(
            "CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS
             SELECT {columns} FROM {from} {within} EXCEPT ALL SELECT {columns} FROM {without} {within}"
        ))
        .await?;
    }
    let left = match &scope {
        Scope::Everything => 0,
        Scope::WhatWasTold => {
            let same = table.same_key("beside", &only_live);
            let untold =
                format!("DELETE FROM {only_live} WHERE NOT EXISTS (SELECT FROM {rebuilt} AS beside WHERE {same})");
            i64::try_from(tx.execute_unprepared(&untold).await?.rows_affected()).unwrap_or(i64::MAX)
        }
        Scope::Younger { column, than } => {
            count(tx, &format!("SELECT count(*) FROM {live} WHERE {column} < '{than}'")).await?
        }
    };
    let same = table.same_key(&only_live, &only_rebuilt);
    let differing = count(tx, &format!("SELECT count(*) FROM {only_live} JOIN {only_rebuilt} ON {same}")).await?;
    Ok(Difference {
        table: table.name().to_owned(),
        live: count(tx, &format!("SELECT count(*) FROM {live}")).await?,
        rebuilt: count(tx, &format!("SELECT count(*) FROM {rebuilt}")).await?,
        only_live: count(tx, &format!("SELECT count(*) FROM {only_live}")).await? - differing,
        only_rebuilt: count(tx, &format!("SELECT count(*) FROM {only_rebuilt}")).await? - differing,
        differing,
        left,
        samples: samples(tx, table).await?,
    })
}

/// Puts the rows that [`find`] noted in place of those that it noted.
pub(super) async fn exchange(tx: &DatabaseTransaction, table: &Beside) -> Result<(), DbErr> {
    let (live, columns) = (&table.live, table.columns.join(", "));
    let (gone, new) = (only_live(table), only_rebuilt(table));
    let same = table.same_key("live", &gone);
    tx.execute_unprepared(&format!("DELETE FROM {live} AS live USING {gone} WHERE {same}")).await?;
    tx.execute_unprepared(&format!(
        "INSERT INTO {live} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {new}"
    ))
    .await?;
    Ok(())
}

async fn count(tx: &DatabaseTransaction, query: &str) -> Result<i64, DbErr> {
    let row = tx.query_one_raw(sql(query, [])).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("a count".to_owned()))?.try_get_by_index(0)
}

async fn samples(tx: &DatabaseTransaction, table: &Beside) -> Result<Vec<Sample>, DbErr> {
    let same = table.same_key("live", "rebuilt");
    let query = format!(
        "SELECT to_jsonb(live), to_jsonb(rebuilt) FROM {} AS live FULL JOIN {} AS rebuilt ON {same} LIMIT $1",
        only_live(table),
        only_rebuilt(table)
    );
    let rows = tx.query_all_raw(sql(&query, [SHOWN.into()])).await?;
    rows.iter().map(|row| sample(row, table)).collect()
}

fn sample(row: &QueryResult, table: &Beside) -> Result<Sample, DbErr> {
    let side = |index| {
        row.try_get_by_index::<Option<Value>>(index).map(|side| match side {
            Some(Value::Object(columns)) => Some(columns),
            _ => None,
        })
    };
    Ok(told_apart(side(0)?, side(1)?, &table.key).without(table.table.personal))
}

fn told_apart(live: Option<Map<String, Value>>, rebuilt: Option<Map<String, Value>>, key: &[String]) -> Sample {
    let any = live.as_ref().or(rebuilt.as_ref());
    let of_row = |column: &String| any.and_then(|row| row.get(column)).cloned().unwrap_or_default();
    let key = key.iter().map(|column| (column.clone(), of_row(column))).collect();
    let (live, rebuilt) = match (live, rebuilt) {
        (Some(mut live), Some(mut rebuilt)) => {
            let same: Vec<String> =
                live.keys().filter(|column| live.get(*column) == rebuilt.get(*column)).cloned().collect();
            for column in same {
                live.remove(&column);
                rebuilt.remove(&column);
            }
            (Some(live), Some(rebuilt))
        }
        sides => sides,
    };
    Sample { key: Value::Object(key), live: live.map(Value::Object), rebuilt: rebuilt.map(Value::Object) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: Value) -> Option<Map<String, Value>> {
        value.as_object().cloned()
    }

    #[test]
    fn a_row_on_both_sides_shows_what_differs_and_one_on_one_side_shows_itself() {
        let key = ["id".to_owned()];
        let live = json!({"id": 1, "price": 5, "sold": true});
        let both = told_apart(row(live.clone()), row(json!({"id": 1, "price": 7, "sold": true})), &key);
        let expected =
            Sample { key: json!({"id": 1}), live: Some(json!({"price": 5})), rebuilt: Some(json!({"price": 7})) };
        assert_eq!(both, expected);
        let alone = told_apart(row(live.clone()), None, &key);
        assert_eq!(alone, Sample { key: json!({"id": 1}), live: Some(live), rebuilt: None });
    }

    #[test]
    fn what_is_personal_is_not_shown_and_a_column_that_nobody_named_is_personal() {
        let (live, rebuilt) = (
            json!({"id": 1, "email": "ann@example.com", "erased": false}),
            json!({"id": 1, "email": null, "erased": true}),
        );
        let told = || told_apart(row(live.clone()), row(rebuilt.clone()), &["id".to_owned()]);
        let hidden = told().without(Personal::AllBut(&["id", "erased"]));
        let expected = Sample {
            key: json!({"id": 1}),
            live: Some(json!({"email": PERSONAL, "erased": false})),
            rebuilt: Some(json!({"email": null, "erased": true})),
        };
        assert_eq!(hidden, expected);
        assert_eq!(told().without(Personal::AllBut(&[])).key, json!({"id": PERSONAL}));
        assert_eq!(told().without(Personal::Nothing), told());
    }
}
