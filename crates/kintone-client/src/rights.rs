//! What the caller may do, found out without writing anything.

use reqwest::Method;

use crate::call::Call;
use crate::client::Client;
use crate::error::{Cause, ClientError};
use crate::limits;
use crate::request::with_numbers;

/// What the caller may do in an app; `None` where it can't be told without a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// View records, which reading back needs.
    pub view: Option<bool>,
    /// Add records.
    pub add: Option<bool>,
    /// Edit records.
    pub edit: Option<bool>,
    /// Delete records.
    pub delete: Option<bool>,
    /// Manage the app, which setting who made a record and when needs.
    pub manage: Option<bool>,
}

impl Client {
    /// Asks for what the caller may do in `app`: five requests at once, of which none can write.
    ///
    /// | right | what is asked | a right is shown by | no right by |
    /// |---|---|---|---|
    /// | view | one record's id | the answer | `GAIA_NO01`, `CB_NO02` |
    /// | add | to add an empty list | the answer; its refusal as empty shows nothing | the same |
    /// | edit | to change [`limits::NO_RECORD`], which there is not | `GAIA_RE01` | the same |
    /// | delete | to delete it | `GAIA_RE01` | the same |
    /// | manage | the app's permissions | the answer | the same |
    ///
    /// In which order the real service looks at rights and at values is not verified. A refusal of the
    /// value, where one of the right could have come, gives `None`.
    ///
    /// # Errors
    /// The app can't be reached at all, see [`ClientError`].
    pub async fn rights(&self, app: u64) -> Result<Rights, ClientError> {
        let what = |right: &str| format!("right to {right} in app {app}");
        let view = Call::get(what("view"), "records.json")
            .with("app", app)
            .with("query", "limit 1")
            .with("fields", with_numbers(&[]));
        let add = writing(Method::POST, what("add"), app, r#""records":[]"#);
        let nobody = limits::NO_RECORD;
        let change = format!(r#""records":[{{"id":{nobody},"record":{{}}}}]"#);
        let edit = writing(Method::PUT, what("edit"), app, &change);
        let deletion = format!(r#""ids":[{nobody}]"#);
        let delete = writing(Method::DELETE, what("delete"), app, &deletion);
        let manage = Call::get(what("manage"), "app/acl.json").with("app", app);
        let (view, add, edit, delete, manage) = tokio::try_join!(
            self.may(&view),
            self.may(&add),
            self.may(&edit),
            self.may(&delete),
            self.may(&manage),
        )?;
        Ok(Rights {
            view,
            add,
            edit,
            delete,
            manage,
        })
    }

    async fn may(&self, call: &Call) -> Result<Option<bool>, ClientError> {
        let Err(error) = self.transport.send(call, |_| Ok(())).await else {
            return Ok(Some(true));
        };
        match error.cause() {
            Cause::NoRight => Ok(Some(false)),
            Cause::RecordGone => Ok(Some(true)),
            Cause::BadValue | Cause::Other => Ok(None),
            _ => Err(error),
        }
    }
}

/// A call of `records.json` with a body; safe to repeat, because it can't write.
fn writing(method: Method, what: String, app: u64, rest: &str) -> Call {
    let mut call = Call::new(method, what, "records.json");
    call.content = Some(format!(r#"{{"app":{app},{rest}}}"#).into());
    call
}
