use dynamodb_format::Md5;

use super::*;
use crate::source::Exported;

fn export(scope: Scope) -> Export {
    Export {
        address: format!("s3://backups/{scope:?}"),
        arn: String::new(),
        table: Exported {
            arn: "arn:aws:dynamodb:ap-northeast-1:1:table/orders".to_owned(),
            name: "orders".to_owned(),
            id: "t-1".to_owned(),
        },
        scope,
        files: Vec::new(),
        md5s: [Md5::of(b""); 2],
        data: None,
    }
}

fn day(day: u32) -> Timestamp {
    format!("2026-11-{day:02}T18:00:00Z").parse().unwrap()
}

fn full(at: u32) -> Export {
    export(Scope::Full { time: day(at) })
}

fn window(from: u32, to: u32) -> Export {
    export(Scope::Incremental {
        from: day(from),
        to: day(to),
    })
}

fn refused(exports: Vec<Export>) -> String {
    of_exports(exports, None).unwrap_err().to_string()
}

#[test]
fn links_are_put_in_order() {
    let source = of_exports(vec![window(2, 3), full(1), window(1, 2)], None).unwrap();
    let kinds: Vec<bool> = source.links.iter().map(|link| link.is_full).collect();
    assert_eq!(kinds, [true, false, false]);
    assert_eq!(source.moment, day(3));
    assert!(source.warnings.is_empty());
}

#[test]
fn a_moment_cuts_the_chain_and_is_told() {
    let links = || vec![full(1), window(1, 2), window(2, 3)];
    let source = of_exports(links(), Some(day(2))).unwrap();
    assert_eq!((source.links.len(), source.warnings.len()), (2, 0));
    let later = "2026-11-03T17:59:59Z".parse().unwrap();
    let source = of_exports(links(), Some(later)).unwrap();
    assert_eq!((source.links.len(), source.warnings.len()), (2, 1));
    let error = of_exports(links(), Some("2026-10-01T00:00:00Z".parse().unwrap())).unwrap_err();
    assert!(
        error.to_string().contains("give an earlier backup"),
        "{error}"
    );
}

#[test]
fn gaps_and_strangers_are_refused() {
    let error = refused(vec![full(1), window(2, 3)]);
    assert!(error.contains("a window is missing or doubled"), "{error}");
    let error = refused(vec![window(1, 2)]);
    assert!(error.contains("no full export as of"), "{error}");
    let error = refused(vec![full(1), full(2)]);
    assert!(error.contains("second full export"), "{error}");
    let mut anew = window(1, 2);
    anew.table.id = "t-2".to_owned();
    let error = refused(vec![full(1), anew]);
    assert!(error.contains("they are no chain"), "{error}");
}

#[test]
fn another_list_of_files_is_another_backup() {
    let other = Export {
        md5s: [Md5::of(b""), Md5::of(b"other")],
        ..full(1)
    };
    let one = of_exports(vec![full(1)], None).unwrap();
    let other = of_exports(vec![other], None).unwrap();
    assert_ne!(one.fingerprint, other.fingerprint);
}
