//! A restore, followed to its end.

use function_core::{Exit, Outcome, RunState};
use function_runtime::{Function, Stage, Step, Style, go_on, run_once};
use tokio::sync::watch;

use super::request::Request;
use super::{Fault, refusal, show};
use crate::progress::Progress;

/// A function that tells how far it is.
pub(crate) trait Restorer: Function {
    /// What a run of it may be doing.
    type Stage: Stage;

    /// The steps of the present run.
    fn steps(&self) -> watch::Receiver<Step<Self::Stage>>;
}

/// A restore by hand.
pub(crate) struct Run<'a, R> {
    pub(crate) name: &'static str,
    pub(crate) function: &'a R,
    pub(crate) style: Style,
}

impl<R: Restorer> Run<'_, R> {
    /// Does what a person asks for: only the plan, or all of it.
    pub(crate) async fn carry_out(&self, request: &Request, dry_run: bool) -> Result<Exit, Fault> {
        if dry_run {
            self.plan(request).await
        } else {
            self.restore(request).await
        }
    }

    /// Prints the plan.
    pub(crate) async fn plan(&self, request: &Request) -> Result<Exit, Fault> {
        let outcome = self.planned(request).await;
        let waits_for = refusal::of(&outcome, request);
        self.print(request, &outcome, waits_for.as_deref())?;
        Ok(exit(&outcome))
    }

    /// Shows the plan to a person, then does what it says, and prints how it ended.
    async fn restore(&self, request: &Request) -> Result<Exit, Fault> {
        if self.style == Style::Json {
            return self.follow(request).await;
        }
        let plan = self.planned(request).await;
        self.print(request, &plan, None)?;
        if !is_plan(&plan) {
            return Ok(exit(&plan));
        }
        let outcome = self.followed(request).await;
        let waits_for = refusal::of(&plan, request).filter(|_| exit(&outcome) == Exit::Refused);
        self.print(request, &outcome, waits_for.as_deref())?;
        Ok(exit(&outcome))
    }

    /// Calls the function until the run is at its end, and prints that.
    pub(crate) async fn follow(&self, request: &Request) -> Result<Exit, Fault> {
        let outcome = self.followed(request).await;
        self.print(request, &outcome, None)?;
        Ok(exit(&outcome))
    }

    async fn planned(&self, request: &Request) -> Outcome {
        let event = request.clone().with("dryRun", true).event();
        run_once(self.name, self.function, event).await
    }

    async fn followed(&self, request: &Request) -> Outcome {
        let progress = Progress::default();
        let event = request.event();
        let tell = |words: &str| progress.say(words);
        let work = go_on(self.name, self.function, &event, tell);
        progress.while_running(self.function.steps(), work).await
    }

    fn print(
        &self,
        request: &Request,
        outcome: &Outcome,
        advice: Option<&str>,
    ) -> Result<(), Fault> {
        match self.style {
            Style::Json => show::json(self.name, &request.event(), outcome)?,
            Style::Text => show::text(self.name, outcome, advice)?,
        }
        Ok(())
    }
}

/// Whether there is something left to be done, and not an end already.
fn is_plan(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Done(reports) => reports.iter().any(|report| report.plan.is_some()),
        Outcome::Retry(_) | Outcome::Drop(_) => false,
    }
}

/// What somebody else still writes has not ended well.
fn exit(outcome: &Outcome) -> Exit {
    match outcome {
        Outcome::Done(reports)
            if reports
                .iter()
                .any(|report| report.state == RunState::Running) =>
        {
            Exit::TryAgain
        }
        outcome => outcome.exit(),
    }
}
