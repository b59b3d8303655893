//! Start-up only; the work is in the library.

use std::process::ExitCode;

use kintone_restore::{FUNCTION, KintoneRestore};

fn main() -> ExitCode {
    function_runtime::launch(FUNCTION, async |env| KintoneRestore::from_env(&env).await)
}
