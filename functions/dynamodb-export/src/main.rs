//! Start-up only; the work is in the library.

use std::process::ExitCode;

use dynamodb_export::{DynamodbExport, FUNCTION};

fn main() -> ExitCode {
    function_runtime::launch(FUNCTION, async |env| DynamodbExport::from_env(&env).await)
}
