//! Which process holds a lease, and whether it is still alive.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process: the machine's boot, its number, and the tick at which it started.
///
/// A process that was killed on this machine is known to be dead at once, so that its lease need not
/// run out. Of a process on another machine nothing is known: its lease must run out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    boot: String,
    process: u32,
    start_tick: u64,
}

impl Owner {
    /// This process.
    pub fn this_process() -> Self {
        let process = std::process::id();
        Self {
            boot: boot_id(),
            process,
            start_tick: start_tick(process).unwrap_or(0),
        }
    }

    /// True when the process ran on this machine since its last boot and is no more.
    pub fn is_known_dead(&self) -> bool {
        !self.boot.is_empty()
            && self.boot == boot_id()
            && start_tick(self.process) != Some(self.start_tick)
    }
}

/// Source: Linux, proc(5): a random number made at each boot.
fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

/// Source: Linux, proc(5): field 22 of `/proc/{pid}/stat`; the name in field 2 may hold spaces and parentheses.
fn start_tick(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive() {
        assert!(!Owner::this_process().is_known_dead());
    }

    #[test]
    fn a_process_that_ended_is_known_dead() {
        let mut child = std::process::Command::new("sleep")
            .arg("60")
            .spawn()
            .unwrap();
        let owner = Owner {
            process: child.id(),
            start_tick: start_tick(child.id()).unwrap(),
            ..Owner::this_process()
        };
        assert!(!owner.is_known_dead());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(owner.is_known_dead());
    }

    #[test]
    fn nothing_is_known_of_another_machine() {
        let owner = Owner {
            boot: "elsewhere".to_owned(),
            process: 1,
            start_tick: 7,
        };
        assert!(!owner.is_known_dead());
    }
}
