//! Who is at the terminal.

use clap::Args;
use function_core::{Clock, Env, Trigger};

/// Who decides.
#[derive(Args)]
pub(super) struct Person {
    /// Who you are, for the records; without it the name that you are logged in by
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl Person {
    /// The person's name.
    pub(super) fn name(&self, env: &Env) -> String {
        let login = || env.get("USER").or(env.get("LOGNAME"));
        let name = self.by.as_deref().or_else(login);
        name.unwrap_or("somebody at a terminal").to_owned()
    }

    /// What the person starts now.
    pub(super) fn trigger(&self, env: &Env) -> Trigger {
        let time = Clock::system().now();
        Trigger {
            id: format!("{} at {time}", self.name(env)),
            time,
        }
    }
}
