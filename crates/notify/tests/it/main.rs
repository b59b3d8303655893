//! Notices through a chat's webhook and a topic.

#![cfg(test)]

mod chat;
mod drill;
mod logs;
mod settings;
mod sns;
mod topic;

use function_core::{Env, RunState, Settings};
use notify::{Notice, Notifier};

fn notice() -> Notice {
    Notice {
        function: "kintone-export".to_owned(),
        source: "app 12".to_owned(),
        run: "12-20261121030000".to_owned(),
        state: RunState::Failed,
        since: Some("2026-11-19T18:00:00Z".parse().unwrap()),
        what_happened: "Kintone refused the token".to_owned(),
        what_to_do: "make a token that may read records".to_owned(),
    }
}

fn notifier(env: &Env) -> Notifier {
    let mut settings = Settings::new(env);
    let notifier = Notifier::from_settings(&mut settings);
    settings.finish().unwrap();
    notifier
}
