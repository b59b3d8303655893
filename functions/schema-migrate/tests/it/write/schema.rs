//! Schemas by chance: two of them that have much in common.
//!
//! Every choice has a path, such as `table 2/column 3/type`. In the second schema of a pair some paths are drawn again,
//! all others come out as in the first.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// Draws the choices of one schema.
pub(super) struct Draw {
    seed: u64,
    is_second: bool,
}

const TABLES: [&str; 5] = ["item", "line", "Order Head", "会社", "select"];
const COLUMNS: [&str; 7] = ["a", "b", "c", "Größe", "user", "番号", "x y"];
/// Types that a column may begin with, each with those that it can be turned into and back.
const TYPES: [(&str, &[&str]); 12] = [
    ("integer", &["bigint", "numeric(12,2)", "text"]),
    ("bigint", &["integer", "numeric(12,2)"]),
    ("text", &["varchar(20)", "jsonb", "integer"]),
    ("varchar(20)", &["text", "date"]),
    ("numeric(12,2)", &["integer", "varchar(20)"]),
    ("boolean", &["text"]),
    ("timestamptz", &["date", "text"]),
    ("date", &["timestamptz"]),
    ("jsonb", &["text"]),
    ("uuid", &["text", "varchar(20)"]),
    ("text[]", &["text"]),
    ("status", &["text"]),
];
const STATUS: [&str; 5] = ["draft", "active", "on hold", "it's", "closed"];

impl Draw {
    /// The first schema of the pair `seed`, or the second.
    pub(super) fn new(seed: u64, is_second: bool) -> Self {
        Self { seed, is_second }
    }

    /// A number below `bound` for this path.
    fn below(&self, path: &str, bound: usize) -> usize {
        let is_redrawn = self.is_second && self.hash(0, path) % 100 < 22;
        self.hash(if is_redrawn { 2 } else { 1 }, path) % bound
    }

    fn hash(&self, salt: u8, path: &str) -> usize {
        let mut hasher = DefaultHasher::new();
        (self.seed, salt, path).hash(&mut hasher);
        usize::try_from(hasher.finish() >> 33).unwrap()
    }

