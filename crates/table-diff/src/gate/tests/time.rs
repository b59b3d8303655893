use super::*;

#[test]
fn the_time_of_change_is_found_only_where_it_is_clear() {
    let rename = |from: &str, to: &str| {
        let mut table = item();
        column_mut(&mut table, from).name = to.to_owned();
        table
    };
    let of = |table: &Table, options: &GateOptions| compare(Some(table), Some(table), options);
    let gate = of(&rename("updated_at", "modified_at"), &options());
    assert_eq!(gate.reading.unwrap().time.unwrap().0, "modified_at");

    let odd = rename("updated_at", "changed");
    let gate = of(&odd, &GateOptions::new(Compare::Time, HashMethod::Values));
    assert_eq!(gate.reading.as_ref().unwrap().compare, Compare::Content);
    assert_eq!(
        words(&gate),
        [
            "no column tells when a row was changed, so it is not known which side is newer; name one in TIMES",
            "there are no times of change to compare: all columns are compared"
        ]
    );
    let mut named = options();
    named.time = Some("changed".to_owned());
    assert_eq!(of(&odd, &named).reading.unwrap().time.unwrap().0, "changed");

    let mut two = item();
    two.columns.push(a_column("modified_at", "timestamptz"));
    let gate = of(&two, &options());
    assert_eq!(gate.reading.as_ref().unwrap().time, None);
    assert!(words(&gate)[0].starts_with("updated_at, modified_at may all tell"));
}

#[test]
fn a_named_time_that_is_none_blocks() {
    for (column, reason) in [
        ("colour", "a side does not have it"),
        ("price", "numeric(12,2) is no type of a time"),
    ] {
        let mut options = options();
        options.time = Some(column.to_owned());
        let expected = format!(
            "column `{column}` can't be the time of change: {reason}; name another one in TIMES"
        );
        blocked_with(&against(|_| {}, &options), &expected);
    }
    let mut options = options();
    options.time = Some("updated_at".to_owned());
    options.leave_out = vec!["updated_at".to_owned()];
    let gate = against(|_| {}, &options);
    assert!(gate.reading.is_none());
    assert_eq!(
        words(&gate)[0],
        "column `updated_at` can't be the time of change: LEAVE_OUT names it; name another one in TIMES"
    );
}
