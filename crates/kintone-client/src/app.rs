//! What an app is.

use serde::Deserialize;
use serde_json::Value;

/// An app of the domain.
///
/// Source: Get App, `GET /k/v1/app.json`.
#[derive(Clone, Debug)]
pub struct App {
    /// The app's number.
    pub id: u64,
    /// The app's code, which begins its record numbers (`CODE-12`). `None` where it has none.
    pub code: Option<String>,
    /// The app's name.
    pub name: String,
    /// The space that it is in, which may be a guest space.
    pub space_id: Option<u64>,
    /// The thread of that space.
    pub thread_id: Option<u64>,
    /// The whole answer.
    pub raw: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    app_id: String,
    #[serde(default)]
    code: String,
    name: String,
    space_id: Option<String>,
    thread_id: Option<String>,
}

impl App {
    pub(crate) fn parse(body: &str) -> Result<Self, serde_json::Error> {
        let answer: Answer = serde_json::from_str(body)?;
        let number = |text: &String| text.parse().map_err(serde::de::Error::custom);
        Ok(Self {
            id: number(&answer.app_id)?,
            code: Some(answer.code).filter(|code| !code.is_empty()),
            name: answer.name,
            space_id: answer.space_id.as_ref().map(number).transpose()?,
            thread_id: answer.thread_id.as_ref().map(number).transpose()?,
            raw: serde_json::from_str(body)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_without_code_or_space_has_none() {
        let body = r#"{"appId":"12","code":"","name":"Customers","spaceId":null,"x":1}"#;
        let app = App::parse(body).unwrap();
        assert_eq!((app.id, app.code, app.space_id), (12, None, None));
        assert_eq!(app.raw["x"], 1);
    }

    #[test]
    fn an_app_of_a_space_knows_it() {
        let body = r#"{"appId":"12","code":"CRM","name":"Customers","spaceId":"3","threadId":"4"}"#;
        let app = App::parse(body).unwrap();
        assert_eq!(app.code.as_deref(), Some("CRM"));
        assert_eq!((app.space_id, app.thread_id), (Some(3), Some(4)));
    }
}
