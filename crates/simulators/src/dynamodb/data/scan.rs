//! `Scan`.

use serde_json::{Value, json};

use super::super::Options;
use super::super::hosted::Hosted;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::rule::Rule;
use super::super::state::State;
use super::attribute::attributes;
use super::capacity::{Told, read_units};
use super::get::Sight;
use super::key::{Place, check_key};
use super::projection::Projection;
use super::write::reached;

/// The bytes of items after which a page ends.
const PAGE: usize = 1024 * 1024;

/// The most segments of a scan.
const SEGMENTS: usize = 1_000_000;

/// What `Select` may be, though not all of it here.
const SELECT: Rule = Rule::OneOf(&[
    "SPECIFIC_ATTRIBUTES",
    "COUNT",
    "ALL_ATTRIBUTES",
    "ALL_PROJECTED_ATTRIBUTES",
]);

/// Reads a page of a table, or of a segment of it.
pub(in crate::dynamodb) fn scan(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let table = parameters.required("TableName", Rule::Filled)?;
    let most = parameters.count("Limit", usize::MAX)?.unwrap_or(usize::MAX);
    let select = parameters.text("Select", SELECT)?;
    let told = Told::parse(&mut parameters)?;
    let segment = segment(&mut parameters)?;
    let sight = Sight::parse(&parameters, state, options)?;
    let projection = Projection::parse(&mut parameters)?;
    let start = parameters.map("ExclusiveStartKey")?;
    parameters.finish()?;
    let (segment, segments) = check_segment(segment)?;
    let start = start.map(|start| attributes(&start)).transpose();
    let start = start.map_err(|refusal| start_refused(&refusal))?;
    let hosted = reached(state, options, &table)?;
    let start = start.map(|key| place(hosted, key)).transpose()?;
    if let Some(place) = &start
        && place.segment(segments) != segment
    {
        return Err(Refusal::invalid(format!(
            "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with \
             correct Segment. TotalSegments: {segments} Segment: {segment}"
        )));
    }
    let (mut items, mut bytes, mut last) = (Vec::new(), 0, None);
    let counts_only = select.as_deref() == Some("COUNT");
    let mut count = 0_usize;
    let all = hosted.items.after(start);
    let all = all.filter(|(place, kept)| place.segment(segments) == segment && sight.sees(kept));
    for (_, kept) in all {
        count += 1;
        bytes += kept.bytes;
        if !counts_only {
            items.push(projection.of(&kept.item));
        }
        if count >= most || bytes >= PAGE {
            last = Some(hosted.keys(&kept.item));
            break;
        }
    }
    let mut answer = json!({ "Count": count, "ScannedCount": count });
    if !counts_only {
        answer["Items"] = Value::Array(items);
    }
    if let Some(last) = last {
        answer["LastEvaluatedKey"] = last;
    }
    let units = read_units(bytes, sight.consistent);
    if let Some(capacity) = told.capacity(&hosted.table.name, units, units) {
        answer["ConsumedCapacity"] = capacity;
    }
    Ok(answer)
}

/// `Segment` and `TotalSegments`.
fn segment(parameters: &mut Parameters) -> Result<(Option<usize>, Option<usize>), Refusal> {
    let segment = parameters.index("Segment", SEGMENTS - 1)?;
    let segments = parameters.count("TotalSegments", SEGMENTS)?;
    Ok((segment, segments))
}

fn check_segment(given: (Option<usize>, Option<usize>)) -> Result<(usize, usize), Refusal> {
    let words = match given {
        (None, None) => return Ok((0, 1)),
        (Some(segment), Some(segments)) if segment < segments => return Ok((segment, segments)),
        (Some(segment), Some(segments)) => format!(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {segment} \
             is not less than TotalSegments: {segments}"
        ),
        (Some(_), None) => {
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is \
             present"
                .to_owned()
        }
        (None, Some(_)) => {
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is \
             present"
                .to_owned()
        }
    };
    Err(Refusal::invalid(words))
}

fn start_refused(refusal: &Refusal) -> Refusal {
    let words = refusal.message();
    Refusal::invalid(format!("The provided starting key is invalid: {words}"))
}

fn place(hosted: &Hosted, key: serde_json::Map<String, Value>) -> Result<Place, Refusal> {
    check_key(&hosted.table, &key).map_err(|refusal| start_refused(&refusal))?;
    Ok(Place::of(&hosted.table, &Value::Object(key)))
}
