//! Making, finding, changing and removing transfer configs.

use serde_json::{Map, Value, json};

use super::config::Config;
use super::refusal::Refusal;
use super::route::Call;
use super::state::State;
use super::{mask, page, schedule, wish};

/// Who made what is here, in numbers.
const USER: &str = "7654321098765432109";

/// Creates a config. The service makes another even where one of the same name or into the same table is there.
pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    mine(state, call)?;
    let given = call.body.as_object().into_iter().flatten();
    let kept = given.filter(|(key, value)| wish::is_writable(key) && !value.is_null());
    let fields: Map<String, Value> = kept
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut config = Config::by_hand(state, "", Value::Object(fields));
    wish::check(state, &config)?;
    config.location = wish::placed(state, call.name.location(), &config)?;
    config.say("datasetRegion", config.location.clone());
    config.say("userId", USER);
    config.say("state", "PENDING");
    if schedule::is_unsaid(&config.fields) {
        config.say("schedule", schedule::DEFAULT);
    }
    config.changed(state.now());
    config.service_account = service_account(call);
    let described = config.described(&state.options);
    state.configs.push(config);
    Ok(described)
}

/// The service account that the call names; an empty name, which `bq` sends, is none.
fn service_account(call: &Call<'_>) -> Option<String> {
    let account = call.parameter("serviceAccountName");
    account
        .filter(|account| !account.is_empty())
        .map(str::to_owned)
}

/// Tells one config, with who owns it.
pub(super) fn get(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    let config = &state.configs[find(state, call)?];
    let mut described = config.described(&state.options);
    let owner = config
        .service_account
        .as_deref()
        .unwrap_or("owner@example.com");
    described["ownerInfo"] = json!({ "email": owner });
    Ok(described)
}

/// Tells the configs of one location, page by page.
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    mine(state, call)?;
    let sources: Vec<&str> = call.all("dataSourceIds").collect();
    let location = call.name.location();
    let is_wanted = |config: &&Config| {
        let source = config.word("dataSourceId");
        (location == "-" || config.location == location)
            && (sources.is_empty() || sources.contains(&source))
    };
    let configs = state.configs.iter().filter(is_wanted).collect();
    let page = page::cut(call, "pageSize", state.options.most_on_page, configs)?;
    let configs = page
        .items
        .iter()
        .map(|config| config.described(&state.options));
    Ok(page::answer(
        "transferConfigs",
        configs.collect(),
        page.token,
    ))
}

/// Changes what the mask names.
pub(super) fn patch(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let found = find(state, call)?;
    let mut config = state.configs[found].clone();
    for path in mask::read(call.parameter("updateMask").unwrap_or_default())? {
        change(&mut config, &path, call)?;
    }
    config.hide_secret();
    wish::check(state, &config)?;
    config.changed(state.now());
    let described = config.described(&state.options);
    state.configs[found] = config;
    Ok(described)
}

fn change(config: &mut Config, path: &[String], call: &Call<'_>) -> Result<(), Refusal> {
    match path {
        [key] if key == "serviceAccountName" => config.service_account = service_account(call),
        [key, ..] if key == "dataSourceId" => {
            return Err(Refusal::invalid("data_source_id cannot be changed."));
        }
        // A mask cannot reach into a map.
        [key, inner] if key == "params" => {
            return Err(Refusal::invalid(format!(
                "Invalid field in update_mask: params.{inner}"
            )));
        }
        [key, ..] if wish::is_writable(key) => {
            make_way(config, key, &call.body);
            mask::apply(path, &call.body, &mut config.fields);
        }
        _ => {
            let path = path.join(".");
            return Err(Refusal::invalid(format!(
                "Invalid field in update_mask: {path}"
            )));
        }
    }
    Ok(())
}

/// Takes away what a new value stands in place of.
fn make_way(config: &mut Config, key: &str, given: &Value) {
    let replaced: &[&str] = match key {
        // The parameters go as a whole, with the secret among them.
        "params" => {
            config.secret = None;
            &[]
        }
        // A schedule is in one form or the other, unless both are given, which is refused.
        "scheduleOptionsV2" => &["schedule", "scheduleOptions"],
        "schedule" | "scheduleOptions" => &["scheduleOptionsV2"],
        _ => &[],
    };
    for key in replaced.iter().filter(|key| given.get(**key).is_none()) {
        config.fields.shift_remove(*key);
    }
}

/// Removes a config; its runs go with it.
pub(super) fn delete(state: &mut State, call: &Call<'_>) -> Result<Value, Refusal> {
    let found = find(state, call)?;
    let config = state.configs.remove(found);
    state.runs.retain(|run| run.config != config.id);
    Ok(json!({}))
}

/// The index of the config that the call names. One in another location is not found.
pub(super) fn find(state: &State, call: &Call<'_>) -> Result<usize, Refusal> {
    mine(state, call)?;
    let location = call.name.location();
    let mut configs = state.configs.iter();
    let found =
        configs.position(|config| config.id == call.name.config && config.location == location);
    found.ok_or_else(|| Refusal::not_found("Requested entity was not found."))
}

fn mine(state: &State, call: &Call<'_>) -> Result<(), Refusal> {
    if state.is_mine(&call.name.project) {
        return Ok(());
    }
    let project = &call.name.project;
    Err(Refusal::not_found(format!(
        "Requested project {project} was not found."
    )))
}
