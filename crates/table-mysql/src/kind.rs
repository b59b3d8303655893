//! What a column's type is to us: how it is read, hashed and written.

use table_diff::{KeyType, TimeType};

/// A family of types that are read and written alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Unsigned,
    Decimal,
    Float,
    Double,
    Bit,
    Date,
    DateTime,
    Timestamp,
    Time,
    /// Text of at most 65,535 bytes in UTF-8 (or ASCII), also of a set of words.
    Text,
    /// Longer text, also MariaDB's JSON.
    LongText,
    /// Text of at most 65,535 bytes in another character set.
    Encoded,
    /// Longer text in another character set.
    LongEncoded,
    /// One word of a list.
    Word,
    /// MySQL's JSON, which is not kept as text.
    Json,
    /// At most 65,535 bytes.
    Bytes,
    LongBytes,
    Geometry,
    Uuid,
    /// MariaDB's addresses of IP.
    Network,
}

impl Kind {
    /// What the type with the server's own name `type_name` is; `None` for one that we don't know.
    pub(crate) fn of(type_name: &str) -> Option<Self> {
        let word_ends = type_name.find(['(', ' ']).unwrap_or(type_name.len());
        Some(match &type_name[..word_ends] {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => {
                if type_name.contains(" unsigned") {
                    Self::Unsigned
                } else {
                    Self::Integer
                }
            }
            "year" => Self::Unsigned,
            "decimal" => Self::Decimal,
            "float" => Self::Float,
            "double" => Self::Double,
            "bit" => Self::Bit,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "timestamp" => Self::Timestamp,
            "time" => Self::Time,
            "enum" => Self::Word,
            "char" | "varchar" | "tinytext" | "text" | "set" => {
                if is_encoded(type_name) {
                    Self::Encoded
                } else {
                    Self::Text
                }
            }
            "mediumtext" | "longtext" => {
                if is_encoded(type_name) {
                    Self::LongEncoded
                } else {
                    Self::LongText
                }
            }
            "json" => Self::Json,
            "binary" | "varbinary" | "tinyblob" | "blob" => Self::Bytes,
            "mediumblob" | "longblob" => Self::LongBytes,
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
            | "multipolygon" | "geometrycollection" | "geomcollection" => Self::Geometry,
            "uuid" => Self::Uuid,
            "inet4" | "inet6" => Self::Network,
            _ => return None,
        })
    }

    /// What a column of the type `type_name` is as part of a key.
    pub(crate) fn key_type(self, type_name: &str) -> Option<KeyType> {
        // Words of a set are ordered by their places in it, as those of a list are.
        let is_list = type_name.starts_with("set");
        match self {
            Self::Integer => Some(KeyType::Integer),
            Self::Unsigned => Some(KeyType::Unsigned),
            Self::Decimal => Some(KeyType::Decimal),
            Self::Text | Self::Encoded if !is_list => Some(KeyType::Text),
            Self::Bytes => Some(KeyType::Bytes),
            Self::Uuid => Some(KeyType::Uuid),
            Self::Date => Some(KeyType::Date),
            Self::DateTime => Some(KeyType::DateTime),
            Self::Timestamp => Some(KeyType::Moment),
            _ => None,
        }
    }

    /// What a column of the type is as a time of change.
    pub(crate) fn time_type(self) -> Option<TimeType> {
        match self {
            Self::Timestamp => Some(TimeType::Moment),
            Self::DateTime => Some(TimeType::DateTime),
            Self::Date => Some(TimeType::Date),
            Self::Integer => Some(TimeType::Integer),
            _ => None,
        }
    }

    /// Whether values are text, of any length.
    pub(crate) fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::LongText
                | Self::Encoded
                | Self::LongEncoded
                | Self::Word
                | Self::Json
        )
    }

    /// Whether values are bytes, which have a text of ours: `\x00ff`.
    pub(crate) fn is_binary(self) -> bool {
        matches!(self, Self::Bytes | Self::LongBytes | Self::Geometry)
    }

    /// The value of `column` as text, or as bytes where it is binary; NULL for NULL.
    ///
    /// A float's text has six digits only; what it is worth as a double has all that there are.
    pub(crate) fn value(self, column: &str) -> String {
        match self {
            Self::Bytes | Self::LongBytes | Self::Geometry | Self::Text | Self::LongText => {
                column.to_owned()
            }
            Self::Encoded | Self::LongEncoded | Self::Word | Self::Json => {
                format!("CONVERT({column} USING utf8mb4)")
            }
            Self::Float | Self::Double => format!("CAST({column} + 0e0 AS CHAR)"),
            Self::Bit => format!("CAST({column} + 0 AS CHAR)"),
            _ => format!("CAST({column} AS CHAR)"),
        }
    }

    /// What of `column` goes into the row's hash: never NULL, and not to be taken for parts of other columns.
    ///
    /// A text is preceded by its length in bytes; no other part holds a comma, and none but that of NULL is `N`. Long values are hashed by
    /// themselves, for the whole must not become longer than the server's `max_allowed_packet`.
    pub(crate) fn hash_part(self, column: &str) -> String {
        let part = match self {
            Self::Integer
            | Self::Unsigned
            | Self::Decimal
            | Self::Date
            | Self::DateTime
            | Self::Timestamp
            | Self::Time => column.to_owned(),
            Self::Float | Self::Double => format!("{column} + 0e0"),
            // A word by its place in the list, which tells the word `''` from the value of what is none of them; both sides have the same list.
            Self::Bit | Self::Word => format!("{column} + 0"),
            Self::Uuid | Self::Network => self.value(column),
            Self::Bytes => format!("HEX({column})"),
            Self::LongText => {
                let short = counted(column);
                format!("IF(LENGTH({column}) > {SHORT_MAX}, SHA1({column}), {short})")
            }
            Self::LongEncoded | Self::Json | Self::LongBytes | Self::Geometry => {
                format!("SHA1({})", self.value(column))
            }
            Self::Text | Self::Encoded => counted(&self.value(column)),
        };
        format!("IFNULL({part}, 'N')")
    }

    /// What `column` is sorted by, so that the order is that of the encoded keys.
    pub(crate) fn order(self, column: &str) -> String {
        match self {
            Self::Text | Self::Encoded | Self::Uuid => {
                format!("CAST({} AS BINARY)", self.value(column))
            }
            _ => column.to_owned(),
        }
    }
}

