//! Background events of the first generation of Cloud Functions, turned into CloudEvents.
//!
//! **Source**: Functions Framework conformance documentation, "Mapping between Google Cloud
//! Function events and CloudEvents".

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::cloud_event::parse_time;
use crate::{CloudEvent, Data, EventError};

const SHAPE: &str = "background event";

const ANALYTICS: &str = "firebaseanalytics.googleapis.com";
const AUTH: &str = "firebaseauth.googleapis.com";
const DATABASE: &str = "firebasedatabase.googleapis.com";
const FIRESTORE: &str = "firestore.googleapis.com";
const PUBSUB: &str = "pubsub.googleapis.com";
const REMOTE_CONFIG: &str = "firebaseremoteconfig.googleapis.com";
const STORAGE: &str = "storage.googleapis.com";

/// `eventType`, the service that sends it, and its CloudEvent type.
#[rustfmt::skip]
const TYPES: [(&str, &str, &str); 18] = [
    ("google.pubsub.topic.publish", PUBSUB, crate::MESSAGE_PUBLISHED),
    ("providers/cloud.pubsub/eventTypes/topic.publish", PUBSUB, crate::MESSAGE_PUBLISHED),
    ("google.storage.object.finalize", STORAGE, "google.cloud.storage.object.v1.finalized"),
    ("google.storage.object.delete", STORAGE, "google.cloud.storage.object.v1.deleted"),
    ("google.storage.object.archive", STORAGE, "google.cloud.storage.object.v1.archived"),
    ("google.storage.object.metadataUpdate", STORAGE, "google.cloud.storage.object.v1.metadataUpdated"),
    ("providers/cloud.firestore/eventTypes/document.write", FIRESTORE, "google.cloud.firestore.document.v1.written"),
    ("providers/cloud.firestore/eventTypes/document.create", FIRESTORE, "google.cloud.firestore.document.v1.created"),
    ("providers/cloud.firestore/eventTypes/document.update", FIRESTORE, "google.cloud.firestore.document.v1.updated"),
    ("providers/cloud.firestore/eventTypes/document.delete", FIRESTORE, "google.cloud.firestore.document.v1.deleted"),
    ("providers/firebase.auth/eventTypes/user.create", AUTH, "google.firebase.auth.user.v1.created"),
    ("providers/firebase.auth/eventTypes/user.delete", AUTH, "google.firebase.auth.user.v1.deleted"),
    ("providers/firebase.remoteConfig/remoteconfig.update", REMOTE_CONFIG, "google.firebase.remoteconfig.remoteConfig.v1.updated"),
    ("providers/google.firebase.analytics/eventTypes/event.log", ANALYTICS, "google.firebase.analytics.log.v1.written"),
    ("providers/google.firebase.database/eventTypes/ref.create", DATABASE, "google.firebase.database.ref.v1.created"),
    ("providers/google.firebase.database/eventTypes/ref.write", DATABASE, "google.firebase.database.ref.v1.written"),
    ("providers/google.firebase.database/eventTypes/ref.update", DATABASE, "google.firebase.database.ref.v1.updated"),
    ("providers/google.firebase.database/eventTypes/ref.delete", DATABASE, "google.firebase.database.ref.v1.deleted"),
];

/// The event's parts that the mapping of each service works on.
struct Parts<'a> {
    body: &'a Map<String, Value>,
    id: &'a str,
    timestamp: Option<&'a str>,
    resource: &'a str,
    data: Value,
}

/// Where the event came from: what is left of the resource, and the part that is its subject.
struct Origin {
    source: String,
    subject: Option<String>,
}

/// Reads the event; `None` when the body has no `eventType`.
pub(crate) fn read(body: &Map<String, Value>) -> Result<Option<CloudEvent>, EventError> {
    let Some(old_type) = text(body, "eventType") else {
        return Ok(None);
    };
    let (_, usual_service, event_type) = TYPES
        .iter()
        .find(|(name, ..)| *name == old_type)
        .ok_or_else(|| EventError::UnknownType(old_type.chars().take(80).collect()))?;
    let service = service(body).unwrap_or(usual_service);
    let mut parts = Parts {
        body,
        id: text(body, "eventId").ok_or(missing("eventId"))?,
        timestamp: text(body, "timestamp"),
        resource: resource(body).ok_or(missing("resource"))?,
        data: body.get("data").cloned().unwrap_or_default(),
    };
    let Origin { source, subject } = origin(service, &mut parts)?;
    let time = parts.timestamp.map(|time| parse_time("timestamp", time));
    Ok(Some(CloudEvent {
        id: parts.id.to_owned(),
        source,
        event_type: (*event_type).to_owned(),
        subject,
        time: time.transpose()?,
        data_content_type: Some("application/json".to_owned()),
        data: Some(Data::Json(parts.data)),
        extensions: BTreeMap::new(),
    }))
}

