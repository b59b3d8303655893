//! An app's own settings, as far as they decide what a value becomes.

use serde::Deserialize;

use crate::call::Call;
use crate::client::Client;
use crate::error::ClientError;

/// An app's settings.
///
/// Source: Get General Settings, `GET /k/v1/app/settings.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppSettings {
    /// The app's name.
    pub name: String,
    /// How numbers are kept.
    pub number_precision: NumberPrecision,
}

/// How an app keeps numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberPrecision {
    /// Digits in all, 1 to 30. Before the point there may be `digits - decimal_places`.
    pub digits: usize,
    /// Digits after the point, 0 to 10; more are rounded away without a word.
    pub decimal_places: usize,
    /// How they are rounded.
    pub rounding: Rounding,
}

/// How digits are rounded away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rounding {
    /// To the nearest; a half to the even digit.
    HalfEven,
    /// Away from zero.
    Up,
    /// Toward zero.
    Down,
}

impl Default for NumberPrecision {
    /// What an app has whose settings nobody changed: 16 digits, 4 of them after the point.
    fn default() -> Self {
        Self {
            digits: 16,
            decimal_places: 4,
            rounding: Rounding::HalfEven,
        }
    }
}

impl Client {
    /// The app's settings. Takes the right to manage the app.
    ///
    /// # Errors
    /// The call, see [`ClientError`].
    pub async fn app_settings(&self, app: u64) -> Result<AppSettings, ClientError> {
        let what = format!("settings of app {app}");
        let call = Call::get(what, "app/settings.json").with("app", app);
        self.transport.send(&call, |text| parse(&text)).await
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    name: String,
    number_precision: Precision,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Precision {
    digits: String,
    decimal_places: String,
    rounding_mode: Rounding,
}

fn parse(text: &str) -> Result<AppSettings, serde_json::Error> {
    let answer: Answer = serde_json::from_str(text)?;
    let number = |text: &String| text.parse().map_err(serde::de::Error::custom);
    Ok(AppSettings {
        name: answer.name,
        number_precision: NumberPrecision {
            digits: number(&answer.number_precision.digits)?,
            decimal_places: number(&answer.number_precision.decimal_places)?,
            rounding: answer.number_precision.rounding_mode,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_precision_is_told_in_texts() {
        let text = r#"{"name":"a","numberPrecision":{"digits":"30","decimalPlaces":"10","roundingMode":"HALF_EVEN"},"x":1}"#;
        let settings = parse(text).unwrap();
        assert_eq!(
            settings.number_precision,
            NumberPrecision {
                digits: 30,
                decimal_places: 10,
                rounding: Rounding::HalfEven,
            }
        );
    }
}
