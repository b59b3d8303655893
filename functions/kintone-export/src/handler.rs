//! Event in, outcome out.

use std::collections::BTreeMap;

use cloud_topic::{Message, Topic};
use function_core::{Event, Outcome, Report, Retryable as _, Trigger, chain};
use function_runtime::Function;
use serde::{Deserialize, Serialize};

use crate::FUNCTION;
use crate::error::ExportError;
use crate::function::KintoneExport;
use crate::job::Order;

/// The attributes by which a message (lower case, because an unwrapped push makes them headers) for one app carries the id and time of the message for all.
const PARENT_ID: &str = "parent-id";
const PARENT_TIME: &str = "parent-time";

/// What a message asks for; `{}` or nothing means all apps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Request {
    /// Only this app, which `APPID` must list.
    #[serde(alias = "source", skip_serializing_if = "Option::is_none")]
    pub app: Option<u64>,
    /// Publish even if the app lost more records than `MAX_SHRINK_PERCENT`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub force: bool,
    /// Only say what would be done.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// Only send a notification, to prove that it arrives.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub drill: bool,
}

impl Function for KintoneExport {
    async fn handle(&self, event: Event) -> Outcome {
        // A run holds many clients and buffers; on the heap it need not be copied from caller to caller.
        match Box::pin(self.answer(&event)).await {
            Ok(reports) => Outcome::Done(reports),
            Err(error) => Outcome::from_error(&error, error.exit()),
        }
    }
}

impl KintoneExport {
    async fn answer(&self, event: &Event) -> Result<Vec<Report>, ExportError> {
        let request: Request = event.json()?;
        if request.drill {
            return Ok(vec![self.notifier.drill(FUNCTION, &event.id).await]);
        }
        let trigger = trigger(event);
        match (request.app, self.config.kintone.apps.as_slice()) {
            (Some(app), _) | (None, &[app]) => Ok(vec![self.one(app, &request, &trigger).await?]),
            (None, apps) => match &self.topic {
                Some(topic) if !request.dry_run => fan_out(topic, apps, &request, &trigger).await,
                _ => self.one_after_the_other(apps, &request, &trigger).await,
            },
        }
    }

    async fn one(
        &self,
        app: u64,
        request: &Request,
        trigger: &Trigger,
    ) -> Result<Report, ExportError> {
        let order = Order {
            app,
            force: request.force,
        };
        if request.dry_run {
            return self.plan(order, trigger).await;
        }
        let report = self.run(order, trigger).await?;
        for warning in &report.warnings {
            tracing::warn!(app, run = report.run, warning, "notice");
        }
        Ok(report)
    }

    /// One app's failure does not keep the others from being exported; the first to fail decides.
    async fn one_after_the_other(
        &self,
        apps: &[u64],
        request: &Request,
        trigger: &Trigger,
    ) -> Result<Vec<Report>, ExportError> {
        let mut reports = Vec::new();
        let mut failed: Option<ExportError> = None;
        for app in apps {
            match self.one(*app, request, trigger).await {
                Ok(report) => reports.push(report),
                Err(error) => {
                    tracing::warn!(app, error = chain(&error), "app not exported");
                    // A passing fault wins: the redelivery finds the settled runs settled.
                    if failed.as_ref().is_none_or(|first| !first.is_retryable()) {
                        failed = Some(error);
                    }
                }
            }
        }
        failed.map_or(Ok(reports), Err)
    }
}

/// Sends a message for each app, so that each is exported, retried and given up on its own.
async fn fan_out(
    topic: &Topic,
    apps: &[u64],
    request: &Request,
    trigger: &Trigger,
) -> Result<Vec<Report>, ExportError> {
    for app in apps {
        let request = Request {
            app: Some(*app),
            ..request.clone()
        };
        let data = serde_json::to_vec(&request).map_err(ExportError::Record)?;
        let message = Message::new(data)
            .attribute(PARENT_ID, &trigger.id)
            .attribute(PARENT_TIME, trigger.time.to_string());
        let sent = topic.publish(message).await;
        sent.map_err(|source| ExportError::FanOut { app: *app, source })?;
    }
    tracing::info!(apps = apps.len(), "handed on, one message an app");
    Ok(Vec::new())
}

/// The trigger of the run: the event's own, or that of the message for all apps.
fn trigger(event: &Event) -> Trigger {
    let attributes: &BTreeMap<_, _> = &event.attributes;
    let parent = attributes.get(PARENT_ID).zip(attributes.get(PARENT_TIME));
    let parent = parent.and_then(|(id, time)| {
        Some(Trigger {
            id: id.clone(),
            time: time.parse().ok()?,
        })
    });
    parent.unwrap_or_else(|| Trigger {
        id: event.id.clone(),
        time: event.time,
    })
}
