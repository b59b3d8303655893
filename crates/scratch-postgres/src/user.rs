//! The users of this machine: PostgreSQL refuses to run as root.

use std::fs;
use std::io;

/// The ids of the first of `names` that is a user of this machine, and of its group.
pub(crate) fn first_of(names: &[&str]) -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &&str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(*name))?;
        let mut ids = line.split(':').skip(2).map_while(|part| part.parse().ok());
        Some((ids.next()?, ids.next()?))
    };
    names.iter().find_map(find).ok_or_else(|| {
        io::Error::other(format!(
            "PostgreSQL does not run as root, and this machine has none of the users {names:?}"
        ))
    })
}
