//! Which process holds a lease, and whether it is still alive.

use std::fs;

use serde::{Deserialize, Serialize};

/// A process: the machine's boot and the name space of its numbers, its number, and the tick at which it started.
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

/// Where a process's number means the same process: a random number made at each boot, and the name space, because
/// the containers of a machine share the first and count their processes each for itself. Empty where it is unknown.
///
/// Source: Linux, proc(5), `pid_namespaces(7)`.
fn boot_id() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id");
    let name_space = fs::read_link("/proc/self/ns/pid");
    match (boot, name_space) {
        (Ok(boot), Ok(name_space)) => format!("{} {}", boot.trim(), name_space.display()),
        _ => String::new(),
    }
}

/// When the process started, or `None` where it has ended, also when its parent has not taken note of that.
///
/// Source: Linux, proc(5): fields 3 and 22 of `/proc/{pid}/stat`; the name in field 2 may hold spaces and parentheses.
fn start_tick(process: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace();
    match fields.next()? {
        "Z" | "X" => None,
        _ => fields.nth(18)?.parse().ok(),
    }
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
        // Its end is known before its parent takes note of it.
        while !owner.is_known_dead() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(owner.is_known_dead());
    }

    #[test]
    fn nothing_is_known_of_another_container_of_this_machine() {
        let here = Owner::this_process();
        let (boot, _) = here.boot.split_once(' ').unwrap();
        let elsewhere = Owner {
            boot: format!("{boot} pid:[1]"),
            process: u32::MAX,
            ..here.clone()
        };
        assert!(!elsewhere.is_known_dead());
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
