//! Start-up only; the work is in the library.

use std::process::ExitCode;

use table_sync::{FUNCTION, SyncSite};

fn main() -> ExitCode {
    function_runtime::launch_site(FUNCTION, async |env| SyncSite::from_env(&env).await)
}
