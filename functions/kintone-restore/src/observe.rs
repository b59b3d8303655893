//! The app that is written to, as it is now.

use kintone_client::{Bounds, Cause, Client, ClientError, FormFields, NumberPrecision, Rights};

use crate::error::RestoreError;

/// The app that is written to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) app: u64,
    /// Its name; `None` where the token may not ask.
    pub(crate) name: Option<String>,
    pub(crate) fields: FormFields,
    pub(crate) bounds: Bounds,
    pub(crate) rights: Rights,
    /// How it keeps numbers; the default where the token may not ask.
    pub(crate) precision: NumberPrecision,
    pub(crate) is_precision_known: bool,
}

/// Looks at `app`, with all questions at once; none of them writes.
pub(crate) async fn observe(client: &Client, app: u64) -> Result<Target, RestoreError> {
    let (fields, bounds, rights, named, settings) = tokio::join!(
        client.form_fields(app),
        client.bounds(app, None),
        client.rights(app),
        client.app(app),
        client.app_settings(app),
    );
    // The form first: a wrong app or token is told by the plainest question.
    let fields = fields?;
    let settings = allowed(settings)?;
    Ok(Target {
        app,
        name: allowed(named)?.map(|app| app.name),
        fields,
        bounds: bounds?,
        rights: rights?,
        is_precision_known: settings.is_some(),
        precision: settings.map_or_else(NumberPrecision::default, |settings| {
            settings.number_precision
        }),
    })
}

/// An answer; `None` where it may not be asked for.
fn allowed<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Err(error) if error.cause() == Cause::NoRight => Ok(None),
        answer => answer.map(Some),
    }
}
