//! Start-up only; the work is in the library.

use std::process::ExitCode;

use bigquery_transfer::{BigqueryTransfer, FUNCTION};

fn main() -> ExitCode {
    function_runtime::launch(FUNCTION, async |env| BigqueryTransfer::from_env(&env).await)
}
