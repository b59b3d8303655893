//! Where exports are, for as long as no message told it.

use function_core::Settings;

pub(super) fn bucket(settings: &mut Settings<'_>) -> Option<String> {
    let name = match settings.optional("EXPORT_S3_BUCKET") {
        Some(_) => "EXPORT_S3_BUCKET",
        None => "S3_EXPORT_BUCKET_NAME",
    };
    let bucket = settings.optional(name)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    if !bucket.chars().all(is_plain) {
        settings.refuse(
            name,
            "a bucket's name without s3:// and folders; EXPORT_PREFIX is the folder",
        );
    }
    Some(bucket.to_owned())
}

pub(super) fn prefix(settings: &mut Settings<'_>) -> Option<String> {
    let Some(prefix) = settings.optional("EXPORT_PREFIX") else {
        let environment = settings.optional("ENV")?;
        return Some(format!("export-id-{environment}-{{date}}"));
    };
    let prefix = prefix.trim_matches('/');
    if !prefix.contains("{date}") {
        settings.refuse(
            "EXPORT_PREFIX",
            "the folder of an export with {date} in the place of its date, such as export-id-prod-{date}",
        );
    }
    Some(prefix.to_owned())
}
