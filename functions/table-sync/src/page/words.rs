//! All that the page says, a table for each language.

mod en;
mod ja;

use std::fmt::Display;

use table_diff::Language;

use crate::plans::PlanState;
use crate::progress::SyncStage;

use en::EN;
use ja::JA;

/// All that the page says in `language`.
pub(crate) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::Ja => &JA,
    }
}

/// Declares the table, so that a language that lacks a phrase does not compile.
macro_rules! words {
    ($($phrase:ident),* $(,)?) => {
        /// The phrases of one language. `{}` in a phrase stands for what is put in, in order.
        #[derive(Debug)]
        pub(crate) struct Words {
            $(pub(crate) $phrase: &'static str,)*
        }

        #[cfg(test)]
        impl Words {
            /// All phrases with their names.
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($phrase), self.$phrase)),*]
            }
        }
    };
}

words! {
    // Around every page.
    title, skip_to_main, home, other_language, signed_in_as, read_only, read_only_nobody, read_only_other, footer,
    // States of a plan.
    state_open, state_approved, state_applying, state_applied, state_stale, state_failed, state_undone,
    // What is going on.
    stage_connecting, stage_structures, stage_comparing, stage_showing, stage_staging, stage_checking, stage_saving,
    stage_writing, stage_verifying, stage_committing,
    // The first page.
    home_title, home_intro, compare_title, compare_now, compare_now_hint, compare_reverse, compare_reverse_hint,
    compare_is_running, compare_see_progress, compare_failed, history, history_caption, history_empty, column_made,
    column_state, column_differences, column_who, no_differences, reverse_mark, blocked_tables, open_plan,
    // Comparing.
    comparing_title, comparing_intro, progress_of, progress_done, progress_since, progress_reloads,
    // A plan.
    plan_title, plan_made, plan_reverse_note, plan_equal, steps, step_look, step_approve, step_result,
    structures_title, structures_intro, structure_blocked, migrations_title, migrations_repair, tables_title,
    tables_caption, column_table, column_ticked, rows_each_side, see_rows, never_written, equal, tick_class,
    ticks_of, untick_rest, save_ticks, ticks_saved, go_on_to_approve, nothing_ticked, too_old, compare_again,
    result_link,
    // The rows of a table.
    filter_title, filter_class, filter_all, filter_text, filter_text_hint, filter_apply, filter_clear, rows_caption,
    column_tick, column_key, column_change, column_times, tick_row, no_time, unseen_change, before, after,
    only_here, null, empty_text, cut, no_rows, rows_range, rows_range_of, page_first, page_previous, page_next,
    back_to_plan, tick_page, unsaved,
    // Approving.
    approve_title, approve_intro, approve_caption, column_insert, column_update, column_delete, cascade_title, cascade_all,
    confirm_title, confirm_intro, confirm_label, approve_button, approve_no_apply, approve_checks, digest_of_plan,
    // Applying.
    applying_title, applying_intro, applying_elsewhere,
    // The result.
    result_title, result_applied, result_by, result_stale, result_stale_repair, result_failed, result_failed_repair,
    result_undone, result_waiting, written_caption, undo_button, interrupted, interrupted_repair, go_on_button,
    // Undoing.
    undo_title, undo_intro, undo_caption, undo_cascades, undo_confirm,
    // What goes wrong.
    problem_not_found, problem_not_found_repair, problem_login, problem_login_repair, problem_not_allowed,
    problem_not_allowed_repair, problem_form, problem_form_repair, problem_ticks_moved, problem_ticks_moved_repair,
    problem_plan_moved, problem_plan_moved_repair, problem_approved, problem_approved_repair, problem_busy,
    problem_busy_repair, problem_confirm, problem_confirm_repair, problem_nothing, problem_nothing_repair,
    problem_stale, problem_stale_repair, problem_failed, problem_failed_repair, problem_passing_repair,
    problem_refused, problem_refused_repair, problem_size, problem_size_repair, problem_method, details,
}

impl Words {
    /// `phrase` with `value` in it.
    #[expect(
        clippy::unused_self,
        reason = "templates call it on the words that they have"
    )]
    pub(crate) fn put(&self, phrase: &str, value: impl Display) -> String {
        phrase.replacen("{}", &value.to_string(), 1)
    }

    /// `phrase` with both values in it, in order.
    pub(crate) fn put2(&self, phrase: &str, first: impl Display, second: impl Display) -> String {
        self.put3(phrase, first, second, "")
    }

    /// `phrase` with all three values in it, in order.
    #[expect(
        clippy::unused_self,
        reason = "templates call it on the words that they have"
    )]
    pub(crate) fn put3(
        &self,
        phrase: &str,
        first: impl Display,
        second: impl Display,
        third: impl Display,
    ) -> String {
        let mut parts = phrase.splitn(4, "{}");
        let mut next = || parts.next().unwrap_or_default();
        format!(
            "{}{first}{}{second}{}{third}{}",
            next(),
            next(),
            next(),
            next()
        )
    }

    /// Where a plan stands.
    pub(crate) fn state(&self, state: PlanState) -> &'static str {
        match state {
            PlanState::Open => self.state_open,
            PlanState::Approved => self.state_approved,
            PlanState::Applying => self.state_applying,
            PlanState::Applied => self.state_applied,
            PlanState::Stale => self.state_stale,
            PlanState::Failed => self.state_failed,
            PlanState::Undone => self.state_undone,
        }
    }

    /// What is going on.
    pub(crate) fn stage(&self, stage: SyncStage) -> &'static str {
        match stage {
            SyncStage::Nothing | SyncStage::Connecting => self.stage_connecting,
            SyncStage::Structures => self.stage_structures,
            SyncStage::Comparing => self.stage_comparing,
            SyncStage::Showing => self.stage_showing,
            SyncStage::Staging => self.stage_staging,
            SyncStage::Checking => self.stage_checking,
            SyncStage::Saving => self.stage_saving,
            SyncStage::Writing => self.stage_writing,
            SyncStage::Verifying => self.stage_verifying,
            SyncStage::Committing => self.stage_committing,
        }
    }
}

/// A whole number with its thousands apart.
pub(crate) fn number(whole: impl Display) -> String {
    let digits = whole.to_string();
    let mut apart = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(digit);
    }
    apart
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_everything_with_as_many_values_in_it() {
        for ((name, english), (_, japanese)) in EN.all().into_iter().zip(JA.all()) {
            assert!(!english.is_empty() && !japanese.is_empty(), "{name}");
            let values = |phrase: &str| phrase.matches("{}").count();
            assert_eq!(values(english), values(japanese), "{name}");
        }
    }

    #[test]
    fn values_are_put_in_once_and_in_order() {
        assert_eq!(EN.put("{} of {}", "{}"), "{} of {}");
        assert_eq!(EN.put2("{} of {}.", "{}", 2), "{} of 2.");
    }

    #[test]
    fn thousands_stand_apart() {
        let numbers = [0_u64, 999, 1000, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "999", "1,000", "1,234,567"]);
    }
}
