//! The samples, which people copy from.

use std::fs;
use std::path::Path;

use function_core::{Clock, Exit, Outcome};
use function_runtime::Function as _;
use functions_framework::read_event;

use crate::night::{Export, Night};

#[tokio::test]
async fn every_sample_is_understood() {
    let night = Night::new().await;
    let known = Export::of("20261121").put(&night.bigquery);
    night.report("m-1", &known.message()).await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let mut samples = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut event = read_event(&fs::read(&path).unwrap(), &Clock::fixed(night.now())).unwrap();
        event.time = night.now();
        let outcome = night.function().await.handle(event).await;
        let is_refused = matches!(&outcome, Outcome::Drop(failure) if failure.exit == Exit::Usage);
        assert!(!is_refused, "{}: {outcome:?}", path.display());
        samples += 1;
    }
    assert_eq!(samples, 9);
    assert_eq!(night.bigquery.violations(), [""; 0]);
}
