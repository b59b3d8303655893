//! What is written by a [`BodyWriter`] and read back, as a [`Comparer`] sees it.

use kintone_client::{
    Auth, Cause, Client, FormFields, NumberPrecision, Options, PageRequest, Record, RecordBody,
    Rounding, Write,
};
use kintone_format::{
    BodyOptions, BodyWriter, Comparer, Difference, DifferenceCause, Expected, NumberFit,
    Substitutes,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use simulators::Kintone;
use simulators::kintone::{App, Field, FieldType, Rounding as SimulatedRounding};

use crate::golden::form;

const NOTHING_ELSE: Substitutes<'static> = Substitutes {
    file: &|_, _| Some(String::new()),
    text: &|_, _| None,
};

const ALL: Expected<'static> = Expected {
    text: &|_, _| None,
    file_bytes: &|_, file| Some(file.size),
};

fn client(kintone: &Kintone, apps: &[u64]) -> Client {
    let tokens: Vec<_> = apps.iter().map(|app| kintone.token(*app)).collect();
    let auth = Auth::tokens(&tokens.join(",")).unwrap();
    Client::new(Options::new(kintone.base_url(), auth)).unwrap()
}

async fn insert(client: &Client, app: u64, record: RecordBody) -> Result<(), Cause> {
    let records = [record];
    let insert = Write::Insert {
        app,
        records: &records,
    };
    let written = client.bulk(&[insert]).await;
    written
        .map(drop)
        .map_err(|error| error.client_error().cause())
}

/// Writes `saved` into `app`, and tells what came back differently.
async fn write_back(
    client: &Client,
    app: u64,
    form: &FormFields,
    precision: NumberPrecision,
    saved: &str,
) -> Result<Vec<Difference>, Cause> {
    let options = BodyOptions {
        history: true,
        ..BodyOptions::default()
    };
    let saved = Record::from_json(saved).unwrap();
    let body = BodyWriter::new(form, &options).body(saved.id, &saved.fields, NOTHING_ELSE);
    insert(client, app, body.unwrap()).await?;
    let last = client.bounds(app, None).await.unwrap().highest_id;
    let request = PageRequest {
        app,
        after: last - 1,
        ..PageRequest::default()
    };
    let page = client.page(&request).await.unwrap();
    let read = page.records().unwrap();
    let comparer = Comparer::new(form, precision, true);
    Ok(comparer.differences(&saved.fields, &read[0].fields, ALL))
}

#[tokio::test]
async fn every_field_type_comes_back_but_for_the_files_that_were_left_out() {
    let kintone = Kintone::start(simulators::kintone::Options::default());
    let source = kintone.add_app(App::lookup_source());
    let app = kintone.add_app(App::all_types());
    let form = form(&kintone, app).await;
    let client = client(&kintone, &[app, source]);
    let records: Vec<Value> = kintone.records(app);
    let mut found = Vec::new();
    for record in records {
        let precision = NumberPrecision::default();
        let differences = write_back(&client, app, &form, precision, &record.to_string()).await;
        found.extend(differences.unwrap());
    }
    let found: Vec<_> = found
        .iter()
        .map(|difference| (difference.path.as_str(), difference.cause))
        .collect();
    let changed = DifferenceCause::Changed;
    assert_eq!(found, [("file", changed), ("tbl[0].t_file", changed)]);
}

/// A literal that may or may not be a number.
fn any_literal() -> impl Strategy<Value = String> {
    prop_oneof![
        "[+-]?[0-9]{0,9}(\\.[0-9]{0,7})?",
        "-?[0-9]{1,3}\\.[0-9]{0,2}50{0,3}",
        "-?[0-9]{1,4}[eE]-?[0-9]",
        "[0-9a-z,. -]{0,6}",
    ]
}

fn any_rounding() -> impl Strategy<Value = (Rounding, SimulatedRounding)> {
    prop_oneof![
        Just((Rounding::HalfEven, SimulatedRounding::HalfEven)),
        Just((Rounding::Up, SimulatedRounding::Up)),
        Just((Rounding::Down, SimulatedRounding::Down)),
    ]
}

/// What an app of this precision makes of each literal is what was foretold.
async fn check_numbers(
    literals: Vec<String>,
    precision: NumberPrecision,
    simulated: SimulatedRounding,
) {
    let kintone = Kintone::start(simulators::kintone::Options::default());
    let app = kintone.add_app(
        App::new("numbers")
            .number_precision(precision.digits, precision.decimal_places)
            .rounding(simulated)
            .field(Field::new("n", FieldType::Number)),
    );
    let form = form(&kintone, app).await;
    let client = client(&kintone, &[app]);
    for literal in literals {
        let saved = json!({
            "$id": { "value": "1" }, "$revision": { "value": "1" },
            "n": { "type": "NUMBER", "value": literal },
        });
        let back = write_back(&client, app, &form, precision, &saved.to_string()).await;
        let causes = back.map(|found| found.iter().map(|found| found.cause).collect::<Vec<_>>());
        let expected = match NumberFit::of(&literal, precision) {
            NumberFit::Kept => Ok(Vec::new()),
            NumberFit::Rounded => Ok(vec![DifferenceCause::Rounded]),
            NumberFit::TooLong | NumberFit::NotNumber => Err(Cause::BadValue),
        };
        assert_eq!(causes, expected, "{literal:?} with {precision:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn it_is_foretold_what_becomes_of_a_number(
        literals in proptest::collection::vec(any_literal(), 1..16),
        decimal_places in 0_usize..5,
        whole in 1_usize..8,
        (rounding, simulated) in any_rounding(),
    ) {
        let precision = NumberPrecision { digits: whole + decimal_places, decimal_places, rounding };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check_numbers(literals, precision, simulated));
    }
}
