//! Transfer configs: listed, created, changed, deleted.

use google_cloud_bigquery_datatransfer_v1::model::schedule_options_v_2::Schedule as WireSchedule;
use google_cloud_bigquery_datatransfer_v1::model::{
    ManualSchedule, ScheduleOptions, ScheduleOptionsV2, TimeBasedSchedule,
    TransferConfig as WireConfig,
};
use google_cloud_wkt::{FieldMask, Struct};
use serde_json::Value;

use super::error::{Call, Repeat};
use super::{ApiError, BigQuery};
use crate::keys::Keys;
use crate::transfer_config::{Change, ConfigName, DATA_SOURCE, Params, Schedule, TransferConfig};

/// The most configs of a page.
///
/// **Source**: BigQuery Data Transfer API, `projects.locations.transferConfigs.list`, `pageSize`.
const PAGE_CONFIGS: i32 = 1000;

/// The name of the param that is only ever sent.
const SECRET_PARAM: &str = "secret_access_key";

/// How the schedule of a change is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScheduleForm {
    /// `schedule` and `scheduleOptions`, which configs keep that were made with them.
    Old,
    /// `scheduleOptionsV2`, which excludes them.
    New,
}

impl BigQuery {
    /// All configs of our data source in `location`, whatever dataset they write to.
    ///
    /// # Errors
    /// A page can't be read.
    pub(crate) async fn configs(&self, location: &str) -> Result<Vec<TransferConfig>, ApiError> {
        let parent = self.parent(location);
        let call = Call {
            doing: "listing the transfer configs of",
            resource: &parent,
            permission: "bigquery.transfers.get",
            repeat: Repeat::Always,
        };
        let mut configs = Vec::new();
        let mut token = String::new();
        loop {
            let request = || {
                self.transfers
                    .list_transfer_configs()
                    .set_parent(&parent)
                    .set_data_source_ids([DATA_SOURCE])
                    .set_page_size(PAGE_CONFIGS)
                    .set_page_token(&token)
                    .send()
            };
            let page = self.call(call, request).await?;
            configs.extend(page.transfer_configs.into_iter().map(seen));
            token = page.next_page_token;
            if token.is_empty() {
                return Ok(configs);
            }
        }
    }

    /// The config with this name that writes to our dataset: one of another dataset may be called the same.
    ///
    /// # Errors
    /// A page can't be read.
    pub(crate) async fn config_called(
        &self,
        location: &str,
        display_name: &str,
    ) -> Result<Option<ConfigName>, ApiError> {
        let mut configs = self.configs(location).await?.into_iter();
        let found = configs
            .find(|config| config.dataset == self.dataset && config.display_name == display_name);
        Ok(found.map(|config| config.name))
    }

    /// Creates a config in `location` that writes to our dataset. Where [`ApiError::may_have_happened`], the caller must look
    /// before it creates again.
    ///
    /// # Errors
    /// The config is refused, or the answer did not arrive.
    pub(crate) async fn create_config(
        &self,
        location: &str,
        service_account: Option<&str>,
        change: &Change,
    ) -> Result<TransferConfig, ApiError> {
        let parent = self.parent(location);
        let call = Call {
            doing: "creating a transfer config in",
            resource: &parent,
            permission: "bigquery.transfers.update, bigquery.datasets.get and .update, and iam.serviceAccounts.actAs where SERVICE_ACCOUNT is set,",
            repeat: Repeat::WhenRefused,
        };
        let config = written(change, ScheduleForm::New, &self.keys)
            .set_data_source_id(DATA_SOURCE)
            .set_destination_dataset_id(&self.dataset);
        let request = || {
            self.transfers
                .create_transfer_config()
                .set_parent(&parent)
                .set_transfer_config(config.clone())
                .set_service_account_name(service_account.unwrap_or_default())
                .send()
        };
        self.call(call, request).await.map(seen)
    }

    /// Changes of a config what `change` names, and nothing else.
    ///
    /// # Errors
    /// The change is refused, or the answer did not arrive.
    pub(crate) async fn patch_config(
        &self,
        name: &ConfigName,
        form: ScheduleForm,
        change: &Change,
    ) -> Result<TransferConfig, ApiError> {
        let call = Call {
            doing: "changing",
            resource: &name.0,
            permission: "bigquery.transfers.update",
            repeat: Repeat::Always,
        };
        let config = written(change, form, &self.keys).set_name(&name.0);
        let mask = FieldMask::default().set_paths(mask(change, form));
        let request = || {
            self.transfers
                .update_transfer_config()
                .set_transfer_config(config.clone())
                .set_update_mask(mask.clone())
                .send()
        };
        let changed = self.call(call, request).await;
        changed.map(seen).map_err(ApiError::of_seen)
    }

