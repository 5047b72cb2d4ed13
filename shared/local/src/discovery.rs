//! Which replicas are alive, from the NATS services API: each answers for itself, so the list
//! cannot be out of date.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use async_nats::Message;
use bytes::Bytes;
use futures::StreamExt as _;
use serde::Deserialize;
use tokio::time::timeout;

use crate::addresses::Addresses;
use crate::error::{Error, Result};
use crate::services::OPERATOR;

/// Answers come within milliseconds of the question; after this much silence no more will.
const SILENCE: Duration = Duration::from_millis(150);
/// The first answer, on a machine that has much else to do.
const ANSWER_LIMIT: Duration = Duration::from_secs(2);
/// Between one replica's question for its address and the answer over HTTP.
const READY_LIMIT: Duration = Duration::from_secs(2);
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// A running process of a service, as it describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replica {
    pub service: String,
    pub instance: String,
    pub pid: u32,
    pub version: String,
    /// `http://127.0.0.1:41234`
    pub address: String,
    pub admin: String,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    version: String,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
}

impl From<Answer> for Replica {
    fn from(mut answer: Answer) -> Self {
        let mut take = |key: &str| answer.metadata.remove(key).unwrap_or_default();
        Self {
            instance: take("instance"),
            pid: take("pid").parse().unwrap_or_default(),
            address: take("address"),
            admin: take("admin"),
            service: answer.name,
            version: answer.version,
        }
    }
}

/// Asks as the operator.
#[derive(Clone, Debug)]
pub struct Discovery {
    client: async_nats::Client,
    http: reqwest::Client,
}

impl Discovery {
    pub async fn connect(addresses: &Addresses) -> Result<Self> {
        let client = operator(&addresses.nats_url(), OPERATOR, addresses.nats_password(OPERATOR)).await?;
        Ok(Self { client, http: reqwest::Client::new() })
    }

    /// The operator's connection, for whoever needs one more question answered.
    pub fn client(&self) -> &async_nats::Client {
        &self.client
    }

    /// Everybody who answers, by service and instance.
    pub async fn replicas(&self) -> Result<Vec<Replica>> {
        let answers = ask_all(&self.client, &["$SRV.INFO".to_owned()], Bytes::new()).await?;
        // Strangers may answer, too.
        let answers = answers.iter().filter_map(|answer| serde_json::from_slice::<Answer>(&answer.payload).ok());
        let mut replicas: Vec<Replica> = answers.map(Replica::from).collect();
        replicas.sort_by(|a, b| (&a.service, &a.instance).cmp(&(&b.service, &b.instance)));
        Ok(replicas)
    }

    /// Why it is not ready; nothing when it is.
    pub async fn unready(&self, replica: &Replica) -> Option<String> {
        let url = format!("{}/readyz?verbose", replica.admin);
        let answer = self.http.get(&url).timeout(READY_LIMIT).send().await;
        match answer {
            Ok(answer) if answer.status().is_success() => None,
            Ok(answer) => Some(answer.text().await.unwrap_or_default()),
            Err(error) => Some(error.to_string()),
        }
    }
}

/// What everybody answers to a question that is put on each of `subjects`.
pub async fn ask_all(client: &async_nats::Client, subjects: &[String], question: Bytes) -> Result<Vec<Message>> {
    let problem = |problem: String| Error::Nats { url: subjects.join(", "), problem };
    let inbox = client.new_inbox();
    let mut messages = client.subscribe(inbox.clone()).await.map_err(|error| problem(error.to_string()))?;
    for subject in subjects {
        let asked = client.publish_with_reply(subject.clone(), inbox.clone(), question.clone()).await;
        asked.map_err(|error| problem(error.to_string()))?;
    }
    let (mut answers, mut heard) = (Vec::new(), 0);
    // The server answers itself where nobody listens, so something comes from each.
    while let Ok(Some(message)) =
        timeout(if heard < subjects.len() { ANSWER_LIMIT } else { SILENCE }, messages.next()).await
    {
        heard += 1;
        answers.extend(message.status.is_none().then_some(message));
    }
    Ok(answers)
}

/// A connection that fails at once instead of trying for ever.
pub async fn operator(url: &str, user: &str, password: &str) -> Result<async_nats::Client> {
    operator_trusting(url, user, password, None).await
}

/// The same, where the server's certificate is signed by an authority of one's own.
pub async fn operator_trusting(
    url: &str,
    user: &str,
    password: &str,
    authority: Option<&Path>,
) -> Result<async_nats::Client> {
    let mut options = async_nats::ConnectOptions::with_user_and_password(user.to_owned(), password.to_owned())
        .name("livemart")
        // Nobody may hear what others are answered but the operator.
        .custom_inbox_prefix(format!("_INBOX_{user}"))
        .connection_timeout(CONNECT_LIMIT);
    if let Some(authority) = authority {
        options = options.add_root_certificates(authority.to_owned()).require_tls(true);
    }
    options
        .connect(url.split(',').collect::<Vec<_>>())
        .await
        .map_err(|error| Error::Nats { url: url.to_owned(), problem: error.to_string() })
}
