//! Where the programs are that tests start.

use std::path::PathBuf;

use function_core::Env;

use crate::ServiceError;

/// The program at the path in `variable`, which `./test.sh` sets, else the one called `program` on `PATH`.
///
/// # Errors
/// It is neither; the message carries `repair`.
pub fn find_program(
    program: &'static str,
    variable: &str,
    repair: &'static str,
) -> Result<PathBuf, ServiceError> {
    let env = Env::from_process();
    let named = env
        .get(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    named
        .or_else(|| on_path(program))
        .ok_or(ServiceError::Missing { program, repair })
}

/// The first file called `program` in the folders of `PATH`.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let env = Env::from_process();
    let mut paths = std::env::split_paths(env.get("PATH")?).map(|folder| folder.join(program));
    paths.find(|path| path.is_file())
}
