//! Servers that other projects wrote, started for a test.

use std::path::PathBuf;

/// The program at the path in `variable`, else `name` on `PATH`.
///
/// # Panics
/// It is not there; the message says what to install.
pub(crate) fn find(variable: &str, name: &str, install: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's tools are settings of the test run"
    )]
    let (named, path) = (std::env::var_os(variable), std::env::var_os("PATH"));
    if let Some(named) = named {
        return named.into();
    }
    path.iter()
        .flat_map(std::env::split_paths)
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("{name} is not installed: {install}, or set {variable} to it"))
}
