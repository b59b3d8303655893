//! The process that a PostgreSQL server belongs to.
//!
//! It waits for the end of its standard input. That ends with the process that holds it, however that ends, and the
//! guard stops the server and removes its folder. The guard has a process group of its own, so that ending a hung test
//! with its group does not end the guard before its work is done.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::user;

/// $1 is the folder of PostgreSQL's programs, $2 that of the server, $3 its port, $4 what `initdb` is told; settings follow.
const GUARD: &str = r#"
programs=$1 folder=$2 port=$3 locale=$4
shift 4
cd "$folder" || exit 1
trap 'cd / && rm -rf "$folder"' EXIT
"$programs/initdb" -D data -A trust -U postgres --no-sync --no-instructions -E UTF8 --locale=C $locale >log 2>&1 || exit 1
"$programs/postgres" -D data -k "$folder" -p "$port" -c listen_addresses=127.0.0.1 -c hba_file="$folder/hba" \
    -c fsync=off -c full_page_writes=off -c synchronous_commit=off "$@" >>log 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
"#;

/// Starts the programs of the folder `programs` in `folder`, as a user who may.
pub(super) fn start(
    programs: &Path,
    folder: &Path,
    port: u16,
    locale: &[String],
    settings: &[String],
) -> io::Result<Child> {
    let root = fs::metadata("/proc/self")?.uid() == 0;
    let programs = if root {
        within_reach(programs, folder)?
    } else {
        programs.to_owned()
    };
    let mut guard = Command::new("sh");
    guard
        .args(["-c", GUARD, "guard"])
        .args([&programs, folder])
        .arg(port.to_string())
        .arg(locale.join(" "))
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    if root {
        // PostgreSQL refuses to run as root.
        let (user, group) = user::first_of(&["postgres", "nobody"])?;
        for entry in fs::read_dir(folder)? {
            chown(entry?.path(), Some(user), Some(group))?;
        }
        chown(folder, Some(user), Some(group))?;
        guard.uid(user).gid(group);
    }
    guard.spawn()
}

/// The folder of programs that every user may run: `programs`, or a copy in `folder` where a folder above is closed to others, as it is
/// in a clone that `mktemp` or `/root` holds.
fn within_reach(programs: &Path, folder: &Path) -> io::Result<PathBuf> {
    let is_open = |place: &Path| fs::metadata(place).is_ok_and(|place| place.mode() & 0o001 != 0);
    if programs.ancestors().all(is_open) {
        return Ok(programs.to_owned());
    }
    // The programs of the Python package look for libraries that far above themselves.
    let Some(all) = programs.ancestors().nth(3) else {
        return Ok(programs.to_owned());
    };
    let copy = folder.join("installed");
    let copied = Command::new("cp").arg("-R").args([all, &copy]).status()?;
    if !copied.success() {
        let all = all.display();
        return Err(io::Error::other(format!(
            "{all} can't be copied to where every user may read it"
        )));
    }
    let below = programs.strip_prefix(all).map_err(io::Error::other)?;
    Ok(copy.join(below))
}
