//! Ports for servers that are told theirs.

use std::fs::{self, File};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::ops::Range;
use std::os::unix::fs::MetadataExt as _;
use std::sync::{Mutex, PoisonError};

/// Below the ports that systems give to connections, one of which could take a port between the choice and its use.
const PORTS: Range<u16> = 20_000..32_000;

/// How many ports are tried.
const ATTEMPTS: u32 = 1_000;

/// The locked files that stand for the ports of this process. The system unlocks them when it ends, however it ends.
static HELD: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port of this machine that nobody listens on, and that no other process is given here as long as this one lives.
///
/// # Errors
/// No port is free, or the folder of the lock files can't be written.
pub fn free_port() -> io::Result<u16> {
    // Each user has an own folder, for nobody may open another's files.
    let user = fs::metadata("/proc/self")?.uid();
    let folder = std::env::temp_dir().join(format!("tasuki-ports-{user}"));
    fs::create_dir_all(&folder)?;
    for _ in 0..ATTEMPTS {
        let port = fastrand::u16(PORTS);
        let lock = File::create(folder.join(port.to_string()))?;
        if lock.try_lock().is_ok() && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
            held.push(lock);
            return Ok(port);
        }
    }
    Err(io::Error::other(format!(
        "{ATTEMPTS} ports of {PORTS:?} were tried, and all are taken"
    )))
}