/// The most bytes of a text that goes into its row's hash as it is.
const SHORT_MAX: usize = 65_535;

/// A text behind its length in bytes.
fn counted(text: &str) -> String {
    format!("CONCAT(LENGTH({text}), ':', {text})")
}

/// What a type's name ends with if its text is neither in UTF-8 nor in ASCII, whose bytes are those of UTF-8.
const CHARACTER_SET: &str = " character set ";

fn is_encoded(type_name: &str) -> bool {
    // A word of a list may hold anything, but ends with a quote and a bracket.
    let behind = type_name
        .rsplit_once(')')
        .map_or(type_name, |(_, behind)| behind);
    behind.contains(CHARACTER_SET)
}

/// The server's name of a type as both sides are to call it: with the character set, if it is not one of UTF-8; and without display width
/// of a whole number, which is none of its content, and which newer MySQL does not tell.
pub(crate) fn type_name(column_type: &str, character_set: Option<&str>) -> String {
    if let Some(other) = character_set.filter(|it| !it.starts_with("utf8") && *it != "ascii") {
        return format!("{column_type}{CHARACTER_SET}{other}");
    }
    let (word, rest) = column_type.split_once('(').unwrap_or((column_type, ""));
    let has_width = (word.ends_with("int") || word == "year") && !rest.contains("zerofill");
    match rest.split_once(')') {
        Some((_, more)) if has_width => format!("{word}{more}"),
        _ => column_type.to_owned(),
    }
}

/// A fixed value of the kind, for two servers to show that they hash alike.
pub(crate) fn sample(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "-42",
        Kind::Unsigned => "18446744073709551615",
        Kind::Decimal => "CAST('-12.50' AS DECIMAL(12,2))",
        Kind::Float | Kind::Double => "1.0e-7",
        Kind::Bit => "5",
        Kind::Date => "CAST('2024-02-29' AS DATE)",
        Kind::DateTime | Kind::Timestamp => "CAST('2024-02-29 12:34:56.789' AS DATETIME(6))",
        Kind::Time => "CAST('-12:34:56.5' AS TIME(2))",
        Kind::Text | Kind::LongText | Kind::Encoded | Kind::LongEncoded | Kind::Network => {
            "'日本語 🐟, N'"
        }
        Kind::Word => "'7'",
        Kind::Json => "CAST('{\"b\": 1.0, \"a\": [\"語\"]}' AS JSON)",
        Kind::Bytes | Kind::LongBytes | Kind::Geometry => "x'00FF2C'",
        Kind::Uuid => "'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_has_no_display_width() {
        let name = |column_type: &str| type_name(column_type, None);
        assert_eq!(name("int(10) unsigned"), "int unsigned");
        assert_eq!(name("tinyint(1)"), "tinyint");
        assert_eq!(name("bigint"), "bigint");
        assert_eq!(name("year(4)"), "year");
        for kept in ["int(5) unsigned zerofill", "decimal(12,2)", "point"] {
            assert_eq!(name(kept), kept);
        }
    }

    #[test]
    fn a_character_set_that_is_not_of_utf8_is_part_of_the_type() {
        assert_eq!(type_name("varchar(9)", Some("utf8mb3")), "varchar(9)");
        let sjis = type_name("varchar(9)", Some("sjis"));
        assert_eq!(sjis, "varchar(9) character set sjis");
        assert_eq!(Kind::of(&sjis), Some(Kind::Encoded));
        assert_eq!(
            Kind::of("longtext character set latin1"),
            Some(Kind::LongEncoded)
        );
        assert_eq!(Kind::of("set(' character set ')"), Some(Kind::Text));
    }

    #[test]
    fn a_list_of_words_is_no_number_whatever_its_words_are() {
        assert_eq!(Kind::of("enum('int unsigned','b')"), Some(Kind::Word));
        assert_eq!(Kind::Word.key_type("enum('a')"), None);
        assert_eq!(Kind::Text.key_type("set('a')"), None);
        assert_eq!(Kind::of("bigint unsigned"), Some(Kind::Unsigned));
        assert_eq!(Kind::of("vector(3)"), None);
    }
}
