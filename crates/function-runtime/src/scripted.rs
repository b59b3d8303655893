//! A function for tests that answers as it is told.

use std::sync::Mutex;

use function_core::{Event, Exit, Failure, Outcome};

use crate::Function;

/// Answers with one outcome after the other, the last again and again.
pub(crate) struct Scripted {
    outcomes: Mutex<Vec<Outcome>>,
    asked_after: Mutex<Vec<i64>>,
}

impl Scripted {
    pub(crate) fn new(outcomes: &[Outcome]) -> Self {
        Self {
            outcomes: Mutex::new(outcomes.to_vec()),
            asked_after: Mutex::default(),
        }
    }

    /// How many seconds each event says that it was waited for.
    pub(crate) fn asked_after(self) -> Vec<i64> {
        self.asked_after.into_inner().unwrap()
    }
}

impl Function for Scripted {
    async fn handle(&self, event: Event) -> Outcome {
        let waited = event.now().duration_since(event.time).as_secs();
        self.asked_after.lock().unwrap().push(waited);
        let mut outcomes = self.outcomes.lock().unwrap();
        match outcomes.len() {
            1 => outcomes[0].clone(),
            _ => outcomes.remove(0),
        }
    }
}

/// A failure of these words.
pub(crate) fn failure(exit: Exit, error: &str) -> Failure {
    Failure {
        exit,
        error: error.to_owned(),
    }
}
