//! Pairs of schemas by chance: what is written for any of them is proven there and back, or a question.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use function_core::Env;
use test_services::{PostgresServer, PostgresSetup};

use super::desk::Desk;
use super::schema::Draw;

/// How many pairs each server sees: some 20 s on two processors that have nothing else to do.
const PAIRS: u64 = 12;

#[test]
fn any_pair_of_schemas_is_written_and_proven() {
    all_pairs(|| PostgresServer::start().unwrap());
}

#[test]
fn any_pair_of_schemas_is_written_and_proven_on_a_newer_server() {
    all_pairs(|| PostgresSetup::newer().start().unwrap());
}

/// `TASUKI_SCHEMA_SEED` names the one pair to look at.
fn all_pairs(server: impl Fn() -> PostgresServer + Sync) {
    let env = Env::from_process();
    let seed = env
        .get("TASUKI_SCHEMA_SEED")
        .map(|seed| seed.parse().unwrap());
    let (first, end) = seed.map_or((0, PAIRS), |seed: u64| (seed, seed + 1));
    let next = AtomicU64::new(first);
    thread::scope(|scope| {
        let work = || {
            let mut desk = Desk::on(server());
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end {
                    return;
                }
                let tried = catch_unwind(AssertUnwindSafe(|| pair(&desk, seed)));
                assert!(tried.is_ok(), "TASUKI_SCHEMA_SEED={seed}");
                desk = desk.cleared();
            }
        };
        let workers = [scope.spawn(work), scope.spawn(work)];
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

fn pair(desk: &Desk, seed: u64) {
    let [first, second] = [false, true].map(|is_second| Draw::new(seed, is_second).sql());
    desk.declare(&first);
    desk.write(&["first"]).with_code(0);
    desk.declare(&second);
    let plain = || {
        let flags = (seed.is_multiple_of(3)).then(|| "--unsafe".to_owned());
        std::iter::once("second".to_owned())
            .chain(flags)
            .collect::<Vec<_>>()
    };
    let (mut arguments, mut says_yes) = (plain(), seed.is_multiple_of(2));
    // Each answer may bring up another question.
    for _ in 0..10 {
        let words: Vec<_> = arguments.iter().map(String::as_str).collect();
        let ended = desk.write(&words);
        if ended.code == 0 {
            assert_eq!(desk.left_behind(), "0");
            desk.write(&["third"])
                .with_code(0)
                .says("nothing was written");
            return;
        }
        let answers = answers(&ended.words(), says_yes);
        if answers.is_empty() && says_yes {
            // Yes was wrong where the types have nothing in common.
            (arguments, says_yes) = (plain(), false);
            continue;
        }
        assert!(
            !answers.is_empty(),
            "{}\n{first}\n---\n{second}",
            ended.words()
        );
        arguments.extend(answers);
    }
    panic!("there is always another question: {arguments:?}");
}

/// The words that each question offers for yes, once for each new name, or for no.
fn answers(words: &str, says_yes: bool) -> Vec<String> {
    let mut answers: Vec<String> = Vec::new();
    let mut taken: Vec<String> = Vec::new();
    for line in words.lines() {
        let offered = |flag: &str| {
            let rest = line.split_once(&format!("{flag} '"))?.1;
            rest.find('\'').map(|end| rest[..end].to_owned())
        };
        let (Some(rename), Some(drop)) = (offered("--rename"), offered("--drop")) else {
            continue;
        };
        let new = rename.rsplit(':').next().unwrap().to_owned();
        let is_open = !taken.contains(&drop) && !taken.contains(&new);
        if says_yes && is_open {
            taken.extend([drop, new]);
            answers.extend(["--rename".to_owned(), rename]);
        } else if !taken.contains(&drop) {
            taken.push(drop.clone());
            answers.extend(["--drop".to_owned(), drop]);
        }
    }
    answers
}
