//! The settings table, which people copy from.

#[test]
fn the_settings_table_lists_what_the_code_reads() {
    let code = concat!(
        include_str!("../../src/config.rs"),
        include_str!("../../src/config/database.rs"),
    );
    let readme = include_str!("../../README.md");
    settings_table::assert_lists_what_is_read(readme, code, settings_table::LOG);
}
