//! The process that a PostgreSQL server belongs to.
//!
//! It waits for the end of its standard input. That ends with the process that holds it, however that ends, and the
//! guard stops the server and removes its folder. The guard has a process group of its own, so that ending a hung test
//! with its group does not end the guard before its work is done.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use function_core::Env;

use crate::user;

/// $1 is the folder of PostgreSQL's programs, $2 that of the server, $3 its port, $4 what `initdb` is told, $5 an archive of what it made
/// then, or where to put one, or nothing; settings follow. In memory a thousand small files are there at once; a disk takes half a second.
/// Nothing vacuums by itself, on whose lock a test might wait when it waits for none.
const GUARD: &str = r#"
programs=$1 folder=$2 port=$3 locale=$4 made=$5
shift 5
cd "$folder" || exit 1
home=$folder
room=$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)
[ "${room:-0}" -lt 2000000 ] || home=$(mktemp -d /dev/shm/tasuki-pg-XXXXXX) || home=$folder
trap 'cd / && rm -rf "$folder" "$home"' EXIT
[ "$home" = "$folder" ] || ln -s "$home/data" data
if ! { [ -O "$made" ] && tar -xf "$made" -C "$home" 2>/dev/null; }; then
    rm -rf "$home/data"
    "$programs/initdb" -D "$home/data" -A trust -U postgres --no-sync --no-instructions -E UTF8 --locale=C $locale >log 2>&1 || exit 1
    # Whole or not at all: another server may look for it now.
    if [ -n "$made" ]; then
        mkdir -p -m 700 "${made%/*}"
        { tar -S --hole-detection=raw -cf "$made.$port" -C "$home" data && mv "$made.$port" "$made"; } || rm -f "$made.$port"
    fi
fi
"$programs/postgres" -D data -k "$folder" -p "$port" -c listen_addresses=127.0.0.1 -c hba_file="$folder/hba" \
    -c dynamic_shared_memory_type=mmap -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c autovacuum=off "$@" >>log 2>&1 &
server=$!
cat >/dev/null
kill -QUIT $server
wait $server
"#;

/// How many servers of a process are made of archives.
const ARCHIVES: usize = 4;

/// How many servers this process has started.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// Starts the programs of the folder `programs` in `folder`, as a user who may.
pub(super) fn start(
    programs: &Path,
    folder: &Path,
    port: u16,
    locale: &[String],
    settings: &[String],
) -> io::Result<Child> {
    let own = fs::metadata("/proc/self")?.uid();
    let root = own == 0;
    // PostgreSQL refuses to run as root.
    let (user, group) = if root {
        user::first_of(&["postgres", "nobody"])?
    } else {
        (own, 0)
    };
    let made = archive(programs, locale, user)?;
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
        .arg(made.unwrap_or_default())
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    if root {
        for entry in fs::read_dir(folder)? {
            chown(entry?.path(), Some(user), Some(group))?;
        }
        chown(folder, Some(user), Some(group))?;
        guard.uid(user).gid(group);
    }
    guard.spawn()
}

/// The file that holds what `initdb` makes, if it was made before: by the same program, told the same, at the same time zone. The
/// servers of a process are of different ones, so that none is taken for the other: a copy has the system identifier of what it was
/// made of. After some of them there is none, and `initdb` runs.
fn archive(programs: &Path, locale: &[String], user: u32) -> io::Result<Option<PathBuf>> {
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    if number >= ARCHIVES {
        return Ok(None);
    }
    let program = programs.join("postgres");
    let changed = fs::metadata(&program)?.modified()?;
    let env = Env::from_process();
    let zone = (env.get("TZ"), fs::canonicalize("/etc/localtime").ok());
    let mut hasher = DefaultHasher::new();
    (GUARD, program, changed, locale, zone).hash(&mut hasher);
    let name = format!("{:016x}-{number}.tar", hasher.finish());
    let folder = std::env::temp_dir().join(format!("tasuki-pg-made-{user}"));
    Ok(Some(folder.join(name)))
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
