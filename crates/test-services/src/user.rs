//! The users of this machine: database servers refuse to run as root.

use std::fs;
use std::io;

/// The ids of the first of `names` that is a user of this machine, and of its group.
pub(crate) fn first_of(names: &[&str]) -> io::Result<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd")?;
    let find = |name: &&str| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(*name))?;
        let mut parts = line.split(':').skip(2).map_while(|part| part.parse().ok());
        Some((parts.next()?, parts.next()?))
    };
    let missing = || io::Error::other(format!("this machine has none of the users {names:?}"));
    names.iter().find_map(find).ok_or_else(missing)
}
