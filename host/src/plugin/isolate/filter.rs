//! The filter as a program of the kernel's packet filter machine (`seccomp(2)`, `bpf(4)`).
//!
//! Our own rather than libseccomp's, which would be one more C library to build and to trust. The crates
//! without C know no listener (`SECCOMP_RET_USER_NOTIF`).

use libc::{
    BPF_ABS, BPF_ALU, BPF_AND, BPF_JEQ, BPF_JGE, BPF_JGT, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter,
};
use syscalls::Sysno;

use super::answer::Answer;
use super::arguments::{self, Case, Condition};
use super::calls::{self, NEWEST, Verdict};
use super::on_denied::OnDenied;

/// Where `struct seccomp_data` has what is looked at. All architectures of ours have the low half of an
/// argument first.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const fn low(argument: u32) -> u32 {
    16 + 8 * argument
}
const fn high(argument: u32) -> u32 {
    low(argument) + 4
}

/// The architecture (`linux/audit.h`) whose system call numbers are known here.
#[cfg(target_arch = "x86_64")]
pub(super) const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
pub(super) const NATIVE: u32 = 0xc000_00b7;
#[cfg(target_arch = "riscv64")]
pub(super) const NATIVE: u32 = 0xc000_00f3;

/// From here on are the numbers of x86_64's second table of system calls, x32.
const SECOND_TABLE: u32 = 0x4000_0000;

/// The program. What is in the table of verdicts is answered as it says, and all else is refused.
pub(super) fn program(on_denied: OnDenied) -> Vec<sock_filter> {
    let refuse = give(Answer::Refuse, on_denied);
    let mut program = vec![load(ARCHITECTURE), jump(BPF_JEQ, NATIVE, 1, 0), refuse, load(NUMBER)];
    program.extend([jump(BPF_JGE, SECOND_TABLE, 0, 1), refuse]);
    program.extend([jump(BPF_JGT, number(NEWEST), 0, 1), give(Answer::Absent, on_denied)]);
    for call in arguments::names().filter_map(|name| name.parse::<Sysno>().ok()) {
        if let Some(cases) = arguments::cases(call.name()) {
            let decided = decide(cases, on_denied);
            program.push(jump(BPF_JEQ, number(call), 0, length(&decided)));
            program.extend(decided);
        }
    }
    for (first, last, answer) in ranges() {
        program.extend([jump(BPF_JGE, first, 0, 2), jump(BPF_JGT, last, 1, 0), give(answer, on_denied)]);
    }
    program.push(refuse);
    program
}

/// The numbers whose answer depends on no argument, each range with its answer. The kernel finds out of
/// itself which of them are always allowed, and then runs no filter.
fn ranges() -> Vec<(u32, u32, Answer)> {
    let mut ranges: Vec<(u32, u32, Answer)> = Vec::new();
    for call in (0..=number(NEWEST)).filter_map(|number| Sysno::new(number as usize)) {
        let Some(Verdict::Always(answer)) = calls::row(call).map(|row| row.verdict) else { continue };
        let number = number(call);
        match ranges.last_mut() {
            Some((_, last, former)) if *last + 1 == number && *former == answer => *last = number,
            _ if answer == Answer::Refuse => {}
            _ => ranges.push((number, number, answer)),
        }
    }
    ranges
}

/// The answer to a system call by its arguments.
fn decide(cases: &[Case], on_denied: OnDenied) -> Vec<sock_filter> {
    let each = cases.iter().flat_map(|case| {
        let mut program = vec![give(case.then, on_denied)];
        for condition in case.when.iter().rev() {
            let mut tested = test(condition, length(&program));
            tested.extend(program);
            program = tested;
        }
        program
    });
    each.chain([give(Answer::Refuse, on_denied)]).collect()
}

/// Skips so many instructions unless the condition holds.
fn test(condition: &Condition, skip: u8) -> Vec<sock_filter> {
    match *condition {
        Condition::Is { argument, mask, value } => {
            vec![load(low(argument)), and(mask), jump(BPF_JEQ, value, 0, skip)]
        }
        Condition::IsNot { argument, mask, value } => {
            vec![load(low(argument)), and(mask), jump(BPF_JEQ, value, skip, 0)]
        }
        Condition::Among { argument, values } => {
            let left = (0..values.len() as u8).rev();
            let tests = values.iter().zip(left).map(|(value, left)| {
                // The last one says that it is none of them.
                jump(BPF_JEQ, *value, left, if left == 0 { skip } else { 0 })
            });
            [load(low(argument))].into_iter().chain(tests).collect()
        }
        Condition::Beyond { argument, value } => vec![load(low(argument)), jump(BPF_JGT, value, 0, skip)],
        Condition::Null { argument } => vec![
            load(low(argument)),
            jump(BPF_JEQ, 0, 0, skip + 2),
            load(high(argument)),
            jump(BPF_JEQ, 0, 0, skip),
        ],
        Condition::ThisProcess { argument } => {
            vec![load(low(argument)), jump(BPF_JEQ, std::process::id(), 0, skip)]
        }
    }
}

