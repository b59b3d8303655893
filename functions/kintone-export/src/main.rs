//! Start-up only; the work is in the library.

use std::process::ExitCode;

use kintone_export::{FUNCTION, KintoneExport};

fn main() -> ExitCode {
    function_runtime::launch(FUNCTION, async |env| KintoneExport::from_env(&env).await)
}