fn origin(service: &str, parts: &mut Parts<'_>) -> Result<Origin, EventError> {
    match service {
        PUBSUB => wrap_message(parts)?,
        STORAGE => {
            let resource = parts.resource.split('#').next().unwrap_or_default();
            return split(service, resource, "/objects/");
        }
        FIRESTORE => return split(service, parts.resource, "/documents/"),
        DATABASE => return database_origin(parts),
        AUTH => return auth_origin(parts),
        ANALYTICS => return analytics_origin(parts),
        _ => {}
    }
    Ok(Origin {
        source: format!("//{service}/{}", parts.resource),
        subject: None,
    })
}

/// Splits the resource before `separator`, whose first slash goes away.
fn split(service: &str, resource: &str, separator: &str) -> Result<Origin, EventError> {
    let at = resource.find(separator).ok_or_else(|| {
        let rule = "it must name an object, a document, a ref or an event of its service";
        EventError::invalid("resource", resource, rule)
    })?;
    Ok(Origin {
        source: format!("//{service}/{}", &resource[..at]),
        subject: Some(resource[at + 1..].to_owned()),
    })
}

/// A background event carries the bare message; a CloudEvent carries it with id and time.
fn wrap_message(parts: &mut Parts<'_>) -> Result<(), EventError> {
    let mut message = match std::mem::take(&mut parts.data) {
        Value::Object(message) => message,
        Value::Null => Map::new(),
        other => {
            let rule = "it must be the message, an object";
            return Err(EventError::invalid("data", &other.to_string(), rule));
        }
    };
    message.insert("messageId".to_owned(), parts.id.into());
    if let Some(timestamp) = parts.timestamp {
        message.insert("publishTime".to_owned(), timestamp.into());
    }
    parts.data = json!({ "message": message });
    Ok(())
}

/// The location of a database is the first label of its domain, and of the oldest one `us-central1`.
fn database_origin(parts: &Parts<'_>) -> Result<Origin, EventError> {
    let domain = parts.body.get("domain").and_then(Value::as_str);
    let location = match domain.ok_or(missing("domain"))? {
        "firebaseio.com" => "us-central1",
        domain => domain.split('.').next().unwrap_or_default(),
    };
    let instances = format!("/locations/{location}/instances/");
    let resource = parts.resource.replacen("/instances/", &instances, 1);
    split(DATABASE, &resource, "/refs/")
}

/// The subject is the user, and two times of the metadata have new names.
fn auth_origin(parts: &mut Parts<'_>) -> Result<Origin, EventError> {
    if let Some(Value::Object(metadata)) = parts.data.get_mut("metadata") {
        for (old, new) in [
            ("createdAt", "createTime"),
            ("lastSignedInAt", "lastSignInTime"),
        ] {
            if let Some(time) = metadata.remove(old) {
                metadata.insert(new.to_owned(), time);
            }
        }
    }
    let user = parts.data["uid"].as_str().ok_or(missing("data.uid"))?;
    Ok(Origin {
        source: format!("//{AUTH}/{}", parts.resource),
        subject: Some(format!("users/{user}")),
    })
}

/// The source names the app, which only the data knows.
fn analytics_origin(parts: &Parts<'_>) -> Result<Origin, EventError> {
    let app = parts.data["userDim"]["appInfo"]["appId"].as_str();
    let app = app.ok_or(missing("data.userDim.appInfo.appId"))?;
    let mut origin = split(ANALYTICS, parts.resource, "/events/")?;
    origin.source = format!("{}/apps/{app}", origin.source);
    Ok(origin)
}

/// A string from the context, else from the root.
fn text<'a>(body: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    let context = body.get("context").and_then(|context| context.get(name));
    context.or_else(|| body.get(name))?.as_str()
}

fn resource(body: &Map<String, Value>) -> Option<&str> {
    let context = body
        .get("context")
        .and_then(|context| context.get("resource"));
    let resource = context.or_else(|| body.get("resource"))?;
    resource.get("name").unwrap_or(resource).as_str()
}

fn service(body: &Map<String, Value>) -> Option<&str> {
    body.get("context")?
        .get("resource")?
        .get("service")?
        .as_str()
}

fn missing(name: &'static str) -> EventError {
    EventError::Missing { shape: SHAPE, name }
}
