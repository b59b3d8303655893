//! A file that stops at one of its units: what is written down, and what a person is told to do.

use function_core::{Exit, chain};

use super::File;
use crate::dirty::LOOK;
use crate::unit::{Kind, Unit};
use crate::{Place, RunError, ServerError};

/// What the server refused, and where.
struct Refused {
    place: Box<Place>,
    repair: Option<String>,
    source: ServerError,
}

impl File<'_> {
    /// The file stops at unit `index`: writes down why, and takes the dirty mark back where nothing of the file is left.
    pub(super) async fn ended(&self, index: usize, is_noted: bool, error: RunError) -> RunError {
        let unit = &self.units[index];
        match error {
            RunError::Failed {
                place,
                repair,
                source,
            } => {
                let refused = Refused {
                    place,
                    repair,
                    source,
                };
                if unit.kind == Kind::Opaque {
                    self.broken(unit, refused).await
                } else if index == 0 {
                    self.not_begun(unit, is_noted, refused).await
                } else {
                    self.half_way(unit, refused).await
                }
            }
            RunError::Stopped { at } => self.stopped(unit, at).await,
            RunError::LockGone { file, source } if is_noted => RunError::Unsure {
                at: format!(
                    "{file} gave the lock away that keeps two jobs apart, at line {} or above",
                    unit.line
                ),
                repair: format!("leave that out (pg_advisory_unlock_all() does it); {LOOK}"),
                source: Some(source),
            },
            error => error,
        }
    }

    /// Nobody sees from outside how much of `unit` is done.
    async fn broken(&self, unit: &Unit<'_>, refused: Refused) -> RunError {
        let repair = format!("a part of that statement may be done; {LOOK}");
        let place = refused.place.clone();
        let error = incomplete(refused.place, repair, false, refused.source);
        let words = chain(&error);
        self.keep(&self.progress.stop(&place, unit, &words)).await;
        error
    }

    /// `unit` is the first, and left nothing.
    async fn not_begun(&self, unit: &Unit<'_>, is_noted: bool, refused: Refused) -> RunError {
        let place = refused.place.clone();
        let error = RunError::Failed {
            place: refused.place,
            repair: refused.repair,
            source: refused.source,
        };
        let passes = error.exit() == Exit::TryAgain;
        let words = chain(&error);
        let sql = match (is_noted, passes) {
            (true, _) => {
                let kept = (!passes).then_some(&words[..]);
                self.progress.undo(&place, unit, kept)
            }
            (false, true) => return error,
            (false, false) => self.progress.fail(&place, &words),
        };
        self.keep(&sql).await;
        error
    }

    /// What is above `unit` in the file is done.
    async fn half_way(&self, unit: &Unit<'_>, refused: Refused) -> RunError {
        let place = refused.place.clone();
        let repair = format!(
            "what is above it in the file is done; {}repair the cause and run again, which goes on with this statement",
            refused
                .repair
                .map_or_else(String::new, |repair| format!("{repair}; "))
        );
        let error = incomplete(refused.place, repair, true, refused.source);
        // What passes is simply tried again, by the next attempt of the platform too.
        let sql = if error.exit() == Exit::TryAgain {
            self.progress.stand(unit)
        } else {
            self.progress.stop(&place, unit, &chain(&error))
        };
        self.keep(&sql).await;
        error
    }

    /// The server cancelled `unit`, or has not begun it.
    async fn stopped(&self, unit: &Unit<'_>, at: String) -> RunError {
        if unit.kind == Kind::Opaque {
            return RunError::Unsure {
                at: format!("stopped from outside {at}"),
                repair: LOOK.to_owned(),
                source: None,
            };
        }
        if !unit.is_told_by_catalog() {
            self.keep(&self.progress.stand(unit)).await;
        }
        RunError::Stopped { at }
    }

    pub(super) async fn keep(&self, sql: &str) {
        if let Err(error) = self.note(sql).await {
            tracing::warn!(error = %chain(&error), "the failure can't be kept in the history");
        }
    }
}

fn incomplete(place: Box<Place>, repair: String, goes_on: bool, source: ServerError) -> RunError {
    RunError::Incomplete {
        place,
        repair,
        goes_on,
        source,
    }
}
