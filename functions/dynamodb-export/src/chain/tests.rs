use proptest::prelude::*;

use super::*;

const TABLE: &str = "t-1";

fn at(minutes: i64) -> Timestamp {
    let start: Timestamp = "2026-11-20T18:00:00Z".parse().unwrap();
    start + SignedDuration::from_mins(minutes)
}

fn wanted(time: Timestamp) -> Wanted<'static> {
    Wanted {
        time,
        table_id: TABLE,
        earliest: at(-35 * 24 * 60),
        full_every: SignedDuration::from_hours(28 * 24),
    }
}

/// A verified full export as of `at(0)`.
fn base() -> Link {
    let manifest = "base".to_owned();
    Link {
        manifest: manifest.clone(),
        table_id: TABLE.to_owned(),
        scope: Scope::Full { time: at(0) },
        base: Base {
            manifest,
            export_time: at(0),
        },
    }
}

fn is_full_because(next: &Next, words: &str) -> bool {
    matches!(next, Next::Full { reason } if reason.contains(words))
}

#[test]
fn a_chain_begins_with_a_full_export() {
    let first = next(None, &wanted(at(0)));
    assert!(is_full_because(&first, "no verified export"), "{first:?}");
}

#[test]
fn the_next_link_begins_where_the_last_one_ends() {
    let day = at(24 * 60);
    let Next::Incremental {
        scope, previous, ..
    } = next(Some(&base()), &wanted(day))
    else {
        panic!("a day is one window");
    };
    let expected = Scope::Incremental {
        from: at(0),
        to: day,
    };
    assert_eq!((scope, previous.as_str()), (expected, "base"));
}

#[test]
fn a_window_shorter_than_the_service_takes_is_not_due() {
    for minutes in [-60, 0, 14] {
        let next = next(Some(&base()), &wanted(at(minutes)));
        assert!(matches!(next, Next::NothingDue(_)), "{minutes}: {next:?}");
    }
    let next = next(Some(&base()), &wanted(at(15)));
    assert!(matches!(next, Next::Incremental { .. }), "{next:?}");
}

#[test]
fn a_missed_window_begins_a_new_chain() {
    let next = next(Some(&base()), &wanted(at(24 * 60 + 1)));
    assert!(is_full_because(&next, "a window was missed"), "{next:?}");
}

#[test]
fn another_table_of_the_same_name_begins_a_new_chain() {
    let mut wanted = wanted(at(24 * 60));
    wanted.table_id = "t-2";
    let next = next(Some(&base()), &wanted);
    assert!(is_full_because(&next, "made anew"), "{next:?}");
}

#[test]
fn recovery_that_does_not_reach_back_begins_a_new_chain() {
    let mut wanted = wanted(at(24 * 60));
    wanted.earliest = at(1);
    let next = next(Some(&base()), &wanted);
    assert!(is_full_because(&next, "reaches back"), "{next:?}");
}

#[test]
fn a_chain_that_is_old_begins_anew() {
    let time = at(28 * 24 * 60);
    let mut last = base();
    last.scope = Scope::Incremental {
        from: at(0),
        to: time - SignedDuration::from_hours(24),
    };
    let next = next(Some(&last), &wanted(time));
    assert!(is_full_because(&next, "FULL_EVERY_DAYS"), "{next:?}");
}

/// What becomes of a night.
#[derive(Clone, Copy, Debug)]
enum Night {
    Verified,
    /// The export or its verification fails: the next night goes on from the link before.
    Failed,
    /// Nothing runs.
    Missed,
    /// It runs, and soon once more.
    Twice,
}

fn nights() -> impl Strategy<Value = Vec<(Night, i64)>> {
    let night = prop_oneof![
        6 => Just(Night::Verified),
        1 => Just(Night::Failed),
        1 => Just(Night::Missed),
        1 => Just(Night::Twice),
    ];
    // Nights begin up to half an hour early or late.
    proptest::collection::vec((night, -30..=30_i64), 1..120)
}

proptest! {
    #[test]
    fn verified_links_have_no_gap_whatever_nights_bring(nights in nights()) {
        let mut links: Vec<Link> = Vec::new();
        for (number, (night, shift)) in nights.into_iter().enumerate() {
            let time = at(i64::try_from(number).unwrap() * 24 * 60 + shift);
            let times: &[Timestamp] = match night {
                Night::Missed => &[],
                Night::Twice => &[time, time + SignedDuration::from_mins(10)],
                _ => &[time],
            };
            for time in times {
                let next = next(links.last(), &wanted(*time));
                if !matches!(night, Night::Failed) {
                    links.extend(verified(next, *time, number));
                }
            }
        }
        check(&links);
    }
}

/// The link that a verified export makes.
fn verified(next: Next, time: Timestamp, number: usize) -> Option<Link> {
    let manifest = format!("{number}-{time}");
    let (scope, base) = match next {
        Next::NothingDue(_) => return None,
        Next::Full { .. } => {
            let base = Base {
                manifest: manifest.clone(),
                export_time: time,
            };
            (Scope::Full { time }, base)
        }
        Next::Incremental { scope, base, .. } => (scope, base),
    };
    Some(Link {
        manifest,
        table_id: TABLE.to_owned(),
        scope,
        base,
    })
}

/// Each link is full, or begins where the one before ends, in a window that the service takes, on the same base.
fn check(links: &[Link]) {
    assert!(links.first().is_none_or(|link| link.scope.is_full()));
    for pair in links.windows(2) {
        let (before, link) = (&pair[0], &pair[1]);
        assert!(link.scope.end() > before.scope.end());
        if let Scope::Incremental { from, to } = link.scope {
            assert_eq!(from, before.scope.end());
            assert_eq!(link.base, before.base);
            let window = from.duration_until(to);
            assert!(window >= SHORTEST && window <= LONGEST);
            assert!(link.base.export_time.duration_until(to) < SignedDuration::from_hours(28 * 24));
        }
    }
}