    /// The type of the column `path`, which is the same in both schemas, or one that it can be turned into.
    fn kind(&self, path: &str) -> &'static str {
        let (kind, others) = TYPES[self.hash(3, path) % TYPES.len()];
        let path = format!("{path}/type");
        match self.below(&path, 3) {
            0 => others[self.below(&format!("{path}/other"), others.len())],
            _ => kind,
        }
    }

    fn chance(&self, path: &str, percent: usize) -> bool {
        self.below(path, 100) < percent
    }

    fn pick<'a, T: ?Sized>(&self, path: &str, from: &[&'a T]) -> &'a T {
        from[self.below(path, from.len())]
    }

    /// The statements that make the schema.
    pub(super) fn sql(&self) -> String {
        let mut sql = Sql::default();
        let has_shop = self.chance("schema", 70);
        if has_shop {
            sql.say("CREATE SCHEMA shop");
            self.comment(&mut sql, "schema", "SCHEMA shop");
        }
        let labels = self.labels();
        let quoted: Vec<_> = labels.iter().map(|label| literal(label)).collect();
        sql.say(&format!(
            "CREATE TYPE status AS ENUM ({})",
            quoted.join(", ")
        ));
        self.comment(&mut sql, "status", "TYPE status");
        self.sequences(&mut sql);
        sql.say("CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$");
        let tables: Vec<_> = (0..TABLES.len())
            .filter(|number| self.chance(&format!("table {number}"), 75))
            .map(|number| self.table(number, has_shop))
            .collect();
        for table in &tables {
            table.create(self, &labels, &mut sql);
        }
        for table in &tables {
            table.foreign_keys(self, &tables, &mut sql);
            table.indexes(self, &mut sql);
            table.triggers(self, &mut sql);
            table.comments(self, &mut sql);
        }
        self.functions(&mut sql);
        self.views(&tables, &mut sql);
        sql.0
    }

    fn labels(&self) -> Vec<&'static str> {
        let labels = STATUS
            .iter()
            .filter(|label| self.chance(&format!("label {label}"), 80));
        let mut labels: Vec<_> = labels.copied().collect();
        if !labels.contains(&"active") {
            labels.insert(0, "active");
        }
        labels
    }

    fn sequences(&self, sql: &mut Sql) {
        for name in ["counter", "\"Zähler\""] {
            let path = format!("sequence {name}");
            if !self.chance(&path, 60) {
                continue;
            }
            let kind = self.pick(&format!("{path}/type"), &["smallint", "integer", "bigint"]);
            let step = self.pick(&format!("{path}/step"), &["1", "2", "-1"]);
            let cycle = self.pick(&format!("{path}/cycle"), &["CYCLE", "NO CYCLE"]);
            sql.say(&format!(
                "CREATE SEQUENCE {name} AS {kind} INCREMENT {step} {cycle} CACHE 3"
            ));
            self.comment(sql, &path, &format!("SEQUENCE {name}"));
        }
    }

    fn functions(&self, sql: &mut Sql) {
        for name in ["add_up", "count_it"] {
            let path = format!("function {name}");
            if !self.chance(&path, 60) {
                continue;
            }
            let argument = self.pick(
                &format!("{path}/argument"),
                &["a integer", "b integer", "a integer DEFAULT 1"],
            );
            let result = self.pick(&format!("{path}/result"), &["integer", "bigint"]);
            let volatility = self.pick(
                &format!("{path}/volatility"),
                &["IMMUTABLE", "STABLE", "STRICT"],
            );
            let body = self.pick(
                &format!("{path}/body"),
                &["SELECT $1 + 1", "SELECT $1 * 2 -- it's"],
            );
            sql.say(&format!(
                "CREATE FUNCTION {name}({argument}) RETURNS {result} LANGUAGE sql {volatility} AS $$ {body}\n $$"
            ));
            self.comment(sql, &path, &format!("FUNCTION {name}(integer)"));
        }
        if self.chance("function told", 50) {
            let body = self.pick("function told/body", &["'x'", "'y' || $1::text"]);
            sql.say(&format!(
                "CREATE FUNCTION told(status) RETURNS text LANGUAGE sql AS $$ SELECT {body} $$"
            ));
        }
    }

    fn views(&self, tables: &[Table], sql: &mut Sql) {
        for (number, table) in tables.iter().enumerate() {
            let path = format!("view of {}", table.number);
            if !self.chance(&path, 45) {
                continue;
            }
            let columns: Vec<_> = table
                .columns
                .iter()
                .filter(|column| self.chance(&format!("{path}/{}", column.name), 70))
                .map(|column| quoted(column.name))
                .collect();
            let columns = std::iter::once("id".to_owned())
                .chain(columns)
                .collect::<Vec<_>>()
                .join(", ");
            let barrier = self.pick(
                &format!("{path}/barrier"),
                &["", " WITH (security_barrier)"],
            );
            let end = self.pick(&format!("{path}/where"), &["", " WHERE id > 5"]);
            sql.say(&format!(
                "CREATE VIEW view{number}{barrier} AS SELECT {columns} FROM {}{end}",
                table.name()
            ));
            self.comment(sql, &path, &format!("VIEW view{number}"));
            if self.chance(&format!("{path}/above"), 40) {
                sql.say(&format!(
                    "CREATE VIEW above{number} AS SELECT id, 1 AS one FROM view{number}"
                ));
            }
        }
    }

    fn comment(&self, sql: &mut Sql, path: &str, what: &str) {
        if self.chance(&format!("{path}/comment"), 25) {
            let words = self.pick(
                &format!("{path}/comment/words"),
                &["one", "it's two", "三\nlines", "back\\slash"],
            );
            sql.say(&format!("COMMENT ON {what} IS {}", literal(words)));
        }
    }

    fn table(&self, number: usize, has_shop: bool) -> Table {
        let path = format!("table {number}");
        let columns = COLUMNS.iter().enumerate();
        let columns = columns
            .filter(|(column, _)| self.chance(&format!("{path}/column {column}"), 65))
            .map(|(column, name)| {
                let path = format!("{path}/column {column}");
                Column {
                    name,
                    kind: self.kind(&path),
                    path,
                }
            })
            .collect();
        Table {
            number,
            is_in_shop: has_shop && number == 1,
            columns,
            path,
        }
    }
}

