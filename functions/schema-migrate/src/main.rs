//! Start-up only; the work is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    schema_migrate::launch()
}
