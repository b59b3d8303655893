use super::*;

#[test]
fn tables_without_key_are_refused_until_one_is_named() {
    let mut table = item();
    table.primary_key.clear();
    let gate = compare(Some(&table), Some(&table), &options());
    blocked_with(
        &gate,
        "there is no primary key; add one, or name unique NOT NULL columns in KEYS",
    );
    let mut options = options();
    options.key = strings(&["code"]);
    let gate = compare(Some(&table), Some(&table), &options);
    assert_eq!(
        gate.reading.unwrap().key,
        [("code".to_owned(), KeyType::Text)]
    );
}

#[test]
fn a_named_key_must_be_unique_on_both_sides() {
    let mut options = options();
    options.key = strings(&["company_id", "code"]);
    assert!(
        against(|_| {}, &options).reading.is_some(),
        "a part of it is unique"
    );
    options.key = strings(&["company_id"]);
    let gate = against(
        |table| table.primary_key = strings(&["company_id"]),
        &options,
    );
    assert_eq!(
        words(&gate),
        [
            "no unique constraint covers the key (company_id) in development; add one, or name other columns in KEYS"
        ]
    );
    let mut partial = item();
    partial.uniques[0].special = true;
    options.key = strings(&["code"]);
    let gate = compare(Some(&partial), Some(&partial), &options);
    assert_eq!(
        gate.differences.len(),
        2,
        "an index over some rows proves nothing"
    );
}

#[test]
fn columns_that_are_no_key_are_refused_with_the_reason() {
    let cases: [(&str, Change, &str); 4] = [
        ("colour", |_| {}, "a side does not have it"),
        (
            "code",
            |table| column_mut(table, "code").nullable = true,
            "it may be NULL",
        ),
        (
            "code",
            |table| column_mut(table, "code").generated = Generated::Computed,
            "it is computed",
        ),
        (
            "code",
            |table| column_mut(table, "code").key_type = None,
            "values of text have no common order",
        ),
    ];
    for (key, change, reason) in cases {
        let mut options = options();
        options.key = strings(&["id", key]);
        let mut table = item();
        change(&mut table);
        let gate = compare(Some(&table), Some(&table), &options);
        let expected = format!(
            "column `{key}` can't be part of the key: {reason}; name other columns in KEYS"
        );
        blocked_with(&gate, &expected);
    }
    let mut options = options();
    options.leave_out = strings(&["id"]);
    assert_eq!(against(|_| {}, &options).reading, None);
}

#[test]
fn primary_keys_must_have_the_same_columns_in_whichever_order() {
    let gate = against(
        |table| table.primary_key = strings(&["id", "code"]),
        &options(),
    );
    blocked_with(
        &gate,
        "the primary key is (id) in development and (id, code) in production; run the migration that changes it, or name a common key in KEYS",
    );
    let (mut source, mut target) = (item(), item());
    source.primary_key = strings(&["company_id", "id"]);
    target.primary_key = strings(&["id", "company_id"]);
    let reading = compare(Some(&source), Some(&target), &options())
        .reading
        .unwrap();
    assert_eq!(reading.key[0].0, "company_id");
}

#[test]
fn collations_block_only_in_the_key() {
    let turkish =
        |table: &mut Table| column_mut(table, "code").collation = Some("tr-x-icu".to_owned());
    assert_eq!(
        words(&against(turkish, &options())),
        [
            "column `code` has collation the default in development and tr-x-icu in production; values are compared byte by byte all the same"
        ]
    );
    let mut options = options();
    options.key = strings(&["code"]);
    assert_eq!(against(turkish, &options).reading, None);
}
