//! Start-up only; the work is in the library.

use std::process::ExitCode;

use rds_snapshot_export::{FUNCTION, RdsSnapshotExport};

fn main() -> ExitCode {
    function_runtime::launch(FUNCTION, async |env| {
        RdsSnapshotExport::from_env(&env).await
    })
}
