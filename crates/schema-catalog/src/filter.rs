//! What of a database is read.

/// What of a database is read; by default all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The only schemas that count; `None` for all. What belongs to no schema, such as casts, always counts.
    pub schemas: Option<Vec<String>>,
    /// Tables to pass over, as `name` in whatever schema or as `schema.name`: those that only hold what was migrated.
    pub tables_left_out: Vec<String>,
    /// Whether owners and privileges are among [`Catalog::others`](crate::Catalog::others). They tell two databases of
    /// one server apart; two servers differ in them by their roles alone.
    pub has_rights: bool,
}
