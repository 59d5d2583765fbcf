//! Kernels that can hold plugins to less than this one.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// What a kernel lacks.
#[derive(Debug, Clone, Copy)]
pub enum Lacks {
    /// Rules for files.
    Landlock,
    /// Telling the host of a system call that a filter refuses, as before Linux 5.0.
    Listener,
    /// Filters on system calls altogether.
    Seccomp,
}

/// Runs this as on such a kernel: for it and the processes that it starts those system calls do not exist.
pub fn on_a_kernel_that<T: Send>(lacks: &[Lacks], work: impl FnOnce() -> T + Send) -> T {
    let rules: BTreeMap<_, _> = lacks.iter().map(|lacks| lacks.rule()).collect();
    let absent = SeccompAction::Errno(libc::ENOSYS as u32);
    let arch = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, absent, arch).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    std::thread::scope(|scope| {
        let held = scope.spawn(|| {
            seccompiler::apply_filter(&program).unwrap();
            work()
        });
        held.join().unwrap()
    })
}

impl Lacks {
    /// The system call that is not there, and with which arguments; none means with any.
    fn rule(self) -> (libc::c_long, Vec<SeccompRule>) {
        let flag = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
        let listens = || {
            let masked = SeccompCmpOp::MaskedEq(flag);
            let condition = SeccompCondition::new(1, SeccompCmpArgLen::Qword, masked, flag).unwrap();
            SeccompRule::new(vec![condition]).unwrap()
        };
        match self {
            Self::Landlock => (libc::SYS_landlock_create_ruleset, Vec::new()),
            Self::Listener => (libc::SYS_seccomp, vec![listens()]),
            Self::Seccomp => (libc::SYS_seccomp, Vec::new()),
        }
    }
}
