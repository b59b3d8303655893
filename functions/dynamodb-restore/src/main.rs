//! Start-up only; the work is in the library.

use std::process::ExitCode;

use dynamodb_restore::{DynamodbRestore, FUNCTION};

fn main() -> ExitCode {
    function_runtime::launch(FUNCTION, async |env| DynamodbRestore::from_env(&env).await)
}