    /// Deletes a config; one that is not there is deleted already.
    ///
    /// # Errors
    /// The deletion is refused, or the answer did not arrive.
    pub(crate) async fn delete_config(&self, name: &ConfigName) -> Result<(), ApiError> {
        let call = Call {
            doing: "deleting",
            resource: &name.0,
            permission: "bigquery.transfers.update",
            repeat: Repeat::Always,
        };
        let request = || {
            let request = self.transfers.delete_transfer_config();
            request.set_name(&name.0).send()
        };
        match self.call(call, request).await {
            Err(error) if error.fault() == super::Fault::Absent => Ok(()),
            deleted => deleted,
        }
    }

    fn parent(&self, location: &str) -> String {
        // Regions in lower case, as resource names have them; datasets tell the multi-regions as `US` and `EU`.
        let location = location.to_ascii_lowercase();
        format!("projects/{}/locations/{location}", self.project)
    }
}

/// The fields that a change names, as narrow as the API takes them.
pub(crate) fn mask(change: &Change, form: ScheduleForm) -> Vec<&'static str> {
    let mut paths = Vec::new();
    let mut add = |is_there: bool, path| {
        if is_there {
            paths.push(path);
        }
    };
    add(change.display_name.is_some(), "display_name");
    add(change.params.is_some(), "params");
    match (&change.schedule, form) {
        (None, _) => {}
        (Some(_), ScheduleForm::New) => add(true, "schedule_options_v2"),
        (Some(schedule), ScheduleForm::Old) => {
            add(matches!(schedule, Schedule::At(_)), "schedule");
            add(true, "schedule_options.disable_auto_scheduling");
        }
    }
    add(change.disabled.is_some(), "disabled");
    add(change.topic.is_some(), "notification_pubsub_topic");
    paths
}

fn written(change: &Change, form: ScheduleForm, keys: &Keys) -> WireConfig {
    let mut config = WireConfig::new()
        .set_display_name(change.display_name.as_deref().unwrap_or_default())
        .set_disabled(change.disabled.unwrap_or_default())
        .set_notification_pubsub_topic(change.topic.as_deref().unwrap_or_default());
    if let Some(params) = &change.params {
        config = config.set_params(whole(params, keys));
    }
    match (&change.schedule, form) {
        (None, _) => config,
        (Some(schedule), ScheduleForm::New) => config
            .set_schedule_options_v2(ScheduleOptionsV2::new().set_schedule(new_form(schedule))),
        (Some(schedule), ScheduleForm::Old) => {
            let words = match schedule {
                Schedule::At(words) => words.as_str(),
                Schedule::Manual | Schedule::Event => "",
            };
            let options = ScheduleOptions::new().set_disable_auto_scheduling(words.is_empty());
            config.set_schedule(words).set_schedule_options(options)
        }
    }
}

fn new_form(schedule: &Schedule) -> WireSchedule {
    match schedule {
        Schedule::At(words) => {
            WireSchedule::TimeBasedSchedule(Box::new(TimeBasedSchedule::new().set_schedule(words)))
        }
        Schedule::Manual | Schedule::Event => {
            WireSchedule::ManualSchedule(Box::new(ManualSchedule::new()))
        }
    }
}

/// The params with the secret: the API replaces them as a whole.
fn whole(params: &Params, keys: &Keys) -> Struct {
    let params = params.0.iter();
    let mut whole: Struct = params
        .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
        .collect();
    whole.insert(SECRET_PARAM.to_owned(), keys.secret.expose().into());
    whole
}

fn seen(config: WireConfig) -> TransferConfig {
    let params = config.params.clone().unwrap_or_default().into_iter();
    let params = params.filter(|(name, _)| name != SECRET_PARAM);
    let params = params.map(|(name, value)| match value {
        Value::String(text) => (name, text),
        other => (name, other.to_string()),
    });
    let new_form = config.schedule_options_v2.as_ref();
    let new_form = new_form.and_then(|options| options.schedule.as_ref());
    TransferConfig {
        params: Params(params.collect()),
        dataset: config.destination_dataset_id().cloned().unwrap_or_default(),
        schedule: match new_form {
            Some(WireSchedule::TimeBasedSchedule(times)) => Schedule::At(times.schedule.clone()),
            Some(WireSchedule::ManualSchedule(_)) => Schedule::Manual,
            Some(_) => Schedule::Event,
            None => old_form(&config),
        },
        has_old_schedule: new_form.is_none(),
        name: ConfigName(config.name),
        display_name: config.display_name,
        disabled: config.disabled,
        topic: config.notification_pubsub_topic,
    }
}

/// A config without a schedule runs at the data source's own pace, unless that is switched off.
fn old_form(config: &WireConfig) -> Schedule {
    let options = config.schedule_options.as_ref();
    if options.is_some_and(|options| options.disable_auto_scheduling) {
        Schedule::Manual
    } else if config.schedule.is_empty() {
        Schedule::At("every 24 hours".to_owned())
    } else {
        Schedule::At(config.schedule.clone())
    }
}