struct Table {
    number: usize,
    is_in_shop: bool,
    columns: Vec<Column>,
    path: String,
}

struct Column {
    name: &'static str,
    kind: &'static str,
    path: String,
}

impl Table {
    fn name(&self) -> String {
        let schema = if self.is_in_shop { "shop" } else { "public" };
        format!("{schema}.{}", quoted(TABLES[self.number]))
    }

    fn create(&self, draw: &Draw, labels: &[&str], sql: &mut Sql) {
        let path = &self.path;
        let identity = draw.pick(
            &format!("{path}/id"),
            &[
                "bigserial",
                "bigint GENERATED ALWAYS AS IDENTITY",
                "bigint GENERATED BY DEFAULT AS IDENTITY (START 10 INCREMENT 5)",
                "bigint",
            ],
        );
        let mut parts = vec![format!("id {identity} PRIMARY KEY")];
        parts.extend(self.columns.iter().map(|column| column.sql(draw, labels)));
        for column in self.columns.iter().filter(|column| column.is_number()) {
            if draw.chance(&format!("{}/check", column.path), 40) {
                let bound = draw.below(&format!("{}/check/bound", column.path), 3);
                parts.push(format!("CHECK ({} >= {bound})", quoted(column.name)));
            }
        }
        if let [first, .., last] = self.columns.as_slice()
            && draw.chance(&format!("{path}/unique"), 40)
            && first.is_sortable()
            && last.is_sortable()
        {
            let later = draw.pick(&format!("{path}/unique/later"), &["", " DEFERRABLE"]);
            parts.push(format!(
                "UNIQUE ({}, {}){later}",
                quoted(first.name),
                quoted(last.name)
            ));
        }
        if let Some(number) = self.columns.iter().find(|column| column.kind == "integer")
            && draw.chance(&format!("{path}/twice"), 40)
        {
            let factor = draw.below(&format!("{path}/twice/factor"), 2) + 2;
            parts.push(format!(
                "twice bigint GENERATED ALWAYS AS ({} * {factor}) STORED",
                quoted(number.name)
            ));
        }
        let unlogged = draw.pick(&format!("{path}/unlogged"), &["", "", "", "UNLOGGED "]);
        // A table that is kept can't point at one that is not.
        let unlogged = if self.number == 4 { unlogged } else { "" };
        let options = draw.pick(
            &format!("{path}/options"),
            &["", "", " WITH (fillfactor = 70)"],
        );
        sql.say(&format!(
            "CREATE {unlogged}TABLE {} (\n  {}\n){options}",
            self.name(),
            parts.join(",\n  ")
        ));
    }

    fn foreign_keys(&self, draw: &Draw, tables: &[Self], sql: &mut Sql) {
        for column in self.columns.iter().filter(|column| column.kind == "bigint") {
            let others: Vec<_> = tables.iter().filter(|table| table.number != 4).collect();
            if others.is_empty() || !draw.chance(&format!("{}/key", column.path), 60) {
                continue;
            }
            let other = others[draw.below(&format!("{}/key/table", column.path), others.len())];
            let action = draw.pick(
                &format!("{}/key/action", column.path),
                &["CASCADE", "RESTRICT", "SET NULL"],
            );
            sql.say(&format!(
                "ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} (id) ON DELETE {action}",
                self.name(),
                quoted(column.name),
                other.name()
            ));
        }
    }

