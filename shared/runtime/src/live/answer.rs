//! Answers about the configuration: endpoints of the services API, so that `nats service info` shows them. Who may ask is
//! who may publish to them, the operator alone.

use std::sync::Arc;

use anyhow::anyhow;
use async_nats::service::Service;
use bytes::Bytes;
use futures::StreamExt as _;
use serde::Serialize;

use super::configuration::Configuration;
use super::report::{Judged, ToJudge, judge_subject, report_subject};

/// Answers for `configuration` until `announced` stops. Each replica has a queue of its own, so all of them answer.
pub(crate) async fn endpoints(
    announced: &Service,
    configuration: Arc<Configuration>,
) -> anyhow::Result<impl Future<Output = ()> + use<>> {
    let id = announced.info().await.id;
    let endpoint = async |name: &str, subject: String| {
        let endpoint = announced.endpoint_builder().name(name).queue_group(&id).add(subject).await;
        endpoint.map_err(|error| anyhow!("the configuration cannot be asked for: {error}"))
    };
    let mut reports = endpoint("config-report", report_subject(configuration.service)).await?;
    let mut judgements = endpoint("config-judge", judge_subject(configuration.service)).await?;
    Ok(async move {
        loop {
            let (request, answer) = tokio::select! {
                Some(request) = reports.next() => (request, json(&configuration.report())),
                Some(request) = judgements.next() => {
                    let answer = judged(&configuration, &request.message.payload);
                    (request, answer)
                }
                else => return,
            };
            if let Err(error) = request.respond(Ok(answer)).await {
                tracing::debug!(%error, "a question about the configuration was not answered");
            }
        }
    })
}

fn judged(configuration: &Configuration, question: &[u8]) -> Bytes {
    let refused = match serde_json::from_slice::<ToJudge>(question) {
        Ok(ToJudge { name, value }) => configuration.judge(&name, &value).err(),
        Err(error) => Some(format!("not a question: {error}")),
    };
    json(&Judged { instance: configuration.instance.clone(), refused })
}

fn json(answer: &impl Serialize) -> Bytes {
    serde_json::to_vec(answer).unwrap_or_else(|error| unreachable!("a report is JSON: {error}")).into()
}
