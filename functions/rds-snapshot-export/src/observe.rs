//! What is there: snapshots, export tasks, and the account's slots.

use aws_client::AwsError;
use jiff::Timestamp;

use crate::aws::Rds;
use crate::plan::Observation;
use crate::source::Snapshot;

/// Looks at the export of `snapshot`.
pub(crate) async fn observe(
    rds: &Rds,
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<Observation, AwsError> {
    let tasks = rds.tasks_of(&snapshot.arn).await?;
    let running = rds.running().await?;
    Ok(Observation {
        now,
        snapshot: snapshot.clone(),
        tasks,
        running,
    })
}
