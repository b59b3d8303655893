//! The verdict on a day, and the words for it.

use function_core::{RunState, Stamp, first_few};

use crate::day::Day;
use crate::day_table::Standing;
use crate::hindrance::{Hindrance, mark};
use crate::tell::Trouble;

/// The most tables that a person is told by name.
const NAMED: usize = 20;

/// Ends every table that is not at its end: its time, `timeout`, is over.
pub(crate) fn give_up(day: &mut Day, hindrances: &[Hindrance], timeout: &str) {
    for (key, table) in &mut day.tables {
        let hindrance = hindrances.iter().find(|hindrance| hindrance.concerns(key));
        let because = hindrance.map(|hindrance| hindrance.words.clone());
        let because = because.or_else(|| table.waits_for());
        let because = because
            .map(|words| format!(": {words}"))
            .unwrap_or_default();
        let why = match &table.standing {
            Standing::Waiting => format!("its run was not started within {timeout}{because}"),
            Standing::Started => format!("its run has not ended within {timeout}{because}"),
            _ => continue,
        };
        table.standing = Standing::Failed { why };
    }
    if day.location.is_none() {
        let why = hindrances.first().map(Hindrance::sentence);
        let why = why.unwrap_or_else(|| "nobody brought them in order".to_owned());
        let why =
            format!("its transfer config could not be brought in order within {timeout}: {why}");
        day.fail_all(&why);
    }
}

/// What people are told at the end of a day; `None` where all is as it should be.
pub(crate) fn trouble(day: &Day) -> Option<Trouble> {
    let failures = day.failures();
    let again = format!(
        "send {{\"source\": \"{}\", \"date\": \"{}\", \"force\": true}}",
        day.message.source, day.message.logical_date
    );
    if !failures.is_empty() {
        let words: Vec<String> = failures
            .iter()
            .map(|(key, why)| format!("{key}: {why}"))
            .collect();
        return Some(Trouble {
            state: RunState::Failed,
            happened: format!(
                "{} of {} tables did not arrive: {}",
                words.len(),
                day.tables.len(),
                summary(&words)
            ),
            to_do: format!(
                "look at the runs of these tables under Data transfers in the BigQuery console and repair what they say, then {again}"
            ),
            marks: failures.iter().map(|(key, why)| mark(key, why)).collect(),
        });
    }
    if day.tables.is_empty() {
        return Some(Trouble {
            state: RunState::Failed,
            happened: "no table of the export is wanted, so nothing was loaded".to_owned(),
            to_do: format!("look at TARGET_TABLES, INCLUDE and EXCLUDE, then {again}"),
            marks: [mark("", "no table")].into(),
        });
    }
    if day.left.is_empty() || day.opened_by.is_some() {
        return None;
    }
    Some(Trouble {
        state: RunState::Verified,
        happened: left(day),
        to_do: "delete the tables in BigQuery and their transfer configs, if they are not needed any more; else see why the export lacks them"
            .to_owned(),
        marks: day.left.iter().map(|key| mark(key, "left")).collect(),
    })
}

/// What a person may want to know of a day that has ended. `newest` is the newest day of its source, if that is another.
pub(crate) fn warnings(day: &Day, newest: Option<Stamp>) -> Vec<String> {
    let mut warnings = day.warnings.clone();
    warnings.extend(surplus(day));
    warnings.extend((!day.left.is_empty()).then(|| left(day)));
    warnings.extend(newest.map(|newest| {
        format!(
            "BigQuery has the data of {} now, which is older than that of {newest}",
            day.message.logical_date
        )
    }));
    warnings
}

fn left(day: &Day) -> String {
    format!(
        "{} tables of the day before are not in this export, so BigQuery keeps their old rows: {}",
        day.left.len(),
        summary(&day.left)
    )
}

/// Warnings of tables that have more rows than were verified.
fn surplus(day: &Day) -> Option<String> {
    let more = day
        .tables
        .iter()
        .filter_map(|(key, table)| match table.standing {
            Standing::Loaded { rows } if rows > table.rows => Some(format!(
                "{key} has {rows} rows in BigQuery, but {} were verified",
                table.rows
            )),
            _ => None,
        });
    let more: Vec<String> = more.collect();
    (!more.is_empty()).then(|| summary(&more))
}

/// The first of `words`, and how many more there are.
pub(crate) fn summary(words: &[String]) -> String {
    first_few(words, NAMED, "; ")
}
