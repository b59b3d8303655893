//! A manifest as the message to whoever goes on with the export.

use cloud_topic::Message;
use function_core::VerifiedMessage;

use crate::ExportManifest;

/// The message that the export of `manifest` is verified, with what a subscription may filter on as attributes.
pub(crate) fn message_of(manifest: &ExportManifest) -> Result<Message, serde_json::Error> {
    let details = &manifest.details;
    let export = &details.export;
    let message = VerifiedMessage {
        function: manifest.function.clone(),
        source: details.source.clone(),
        run: manifest.run.clone(),
        logical_date: details.logical_date,
        bucket: export.bucket.clone(),
        prefix: export.prefix.clone(),
        engine: export.engine.clone(),
        tables: export.tables.clone(),
        newest_file: export.newest_file,
    };
    Ok(Message::new(serde_json::to_vec(&message)?)
        .attribute("function", &message.function)
        .attribute("source", &message.source)
        .attribute("run", &message.run))
}
