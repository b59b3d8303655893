//! Whether Kintone knows the people and lookup keys of the backup.

use kintone_client::{Field, FieldType};

use super::List;
use crate::missing::Known;
use crate::rules::Rule;
use crate::survey::MOST_DISTINCT;

impl List<'_> {
    /// What is known of the values of a field that has some.
    pub(super) fn known(&mut self, rule: &Rule, target: &Field) {
        let basis = self.basis;
        let code = &rule.code;
        let Some((what, place)) = names(rule, target) else {
            return;
        };
        match basis.known.get(code) {
            Some(Known::But { missing, is_whole }) => {
                let least = if *is_whole { "" } else { "at least " };
                if !missing.is_empty() {
                    self.loss(format!(
                        "{code}: {least}{} of its {what} are not {place} any more, and Kintone refuses every bulk that has one; bring them back, or send the message with the `leaveOut` of the plan",
                        missing.len()
                    ));
                } else if !is_whole {
                    self.note(format!(
                        "{code}: {MOST_DISTINCT} of its {what} were looked for; Kintone refuses a bulk with one that is not {place}"
                    ));
                }
            }
            Some(Known::Untold) | None => self.note(format!(
                "{code}: whether its {what} are {place} can't be told; Kintone refuses a bulk with one that is not"
            )),
        }
    }
}

/// What the values of a field are, and where they must be.
fn names(rule: &Rule, target: &Field) -> Option<(&'static str, String)> {
    if let Some(lookup) = &target.lookup {
        let place = format!(
            "in app {}, which a token must be able to view,",
            lookup.related_app
        );
        return Some(("lookup keys", place));
    }
    let what = match rule.kind {
        FieldType::UserSelect | FieldType::Creator | FieldType::Modifier => "users",
        FieldType::OrganizationSelect => "organisations",
        FieldType::GroupSelect => "groups",
        _ => return None,
    };
    Some((what, "known to Kintone".to_owned()))
}
