//! The built command in a folder, with settings and nothing else in its environment.

use std::path::Path;
#[cfg(feature = "aws")]
use std::process::{Child, Stdio};
use std::process::{Command, Output};

/// Runs it to its end.
pub(crate) fn tasuki(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    command(folder, arguments, settings).output().unwrap()
}

/// Starts it, and lets nobody hear what it says.
#[cfg(feature = "aws")]
pub(crate) fn started(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Child {
    let mut command = command(folder, arguments, settings);
    let silent = command.stdout(Stdio::null()).stderr(Stdio::null());
    silent.spawn().unwrap()
}

fn command(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tasuki"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(settings.iter().copied());
    command
}

/// What it said on standard output.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}
