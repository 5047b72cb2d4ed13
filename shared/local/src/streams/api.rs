//! The JetStream JSON API, as far as it is needed.

use serde::Deserialize;
use serde_json::{Value, json};

use super::definitions::{Config, Definition};
use crate::error::{Error, Result};

const STREAM_NOT_FOUND: u64 = 10059;
const CONSUMER_NOT_FOUND: u64 = 10014;

pub(super) struct Api<'a> {
    client: &'a async_nats::Client,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

impl<'a> Api<'a> {
    pub(super) fn new(client: &'a async_nats::Client) -> Self {
        Self { client }
    }

    /// None when there is no such stream or consumer.
    pub(super) async fn find(&self, definition: &Definition) -> Result<Option<Config>> {
        let subject = match &definition.consumer {
            None => format!("STREAM.INFO.{}", definition.stream),
            Some(consumer) => format!("CONSUMER.INFO.{}.{consumer}", definition.stream),
        };
        let answer = self.ask(&subject, &Value::Null).await?;
        match refusal(&answer) {
            Some(refusal) if [STREAM_NOT_FOUND, CONSUMER_NOT_FOUND].contains(&refusal.err_code) => Ok(None),
            Some(refusal) => Err(self.problem(&definition.name(), &refusal)),
            None => Ok(answer.get("config").and_then(Value::as_object).cloned()),
        }
    }

    pub(super) async fn create(&self, definition: &Definition) -> Result<()> {
        self.write(definition, "CREATE", &definition.config).await
    }

    /// `config` is the whole of it: what is left out would go back to its default.
    pub(super) async fn update(&self, definition: &Definition, config: &Config) -> Result<()> {
        self.write(definition, "UPDATE", config).await
    }

    async fn write(&self, definition: &Definition, action: &str, config: &Config) -> Result<()> {
        let (subject, body) = match &definition.consumer {
            None => (format!("STREAM.{action}.{}", definition.stream), Value::Object(config.clone())),
            Some(consumer) => (
                format!("CONSUMER.CREATE.{}.{consumer}", definition.stream),
                json!({
                    "stream_name": definition.stream,
                    "config": config,
                    "action": action.to_lowercase(),
                }),
            ),
        };
        match refusal(&self.ask(&subject, &body).await?) {
            Some(refusal) => Err(self.problem(&definition.name(), &refusal)),
            None => Ok(()),
        }
    }

    /// Names of all streams.
    pub(super) async fn streams(&self) -> Result<Vec<String>> {
        self.names("STREAM.NAMES", "streams").await
    }

    /// Names of all consumers of a stream; none when there is no such stream.
    pub(super) async fn consumers(&self, stream: &str) -> Result<Vec<String>> {
        self.names(&format!("CONSUMER.NAMES.{stream}"), "consumers").await
    }

    async fn names(&self, subject: &str, key: &str) -> Result<Vec<String>> {
        let mut names = Vec::new();
        loop {
            let mut page = self.ask(subject, &json!({ "offset": names.len() })).await?;
            let total = page.get("total").and_then(Value::as_u64).unwrap_or_default();
            let more: Vec<String> =
                page.get_mut(key).and_then(|list| serde_json::from_value(list.take()).ok()).unwrap_or_default();
            names.extend(more.iter().cloned());
            if more.is_empty() || names.len() as u64 >= total {
                return Ok(names);
            }
        }
    }

    async fn ask(&self, subject: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self
            .client
            .request(format!("$JS.API.{subject}"), body.into())
            .await
            .map_err(|error| self.error(format!("{subject}: {error}")))?;
        serde_json::from_slice(&answer.payload).map_err(|error| self.error(format!("{subject}: {error}")))
    }

    fn problem(&self, name: &str, refusal: &Refusal) -> Error {
        self.error(format!("{name}: {} (error {})", refusal.description, refusal.err_code))
    }

    pub(super) fn error(&self, problem: String) -> Error {
        let server = self.client.server_info();
        Error::Nats { url: format!("{}:{} ({})", server.host, server.port, server.version), problem }
    }
}

fn refusal(answer: &Value) -> Option<Refusal> {
    answer.get("error").and_then(|error| serde_json::from_value(error.clone()).ok())
}