    fn indexes(&self, draw: &Draw, sql: &mut Sql) {
        for (place, column) in self.columns.iter().enumerate() {
            let path = format!("{}/index", column.path);
            if !draw.chance(&path, 35) {
                continue;
            }
            let name = quoted(&format!("{}_{}_index", TABLES[self.number], column.name));
            let quoted = quoted(column.name);
            let how = match column.kind {
                "jsonb" | "text[]" => format!("USING gin ({quoted})"),
                "text" if draw.chance(&format!("{path}/lower"), 50) => format!("(lower({quoted}))"),
                "status" => format!("(id) WHERE {quoted} = 'active'"),
                _ => format!(
                    "({quoted}{}, id)",
                    draw.pick(&format!("{path}/order"), &["", " DESC"])
                ),
            };
            let is_unique = column.is_sortable() && draw.chance(&format!("{path}/unique"), 30);
            let unique = if is_unique && how.starts_with('(') {
                "UNIQUE "
            } else {
                ""
            };
            sql.say(&format!(
                "CREATE {unique}INDEX {name} ON {} {how}",
                self.name()
            ));
            if !self.is_in_shop {
                draw.comment(sql, &format!("{path} {place}"), &format!("INDEX {name}"));
            }
        }
    }

    fn triggers(&self, draw: &Draw, sql: &mut Sql) {
        let path = format!("{}/trigger", self.path);
        if draw.chance(&path, 50) {
            let when = draw.pick(
                &format!("{path}/when"),
                &["BEFORE UPDATE", "BEFORE INSERT OR UPDATE", "AFTER DELETE"],
            );
            let name = self.name();
            sql.say(&format!(
                "CREATE TRIGGER watch {when} ON {name} FOR EACH ROW EXECUTE FUNCTION touch()"
            ));
            if draw.chance(&format!("{path}/off"), 20) {
                sql.say(&format!("ALTER TABLE {name} DISABLE TRIGGER watch"));
            }
            draw.comment(sql, &path, &format!("TRIGGER watch ON {name}"));
        }
    }

    fn comments(&self, draw: &Draw, sql: &mut Sql) {
        draw.comment(sql, &self.path, &format!("TABLE {}", self.name()));
        for column in &self.columns {
            draw.comment(
                sql,
                &column.path,
                &format!("COLUMN {}.{}", self.name(), quoted(column.name)),
            );
        }
    }
}

impl Column {
    fn is_number(&self) -> bool {
        matches!(self.kind, "integer" | "bigint" | "numeric(12,2)")
    }

    fn is_sortable(&self) -> bool {
        !matches!(self.kind, "jsonb" | "text[]" | "status")
    }

    fn sql(&self, draw: &Draw, labels: &[&str]) -> String {
        let mut sql = format!("{} {}", quoted(self.name), self.kind);
        if self.kind == "text" && draw.chance(&format!("{}/collation", self.path), 20) {
            sql.push_str(" COLLATE \"C\"");
        }
        if draw.chance(&format!("{}/required", self.path), 35) {
            sql.push_str(" NOT NULL");
        }
        if draw.chance(&format!("{}/default", self.path), 35) {
            sql.push_str(" DEFAULT ");
            sql.push_str(&self.default(draw, labels));
        }
        sql
    }

    fn default(&self, draw: &Draw, labels: &[&str]) -> String {
        let path = format!("{}/default/value", self.path);
        let number = draw.below(&path, 3);
        match self.kind {
            "integer" | "bigint" | "numeric(12,2)" => number.to_string(),
            "boolean" => ["true", "false", "NULL"][number].to_owned(),
            "timestamptz" => {
                ["now()", "'2024-01-02 03:04:05+09'", "clock_timestamp()"][number].to_owned()
            }
            "date" => ["CURRENT_DATE", "'2024-01-02'", "'infinity'"][number].to_owned(),
            "jsonb" => ["'{}'", "'[]'", "'{\"a\": [1]}'"][number].to_owned(),
            "uuid" => "gen_random_uuid()".to_owned(),
            "text[]" => ["'{}'", "ARRAY['a', 'b']", "'{\"x y\"}'"][number].to_owned(),
            "status" => literal(labels[number % labels.len()]),
            _ => ["''", "'it''s'", "'名\nschön'"][number].to_owned(),
        }
    }
}

/// Statements.
#[derive(Default)]
struct Sql(String);

impl Sql {
    fn say(&mut self, statement: &str) {
        self.0.push_str(statement);
        self.0.push_str(";\n");
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    let quoted = text.replace('\'', "''");
    if text.contains('\\') {
        format!("E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}
