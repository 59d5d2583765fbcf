//! System calls that are allowed for some arguments and refused for all others.
//!
//! What lies behind a pointer is not looked at: another thread could change it meanwhile. Most arguments are
//! looked at as the kernel does, which takes the low half of them; a pointer that has to be null is null in
//! both.

use super::answer::Answer;
use super::crash::TELL;

/// What is answered where all conditions hold.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) when: &'static [Condition],
    pub(super) then: Answer,
}

/// A condition on one argument of a system call, which is given by its place.
#[derive(Debug)]
pub(super) enum Condition {
    /// The bits under the mask are the value's.
    Is { argument: u32, mask: u32, value: u32 },
    /// The bits under the mask are not the value's.
    IsNot { argument: u32, mask: u32, value: u32 },
    /// The argument is one of these values.
    Among { argument: u32, values: &'static [u32] },
    /// The argument is more than this, taken as a number without a sign.
    Beyond { argument: u32, value: u32 },
    /// The argument is zero in both halves.
    Null { argument: u32 },
    /// The argument is the number of this process.
    ThisProcess { argument: u32 },
}

use Condition::{Among, Beyond, Is, IsNot, Null, ThisProcess};

const WHOLE: u32 = u32::MAX;
/// The last of the descriptors that are the host's standard input, output and error.
const STANDARD: u32 = 2;

const fn allow(when: &'static [Condition]) -> Case {
    Case { when, then: Answer::Allow }
}

/// A descriptor that is none of the standard ones.
const fn own(argument: u32) -> Condition {
    Beyond { argument, value: STANDARD }
}

const fn zero(argument: u32) -> Condition {
    Is { argument, mask: WHOLE, value: 0 }
}

const WRITABLE_CODE: u32 = (libc::PROT_WRITE | libc::PROT_EXEC) as u32;
const MEMORY: &[Case] = &[allow(&[IsNot { argument: 2, mask: WRITABLE_CODE, value: WRITABLE_CODE }])];

/// Reading from what is not standard input. Nothing comes from standard output and error.
const READING: &[Case] = &[allow(&[own(0)])];
const OWN_FIRST: &[Case] = &[allow(&[own(0)])];
const WRITING: &[Case] =
    &[allow(&[own(0)]), Case { when: &[Among { argument: 0, values: &[1, 2] }], then: Answer::Print }];

/// What a thread has in common with the others of its process, and what it may have besides.
const OF_A_THREAD: u32 =
    (libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD) as u32;
const BESIDES: u32 = (libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_SETTID
    | libc::CLONE_CHILD_CLEARTID
    | libc::CLONE_DETACHED) as u32;

const PR_GET_AUXV: u32 = u32::from_be_bytes(*b"AUXV");
const ARCH_GET_FS: u32 = 0x1003;
const ARCH_GET_GS: u32 = 0x1004;
const ARCH_CET_STATUS: u32 = 0x3001;
const ARCH_SHSTK_STATUS: u32 = 0x5005;
/// `TCGETS2`, by which newer C libraries ask for a terminal.
const TCGETS2: u32 = 0x802c_542a;

const CALLS: &[(&str, &[Case])] = &[
    // What is called most comes first in the filter.
    ("read", READING),
    ("write", WRITING),
    ("readv", READING),
    ("writev", WRITING),
    ("close", OWN_FIRST),
    ("mmap", MEMORY),
    ("mprotect", MEMORY),
    ("pread64", READING),
    ("preadv", READING),
    ("preadv2", READING),
    ("pwrite64", OWN_FIRST),
    ("pwritev", OWN_FIRST),
    ("pwritev2", OWN_FIRST),
    ("sendfile", &[allow(&[own(0), own(1)])]),
    ("splice", &[allow(&[own(0), own(2)])]),
    ("copy_file_range", &[allow(&[own(0), own(2)])]),
    ("tee", &[allow(&[own(0), own(1)])]),
    ("dup", OWN_FIRST),
    (
        "fcntl",
        &[
            allow(&[Among { argument: 1, values: &[libc::F_GETFD as u32, libc::F_GETFL as u32] }]),
            allow(&[
                own(0),
                Among {
                    argument: 1,
                    values: &[
                        libc::F_DUPFD as u32,
                        libc::F_DUPFD_CLOEXEC as u32,
                        libc::F_SETFD as u32,
                        libc::F_SETFL as u32,
                        libc::F_GETLK as u32,
                        libc::F_SETLK as u32,
                        libc::F_SETLKW as u32,
                        libc::F_OFD_GETLK as u32,
                        libc::F_OFD_SETLK as u32,
                        libc::F_OFD_SETLKW as u32,
                        libc::F_GETPIPE_SZ as u32,
                        libc::F_SETPIPE_SZ as u32,
                        libc::F_GET_SEALS as u32,
                    ],
                },
            ]),
        ],
    ),
    (
        "ioctl",
        &[
            allow(&[Among {
                argument: 1,
                values: &[libc::TCGETS as u32, TCGETS2, libc::TIOCGWINSZ as u32, libc::FIONREAD as u32],
            }]),
            allow(&[
                own(0),
                Among {
                    argument: 1,
                    values: &[libc::FIOCLEX as u32, libc::FIONCLEX as u32, libc::FIONBIO as u32],
                },
            ]),
        ],
    ),
    (
        "prctl",
        &[
            // From the handler of a crash.
            Case { when: &[Is { argument: 0, mask: WHOLE, value: TELL }], then: Answer::End },
            allow(&[Among {
                argument: 0,
                values: &[
                    libc::PR_SET_NAME as u32,
                    libc::PR_GET_NAME as u32,
                    libc::PR_SET_VMA as u32,
                    libc::PR_GET_DUMPABLE as u32,
                    libc::PR_GET_PDEATHSIG as u32,
                    libc::PR_GET_KEEPCAPS as u32,
                    libc::PR_GET_SECCOMP as u32,
                    libc::PR_CAPBSET_READ as u32,
                    libc::PR_GET_TIMERSLACK as u32,
                    libc::PR_GET_NO_NEW_PRIVS as u32,
                    libc::PR_GET_THP_DISABLE as u32,
                    PR_GET_AUXV,
                ],
            }]),
        ],
    ),
    ("clone", &[allow(&[Is { argument: 0, mask: !BESIDES, value: OF_A_THREAD }])]),
    ("prlimit64", &[allow(&[Null { argument: 2 }])]),
    ("rt_sigaction", &[allow(&[Null { argument: 1 }])]),
    (
        "tgkill",
        &[
            Case {
                when: &[
                    ThisProcess { argument: 0 },
                    Is { argument: 2, mask: WHOLE, value: libc::SIGABRT as u32 },
                ],
                then: Answer::End,
            },
            allow(&[ThisProcess { argument: 0 }, zero(2)]),
        ],
    ),
    // The number 0 is that of whoever calls.
    ("sched_setaffinity", &[allow(&[zero(0)])]),
    (
        "arch_prctl",
        &[allow(&[Among {
            argument: 0,
            values: &[ARCH_GET_FS, ARCH_GET_GS, ARCH_CET_STATUS, ARCH_SHSTK_STATUS],
        }])],
    ),
    ("personality", &[allow(&[Is { argument: 0, mask: WHOLE, value: WHOLE }])]),
];

/// The names of all, in the order in which the filter looks at them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    CALLS.iter().map(|(name, _)| *name)
}

/// The cases of a system call, of which the first that holds counts; the call is refused where none does.
pub(super) fn cases(name: &str) -> Option<&'static [Case]> {
    CALLS.iter().find(|(known, _)| *known == name).map(|(_, cases)| *cases)
}

/// What the filter finds for these arguments.
pub(super) fn answer(cases: &[Case], arguments: &[u64; 6]) -> Answer {
    let case = cases.iter().find(|case| case.when.iter().all(|condition| condition.holds(arguments)));
    case.map_or(Answer::Refuse, |case| case.then)
}

impl Condition {
    fn holds(&self, arguments: &[u64; 6]) -> bool {
        let whole = |argument: &u32| arguments.get(*argument as usize).copied().unwrap_or_default();
        let low = |argument: &u32| whole(argument) as u32;
        match self {
            Is { argument, mask, value } => low(argument) & mask == *value,
            IsNot { argument, mask, value } => low(argument) & mask != *value,
            Among { argument, values } => values.contains(&low(argument)),
            Beyond { argument, value } => low(argument) > *value,
            Null { argument } => whole(argument) == 0,
            ThisProcess { argument } => low(argument) == std::process::id(),
        }
    }
}
