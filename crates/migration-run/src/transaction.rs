//! One file, one transaction, one message.

use migration_sql::Statement;

use crate::attempt::{persist, refusal};
use crate::history::NewEntry;
use crate::job::Job;
use crate::line::Line;
use crate::message::Message;
use crate::session::forget;
use crate::{RunError, lock, state};

/// Runs `statements`, all that the file of `job` has, as often as passing faults and the options let it.
pub(crate) async fn run(
    line: &Line<'_>,
    job: &Job<'_>,
    statements: &[Statement<'_>],
) -> Result<(), RunError> {
    let names = &line.server.names;
    let entry = NewEntry::of(
        job.folder,
        job.step.version,
        job.step.direction,
        job.outcome(),
    );
    let after = [
        &forget(line, job),
        &lock::check(line),
        &state::store(&names.version, job.target, false),
        &entry.insert(&names.history, line.options),
        "COMMIT",
    ];
    let message = Message::new(&["BEGIN"], statements, 1, &after);
    let message = &message;
    persist(line, || async move {
        let sent = line.send(message.sql()).await;
        match sent {
            Ok(()) => Ok(()),
            Err(stumble) => Err(refusal(line, &job.file, message, stumble).await),
        }
    })
    .await
}
