//! The way to NATS fails for all services at once.

use std::time::Duration;

use anyhow::Result;

use super::{A_MOMENT, meanwhile};
use crate::drill::proxy::Way;
use crate::drill::scene::Scene;

/// Longer than it takes services to notice that nobody answers.
const CUT: Duration = Duration::from_secs(5);
const SWALLOWED: Duration = Duration::from_secs(15);

pub(crate) async fn fails(scene: &Scene) -> Result<Vec<String>> {
    let proxy = scene.proxy()?;
    meanwhile(A_MOMENT).await;
    proxy.becomes(Way::Cut);
    meanwhile(CUT).await;
    proxy.becomes(Way::Open);
    scene.is_back().await?;
    proxy.becomes(Way::BlackHole);
    meanwhile(SWALLOWED).await;
    // What is in a black hole stays there: only new connections lead anywhere.
    proxy.becomes(Way::Cut);
    proxy.becomes(Way::Open);
    scene.is_back().await?;
    Ok(vec![format!("cut for {} s, a black hole for {} s", CUT.as_secs(), SWALLOWED.as_secs())])
}
