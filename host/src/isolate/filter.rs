//! The filter as a program of the kernel's packet filter machine (`seccomp(2)`, `bpf(4)`).
//!
//! Our own, since no library writes one that asks a listener (`SECCOMP_RET_USER_NOTIF`).

use libc::{
    BPF_ABS, BPF_ALU, BPF_AND, BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W,
    c_long, sock_filter,
};

use super::Telling;
use super::calls::{NEWEST, refused};
use super::crash::TELL;

/// Where `struct seccomp_data` has what is looked at. All architectures of ours have the low half of an
/// argument first.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const fn argument(index: u32) -> u32 {
    16 + 8 * index
}

/// The architecture (`linux/audit.h`) whose system call numbers are known here.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
const NATIVE: u32 = 0xc000_00f3;

/// From here on are the numbers of x86_64's second table of system calls, x32.
const SECOND_TABLE: u32 = 0x4000_0000;

/// `ioctl` requests have their kind in the second byte: `!` is the listener of a filter like this one, by
/// which a plugin could let its own calls through.
const IOCTL_KIND: u32 = 0xff00;
const IOCTL_OF_LISTENER: u32 = (b'!' as u32) << 8;

const ALLOWED: u32 = libc::SECCOMP_RET_ALLOW;
const ABSENT: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// The program. Whatever it does not name is allowed.
pub(super) fn program(telling: Telling) -> Vec<sock_filter> {
    let refuse = match telling {
        Telling::Told => libc::SECCOMP_RET_USER_NOTIF,
        Telling::Silent => libc::SECCOMP_RET_ERRNO | libc::EPERM as u32,
    };
    let mut program = vec![load(ARCHITECTURE), jump(BPF_JEQ, NATIVE, 1, 0), answer(refuse), load(NUMBER)];
    program.extend([jump(BPF_JGE, SECOND_TABLE, 0, 1), answer(refuse)]);
    program.extend([jump(BPF_JGT, NEWEST, 0, 1), answer(ABSENT)]);
    // Its flags lie behind a pointer, where no filter sees them: the C library falls back to `clone`.
    program.extend(always(libc::SYS_clone3, ABSENT));
    program.extend(refused().flat_map(|(number, _)| always(*number, refuse)));
    program.extend(when(libc::SYS_clone, argument(0), BPF_JSET, libc::CLONE_THREAD as u32, ALLOWED, refuse));
    program.extend([
        jump(BPF_JEQ, number(libc::SYS_ioctl), 0, 5),
        load(argument(1)),
        instruction(BPF_ALU | BPF_AND | BPF_K, IOCTL_KIND, 0, 0),
        jump(BPF_JEQ, IOCTL_OF_LISTENER, 0, 1),
        answer(refuse),
        answer(ALLOWED),
    ]);
    if telling == Telling::Told {
        // What ends the process: the host writes it down first, and then lets it happen.
        let told = libc::SECCOMP_RET_USER_NOTIF;
        program.extend(always(libc::SYS_exit_group, told));
        program.extend(when(libc::SYS_tgkill, argument(2), BPF_JEQ, libc::SIGABRT as u32, told, ALLOWED));
        program.extend(when(libc::SYS_prctl, argument(0), BPF_JEQ, TELL, told, ALLOWED));
    }
    program.push(answer(ALLOWED));
    program
}

/// The answer to a system call whatever its arguments.
fn always(call: c_long, given: u32) -> [sock_filter; 2] {
    [jump(BPF_JEQ, number(call), 0, 1), answer(given)]
}

/// The answers to a system call whose argument passes a test, and to one whose does not.
fn when(call: c_long, argument: u32, test: u32, value: u32, passes: u32, fails: u32) -> [sock_filter; 5] {
    [
        jump(BPF_JEQ, number(call), 0, 4),
        load(argument),
        jump(test, value, 0, 1),
        answer(passes),
        answer(fails),
    ]
}

/// System call numbers are small.
fn number(call: c_long) -> u32 {
    u32::try_from(call).unwrap_or(u32::MAX)
}

fn load(offset: u32) -> sock_filter {
    instruction(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0)
}

/// Skips so many instructions.
fn jump(test: u32, value: u32, if_so: u8, if_not: u8) -> sock_filter {
    instruction(BPF_JMP | test | BPF_K, value, if_so, if_not)
}

fn answer(given: u32) -> sock_filter {
    instruction(BPF_RET | BPF_K, given, 0, 0)
}

fn instruction(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k }
}
