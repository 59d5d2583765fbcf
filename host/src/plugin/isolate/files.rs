//! The files that plugins may open: what every program needs to read, and what the operator named.
//!
//! Rules of the kernel's landlock can only allow. What is in no allowed place is refused: the configuration,
//! the state directory with the managed database's socket, `/proc` with the memory and the open files of the
//! process, and the home directories.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, LandlockStatus, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, path_beneath_rules,
};

use super::file_rules::FileRules;

/// Read by the C library, by the loader and by ordinary libraries.
const READ: &[&str] = &[
    "/usr",
    "/lib",
    "/lib32",
    "/lib64",
    "/nix/store",
    "/gnu/store",
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/group",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/nsswitch.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/pki/tls/certs",
    "/etc/ssl/certs",
    "/etc/timezone",
    "/proc/cpuinfo",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/proc/uptime",
    "/proc/version",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
];

/// Devices without a device behind them.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// What the newest kernel that this was written for can hold a thread to.
const NEWEST: ABI = ABI::V10;

/// How far the kernel knows these rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    Wholly,
    /// Before Linux 6.2 it does not look at truncation.
    WithoutTruncation,
    Not,
}

impl FileRules {
    /// Puts the rules on this thread and all that it will start, as far as the kernel knows them.
    pub(super) fn apply(&self) -> Result<Known, RulesetError> {
        let everything = AccessFs::from_all(NEWEST);
        let read = READ.iter().map(Path::new).chain(self.read.iter().map(PathBuf::as_path));
        let status = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(everything)?
            .handle_access(AccessNet::from_all(NEWEST))?
            .create()?
            .add_rules(path_beneath_rules(read, AccessFs::from_read(NEWEST)))?
            .add_rules(path_beneath_rules(DEVICES, AccessFs::from_file(NEWEST)))?
            .add_rules(path_beneath_rules(&self.write, everything))?
            .restrict_self()?;
        Ok(match status.landlock {
            LandlockStatus::Available { effective_abi, .. } if effective_abi >= ABI::V3 => Known::Wholly,
            LandlockStatus::Available { .. } => Known::WithoutTruncation,
            LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => Known::Not,
        })
    }
}
