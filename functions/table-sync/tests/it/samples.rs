//! The samples and the settings table, which people copy from.

use std::fs;
use std::path::Path;

use function_core::{Clock, Env, Event, Outcome};
use function_runtime::Function as _;
use jiff::Timestamp;
use table_sync::{Surroundings, TableSync};

/// Without databases and plans an event gets no further than what it asks for.
#[tokio::test]
async fn every_sample_is_understood() {
    let folder = tempfile::tempdir().unwrap();
    let plans = folder.path().display().to_string();
    let nowhere = "postgres://nobody@127.0.0.1:1/shop";
    let settings = [
        ("SOURCE_URL", nowhere),
        ("TARGET_URL", nowhere),
        ("APPLY_URL", nowhere),
        ("TABLES", "public.*"),
        ("PLANS_URL", &plans),
    ];
    let surroundings = Surroundings {
        env: Env::from_iter(settings),
        clock: Clock::fixed(Timestamp::UNIX_EPOCH),
    };
    let sync = TableSync::with(surroundings).await.unwrap();
    let samples = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("events")).unwrap();
    let mut count = 0;
    for sample in samples {
        let path = sample.unwrap().path();
        let event = Event::new("event-1", Timestamp::UNIX_EPOCH, fs::read(&path).unwrap());
        let (Outcome::Retry(failure) | Outcome::Drop(failure)) = sync.handle(event).await else {
            panic!("{} ended well without a database", path.display());
        };
        let reached = ["can't be reached", "there is no plan"];
        let words = &failure.error;
        assert!(
            reached.iter().any(|reached| words.contains(reached)),
            "{}: {words}",
            path.display()
        );
        count += 1;
    }
    assert!(count >= 6, "{count} samples");
}

#[test]
fn the_settings_table_lists_what_the_code_reads() {
    let code = concat!(
        include_str!("../../src/config.rs"),
        include_str!("../../src/login/config.rs"),
        include_str!("../../src/page/config.rs"),
    );
    let readme = include_str!("../../README.md");
    settings_table::assert_lists_what_is_read(readme, code, settings_table::LOG_AND_NOTICES);
}
