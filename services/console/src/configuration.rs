//! The central configuration: what the replicas say that they run with, and changing it.
//!
//! A value is put into the bucket after every replica that answers has judged it, by the definition that it will read it
//! with. Whatever else writes to the bucket (`nats kv put config …`) is judged as well, only later: by each replica when it reads.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use async_nats::jetstream::{self, kv};
use bytes::Bytes;
use livemart_local::wait::{self, Look};
use livemart_local::{SERVICES, ServiceKind, ask_all};
use livemart_runtime::CONFIG_BUCKET;
use livemart_runtime::live::{Judged, KeyReport, Report, ToJudge, judge_subject, report_subject};

use crate::access::NatsAccess;

/// A replica hears of a change within milliseconds; one that was told nothing reads by itself within a minute, and is not
/// waited for.
const TAKING_LIMIT: Duration = Duration::from_secs(5);

/// `<service>.<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    service: &'static str,
    name: String,
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (service, name) = text.split_once('.').unwrap_or((text, ""));
        let service = ServiceKind::named(service).map_err(|error| error.to_string())?.name;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if is_name {
            Ok(Self { service, name: name.to_owned() })
        } else {
            Err(format!("write <service>.<key>; `livemart config ls {service}` lists the keys"))
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.service, self.name)
    }
}

/// What became of a change.
#[derive(Debug)]
pub(crate) struct Change {
    pub revision: u64,
    /// The replicas that run with it.
    pub instances: Vec<String>,
}

pub(crate) struct Configuration {
    client: async_nats::Client,
    bucket: kv::Store,
}

impl Configuration {
    pub(crate) async fn open(nats: &NatsAccess) -> Result<Self> {
        let client = nats.connect().await?;
        let bucket = jetstream::new(client.clone()).get_key_value(CONFIG_BUCKET).await;
        let bucket = bucket.context("there is no bucket `config`; `livemart streams apply` makes it")?;
        Ok(Self { client, bucket })
    }

    /// Of everybody who runs, or of the replicas of `service`.
    pub(crate) async fn reports(&self, service: Option<&str>) -> Result<Vec<Report>> {
        let services = SERVICES.iter().map(|kind| kind.name).filter(|name| service.is_none_or(|one| one == *name));
        let subjects: Vec<String> = services.map(report_subject).collect();
        let answers = ask_all(&self.client, &subjects, Bytes::new()).await?;
        let reports = answers.iter().map(|answer| serde_json::from_slice(&answer.payload));
        let mut reports: Vec<Report> = reports.collect::<Result<_, _>>().context("read what a replica reports")?;
        reports.sort_by(|a, b| (&a.service, &a.instance).cmp(&(&b.service, &b.instance)));
        Ok(reports)
    }

    /// Whether the bucket has a value for `key`, taken or refused.
    pub(crate) async fn is_in_bucket(&self, key: &Key) -> Result<bool> {
        Ok(self.bucket.get(key.to_string()).await.context("read the bucket")?.is_some())
    }

    /// Fails where a replica would refuse `value`, or nobody can judge it.
    pub(crate) async fn judge(&self, key: &Key, value: &str) -> Result<()> {
        let question = serde_json::to_vec(&ToJudge { name: key.name.clone(), value: value.to_owned() })?;
        let answers = ask_all(&self.client, &[judge_subject(key.service)], question.into()).await?;
        if answers.is_empty() {
            bail!("no replica of {} answers, so nobody can judge a value of {key}; start one", key.service);
        }
        for answer in &answers {
            let judged: Judged = serde_json::from_slice(&answer.payload).context("read how a value was judged")?;
            if let Some(reason) = judged.refused {
                bail!("{key} cannot be {value:?}: {reason}");
            }
        }
        Ok(())
    }

    pub(crate) async fn put(&self, key: &Key, value: &str) -> Result<Change> {
        let put = self.bucket.put(key.to_string(), value.to_owned().into()).await;
        let revision = put.with_context(|| format!("put {key} into the bucket"))?;
        self.taken(key, revision).await
    }

    pub(crate) async fn delete(&self, key: &Key) -> Result<Change> {
        let deleted = self.bucket.delete(key.to_string()).await;
        deleted.with_context(|| format!("delete {key} from the bucket"))?;
        let entry = self.bucket.entry(key.to_string()).await.context("read the bucket")?;
        self.taken(key, entry.map_or(0, |entry| entry.revision)).await
    }

    /// Waits until every replica has decided about `revision` of `key`.
    async fn taken(&self, key: &Key, revision: u64) -> Result<Change> {
        let what = format!("every replica of {} taking revision {revision}", key.service);
        let reports = wait::until(what, TAKING_LIMIT, async || {
            Ok(match self.reports(Some(key.service)).await {
                Err(error) => Look::NotYet(format!("{error:#}")),
                Ok(reports) => match reports.iter().find(|report| !has_decided(report, key, revision)) {
                    Some(late) => Look::NotYet(format!("{} has not", late.instance)),
                    None => Look::There(reports),
                },
            })
        });
        let reports = reports.await?;
        for report in &reports {
            if let Some(refused) = find(report, key).and_then(|one| one.refused.as_ref()) {
                bail!("{} refuses revision {} of {key}: {}", report.instance, refused.revision, refused.reason);
            }
        }
        Ok(Change { revision, instances: reports.into_iter().map(|report| report.instance).collect() })
    }
}

fn find<'a>(report: &'a Report, key: &Key) -> Option<&'a KeyReport> {
    let name = key.to_string();
    report.keys.iter().find(|one| one.key == name)
}

fn has_decided(report: &Report, key: &Key, revision: u64) -> bool {
    find(report, key).is_none_or(|one| {
        let refused = one.refused.as_ref().map(|refused| refused.revision);
        // Of what it does not take from the bucket, a replica remembers only what it refuses.
        (!one.live && refused.is_none()) || one.revision.max(refused).is_some_and(|decided| decided >= revision)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_that_of_a_service() {
        let key: Key = "order.deadline_seconds".parse().unwrap();
        assert_eq!(
            (key.service, key.name.as_str(), key.to_string().as_str()),
            ("order", "deadline_seconds", "order.deadline_seconds")
        );
        for wrong in ["", "order", "order.", "nobody.deadline_seconds", "order.Deadline", "order.>", "order.a.b"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
    }
}
