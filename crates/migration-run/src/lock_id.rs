//! The numbers of golang-migrate's advisory locks.

/// What golang-migrate multiplies with.
///
/// **Source:** golang-migrate, `database/util.go`.
const SALT: u32 = 1_486_364_155;

/// The two advisory locks that golang-migrate takes for the same table: opened from a URL it takes the URL's path for the
/// database's name, with its slash; opened from a connection it takes the bare name. So a program that embeds it and its
/// command line do not exclude each other; we take both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockIds {
    /// That of a URL.
    pub of_path: u32,
    /// That of a connection.
    pub of_name: u32,
}

impl LockIds {
    /// Those of `table` in `schema` of `database`.
    pub fn new(schema: &str, table: &str, database: &str) -> Self {
        let id = |database: &str| {
            crc32([schema, table, database].join("\0").as_bytes()).wrapping_mul(SALT)
        };
        Self {
            of_path: id(&format!("/{database}")),
            of_name: id(database),
        }
    }
}

/// The CRC-32 of IEEE 802.3, bit by bit: it is asked for some fifty bytes a run.
fn crc32(bytes: &[u8]) -> u32 {
    const REVERSED: u32 = 0xEDB8_8320;
    let mut sum = u32::MAX;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 {
                (sum >> 1) ^ REVERSED
            } else {
                sum >> 1
            };
        }
    }
    !sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_golang_migrates() {
        let ids = LockIds::new("public", "schema_migrations", "db");
        assert_eq!(ids.of_path, 2_161_351_301);
        assert_eq!(ids.of_name, 3_256_993_429);
        assert_eq!(crc32(b"public\0schema_migrations\0/db"), 490_750_335);
        assert_eq!(crc32(b"public\0schema_migrations\0db"), 47_536_303);
        let ids = LockIds::new("public", "schema_migrations", "mt3");
        assert_eq!(ids.of_path, 3_119_031_573);
    }
}
