//! What has to be done, printed before it is done.

use std::fmt;

use serde_json::Value;

use super::api::Api;
use super::definitions::{Config, Definition, Definitions};
use super::difference::{Difference, of_consumer, of_stream};
use crate::error::Result;

#[derive(Debug)]
pub enum Change {
    Create,
    Update(Vec<Difference>),
}

#[derive(Debug)]
struct Step {
    definition: Definition,
    change: Change,
    is: Config,
}

#[derive(Debug, Default)]
pub struct Plan {
    steps: Vec<Step>,
    /// On the server, but in no file.
    strangers: Vec<String>,
}

impl Plan {
    pub(super) async fn make(api: &Api<'_>, definitions: &Definitions) -> Result<Self> {
        let mut plan = Self::default();
        for definition in &definitions.0 {
            let is = api.find(definition).await?;
            let change = match (&is, &definition.consumer) {
                (None, _) => Change::Create,
                (Some(is), None) => Change::Update(of_stream(&definition.config, is)),
                (Some(is), Some(_)) => Change::Update(of_consumer(&definition.config, is)),
            };
            if !matches!(&change, Change::Update(differences) if differences.is_empty()) {
                plan.steps.push(Step { definition: definition.clone(), change, is: is.unwrap_or_default() });
            }
        }
        plan.strangers = strangers(api, definitions).await?;
        Ok(plan)
    }

    /// Whether the server has everything as the files say.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// What is on the server but in no file.
    pub fn strangers(&self) -> &[String] {
        &self.strangers
    }

    pub(super) async fn carry_out(&self, api: &Api<'_>) -> Result<()> {
        let impossible = self.impossible();
        if !impossible.is_empty() {
            return Err(api.error(format!(
                "cannot be changed where it is: {}. Nothing was changed. Either give it a new name in its file, \
                 or delete it on the server (the outboxes can fill a stream again) and apply once more",
                impossible.join("; ")
            )));
        }
        for Step { definition, change, is } in &self.steps {
            match change {
                Change::Create => api.create(definition).await?,
                Change::Update(_) => api.update(definition, &merged(is, &definition.config)).await?,
            }
        }
        Ok(())
    }

    pub(super) fn expect_empty(&self, api: &Api<'_>) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        Err(api.error(format!("it took the configuration but does not have it, so it is too old:\n{self}")))
    }

    fn impossible(&self) -> Vec<String> {
        let mut impossible = Vec::new();
        for Step { definition, change, .. } in &self.steps {
            if let Change::Update(differences) = change {
                let immutable = differences.iter().filter(|difference| difference.immutable);
                impossible.extend(immutable.map(|difference| format!("{} {difference}", definition.name())));
            }
        }
        impossible
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Step { definition, change, .. } in &self.steps {
            match change {
                Change::Create => writeln!(formatter, "+ {}", definition.name())?,
                Change::Update(differences) => {
                    writeln!(formatter, "~ {}", definition.name())?;
                    for difference in differences {
                        writeln!(formatter, "    {difference}")?;
                    }
                }
            }
        }
        for stranger in &self.strangers {
            writeln!(formatter, "? {stranger} is in no file; left alone")?;
        }
        Ok(())
    }
}

/// The server's configuration with the file's values in it.
fn merged(is: &Config, wanted: &Config) -> Config {
    let mut merged = is.clone();
    for (key, wanted) in wanted {
        match (merged.get_mut(key), wanted) {
            (Some(Value::Object(is)), Value::Object(wanted)) => is.extend(wanted.clone()),
            _ => {
                merged.insert(key.clone(), wanted.clone());
            }
        }
    }
    merged
}

async fn strangers(api: &Api<'_>, definitions: &Definitions) -> Result<Vec<String>> {
    let known: Vec<String> = definitions.0.iter().map(Definition::name).collect();
    let mut strangers = api.streams().await?;
    for definition in definitions.0.iter().filter(|one| one.consumer.is_none()) {
        let consumers = api.consumers(&definition.stream).await?;
        strangers.extend(consumers.into_iter().map(|consumer| format!("{}.{consumer}", definition.stream)));
    }
    strangers.retain(|name| !known.contains(name));
    Ok(strangers)
}
