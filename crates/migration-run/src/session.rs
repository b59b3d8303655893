//! What files set for their session, and how it is undone.

use migration_sql::Statement;

use crate::job::Job;
use crate::line::Line;
use crate::server::settings;
use crate::wire;

/// What makes a session what it was at the login, statement by statement: no file finds what another left in it.
pub const FRESH_SESSION: [&str; 7] = [
    "RESET SESSION AUTHORIZATION",
    "RESET ROLE",
    "RESET ALL",
    "DISCARD TEMP",
    "DEALLOCATE ALL",
    "CLOSE ALL",
    "UNLISTEN *",
];

/// How many of these are always needed; the others only where a file's words may have made what they undo.
const ALWAYS_NEEDED: usize = 4;

/// [`FRESH_SESSION`] with our settings, so that nothing of a file but what it stored reaches another file, or what we write.
pub(crate) fn forget(line: &Line<'_>, job: &Job<'_>) -> String {
    let needed = if job.statements().any(may_keep) {
        &FRESH_SESSION[..]
    } else {
        &FRESH_SESSION[..ALWAYS_NEEDED]
    };
    format!("{}; {}", needed.join("; "), settings(line.options))
}

/// Whether the words of `statement` may keep something in the session: a prepared statement, a cursor, a channel.
fn may_keep(statement: &Statement<'_>) -> bool {
    let text = statement.text.as_bytes();
    ["prepare", "declare", "listen"].iter().any(|word| {
        text.windows(word.len())
            .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// Until the transaction's end, who logged in: a file may have taken another role, which may not write our tables.
pub(crate) fn as_login(line: &Line<'_>) -> String {
    let role = wire::literal(&line.server.role);
    format!("SET LOCAL SESSION AUTHORIZATION DEFAULT; SELECT set_config('role', {role}, true)")
}