/// What the kernel does for an answer.
fn give(answer: Answer, on_denied: OnDenied) -> sock_filter {
    let error = |errno: libc::c_int| libc::SECCOMP_RET_ERRNO | errno as u32;
    let action = match (answer, on_denied) {
        (Answer::Allow, _) | (Answer::End, OnDenied::Errno) => libc::SECCOMP_RET_ALLOW,
        (Answer::Absent, _) => error(libc::ENOSYS),
        (Answer::Refuse | Answer::End | Answer::Print | Answer::ByHost, OnDenied::Notify) => {
            libc::SECCOMP_RET_USER_NOTIF
        }
        (Answer::Refuse | Answer::ByHost, OnDenied::Errno) => error(libc::EPERM),
        // As if it were closed, which programs take for nobody being there to read it.
        (Answer::Print, OnDenied::Errno) => error(libc::EBADF),
    };
    instruction(BPF_RET | BPF_K, action, 0, 0)
}

/// System call numbers are small.
fn number(call: Sysno) -> u32 {
    call.id().unsigned_abs()
}

/// A test holds that no part is longer than a jump.
fn length(program: &[sock_filter]) -> u8 {
    u8::try_from(program.len()).unwrap_or(u8::MAX)
}

fn load(offset: u32) -> sock_filter {
    instruction(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0)
}

fn and(mask: u32) -> sock_filter {
    instruction(BPF_ALU | BPF_AND | BPF_K, mask, 0, 0)
}

/// Skips so many instructions.
fn jump(test: u32, value: u32, if_so: u8, if_not: u8) -> sock_filter {
    instruction(BPF_JMP | test | BPF_K, value, if_so, if_not)
}

fn instruction(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel does.
    fn run(program: &[sock_filter], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
        let (mut at, mut value) = (0, 0);
        loop {
            let one = program[at];
            at += 1;
            match u32::from(one.code) {
                code if code == BPF_LD | BPF_W | BPF_ABS => {
                    value = match one.k {
                        NUMBER => number,
                        ARCHITECTURE => architecture,
                        offset if offset % 8 == 0 => arguments[(offset as usize - 16) / 8] as u32,
                        offset => (arguments[(offset as usize - 16) / 8] >> 32) as u32,
                    };
                }
                code if code == BPF_ALU | BPF_AND | BPF_K => value &= one.k,
                code if code == BPF_RET | BPF_K => return one.k,
                code => {
                    let holds = match code & !(BPF_JMP | BPF_K) {
                        BPF_JEQ => value == one.k,
                        BPF_JGT => value > one.k,
                        BPF_JGE => value >= one.k,
                        other => panic!("no such test: {other}"),
                    };
                    at += usize::from(if holds { one.jt } else { one.jf });
                }
            }
        }
    }

    /// Arguments at and beside everything that is looked at, and with something in the high half.
    fn arguments() -> Vec<[u64; 6]> {
        let process = u64::from(std::process::id());
        let mut values: Vec<u64> = vec![
            0,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            9,
            15,
            22,
            36,
            37,
            38,
            1030,
            1034,
            0x5401,
            0x5412,
            0x5413,
            0x541b,
            0x5421,
            0x5451,
            0x1002,
            0x1003,
            0x3001,
            0x003d_0f00,
            0x103d_0f00,
            0x0001_0f11,
            0x5456_0101,
            process,
            u64::from(u32::MAX),
            1 << 32,
            u64::MAX,
        ];
        values.push(super::super::crash::TELL.into());
        let mut all = Vec::new();
        for first in &values {
            for second in &values {
                for third in &values {
                    all.push([*first, *second, *third, 0, 0, 0]);
                }
            }
        }
        all
    }

    #[test]
    fn the_program_answers_every_number_as_the_table_says() {
        for on_denied in [OnDenied::Notify, OnDenied::Errno] {
            let program = program(on_denied);
            assert!(program.len() < 4096, "the kernel's limit (BPF_MAXINSNS)");
            let (all, none) = (arguments(), vec![[0; 6]]);
            for number in 0..=number(NEWEST) + 40 {
                let call = Sysno::new(number as usize);
                let decided = call.is_some_and(|call| arguments::cases(call.name()).is_some());
                for arguments in if decided { &all } else { &none } {
                    let expected = match call {
                        Some(call) => calls::answer(call, arguments),
                        None if number > super::number(NEWEST) => Answer::Absent,
                        None => Answer::Refuse,
                    };
                    let given = run(&program, NATIVE, number, *arguments);
                    assert_eq!(given, give(expected, on_denied).k, "{number} {call:?} {arguments:x?}");
                }
            }
        }
    }

    #[test]
    fn what_another_architecture_or_the_second_table_calls_is_refused() {
        for on_denied in [OnDenied::Notify, OnDenied::Errno] {
            let (program, refuse) = (program(on_denied), give(Answer::Refuse, on_denied).k);
            for number in 0..=500 {
                assert_eq!(run(&program, 0x4000_0003, number, [0; 6]), refuse);
                assert_eq!(run(&program, NATIVE, SECOND_TABLE + number, [0; 6]), refuse);
            }
        }
    }
}
