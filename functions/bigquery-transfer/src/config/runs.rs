//! When runs start, and who hears of their end.

use function_core::Settings;
use jiff::SignedDuration;

/// How long files must have been there before the transfer service surely sees them.
///
/// **Source**: BigQuery Data Transfer documentation, "Amazon S3 transfers", "Limitations": files are transferred from five minutes after they were written.
const LEAST_DELAY: SignedDuration = SignedDuration::from_mins(5);

/// **Source**: BigQuery Data Transfer documentation, "Amazon S3 transfers": transfers run once an hour at the most often.
pub(super) fn schedule(settings: &mut Settings<'_>) -> Option<String> {
    let words = settings.optional("SCHEDULE")?.to_owned();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | ',' | ':');
    if !words.chars().all(is_plain) || !words.contains(' ') {
        settings.refuse(
            "SCHEDULE",
            "words of the transfer service in UTC, such as every day 17:00, or unset for runs that start when an export is verified",
        );
    }
    Some(words)
}

pub(super) fn notification_topic(settings: &mut Settings<'_>) -> Option<String> {
    let topic = settings.optional("NOTIFICATION_TOPIC")?;
    let parts: Vec<&str> = topic.split('/').collect();
    if !matches!(parts[..], ["projects", project, "topics", name] if !project.is_empty() && !name.is_empty())
    {
        settings.refuse("NOTIFICATION_TOPIC", "projects/PROJECT/topics/TOPIC");
    }
    Some(topic.to_owned())
}

pub(super) fn service_account(settings: &mut Settings<'_>) -> Option<String> {
    let account = settings.optional("SERVICE_ACCOUNT")?;
    if !account.contains('@') {
        settings.refuse(
            "SERVICE_ACCOUNT",
            "the account's address, such as transfer@example-prod.iam.gserviceaccount.com",
        );
    }
    Some(account.to_owned())
}

pub(super) fn file_delay(settings: &mut Settings<'_>) -> SignedDuration {
    let delay = settings.duration_or("FILE_DELAY", LEAST_DELAY);
    if delay < LEAST_DELAY {
        settings.refuse(
            "FILE_DELAY",
            "at least 5m: the transfer service does not see younger files",
        );
    }
    delay
}
