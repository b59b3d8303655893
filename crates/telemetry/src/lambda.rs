//! Lines for `CloudWatch` Logs: the keys that Lambda's JSON log format has, `requestId` among them.
//!
//! **Source**: Lambda documentation, "Configuring JSON and plain text log formats".

use crate::layer::{Line, json_line};

pub(crate) fn format(line: Line) -> String {
    let head = [
        ("timestamp", line.time.to_string().into()),
        ("level", line.metadata.level().as_str().into()),
        ("message", line.message.into()),
    ];
    json_line(&head, &line.fields)
}
