//! The system calls, and what becomes of each that a plugin makes.
//!
//! `verdicts.tsv` has a row for every one that the kernel's headers know, on all architectures of ours:
//! allowed, refused, decided by its arguments ([`arguments`](super::arguments)), done by the host, told
//! because it ends the process, or absent. What has no row is refused. What is newer than these headers does
//! not exist for plugins: that is what an old kernel would say, and what libraries are ready to hear.

use std::sync::LazyLock;

use syscalls::Sysno;

use super::answer::Answer;
use super::arguments::{self, Case};

const TABLE: &str = include_str!("verdicts.tsv");

/// The newest system call that is known here.
pub(super) const NEWEST: Sysno = Sysno::last();

/// What is known of a system call before it is made.
#[derive(Debug, Clone, Copy)]
pub(super) enum Verdict {
    Always(Answer),
    ByArgument(&'static [Case]),
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) verdict: Verdict,
    pub(super) reason: &'static str,
}

/// All rows of the table, by name.
static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| TABLE.lines().skip(1).filter_map(Row::parse).collect());

impl Row {
    /// `None` where a line has no such row, which a test does not let pass.
    fn parse(line: &'static str) -> Option<Self> {
        let mut cells = line.split('\t');
        let (name, verdict, reason) = (cells.next()?, cells.next()?, cells.next()?);
        let verdict = match verdict {
            "allowed" => Verdict::Always(Answer::Allow),
            "refused" => Verdict::Always(Answer::Refuse),
            "absent" => Verdict::Always(Answer::Absent),
            "by-host" => Verdict::Always(Answer::ByHost),
            "told" => Verdict::Always(Answer::End),
            "by-argument" => Verdict::ByArgument(arguments::cases(name)?),
            _ => return None,
        };
        Some(Self { name, verdict, reason })
    }
}

/// The row of a system call. When a filter was made, asking takes neither memory nor a lock.
pub(super) fn row(call: Sysno) -> Option<Row> {
    let place = ROWS.binary_search_by(|row| row.name.cmp(call.name()));
    place.ok().and_then(|place| ROWS.get(place)).copied()
}

/// What is answered to a system call that is made with these arguments.
pub(super) fn answer(call: Sysno, arguments: &[u64; 6]) -> Answer {
    match row(call).map(|row| row.verdict) {
        Some(Verdict::Always(answer)) => answer,
        Some(Verdict::ByArgument(cases)) => arguments::answer(cases, arguments),
        None => Answer::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn on_x86_64(number: u32) -> Option<&'static str> {
        syscalls::x86_64::Sysno::new(number as usize).map(|call| call.name())
    }

    fn on_aarch64(number: u32) -> Option<&'static str> {
        syscalls::aarch64::Sysno::new(number as usize).map(|call| call.name())
    }

    fn on_riscv64(number: u32) -> Option<&'static str> {
        syscalls::riscv64::Sysno::new(number as usize).map(|call| call.name())
    }

    /// The names in the kernel's tables, of all architectures for which the host is built.
    fn known() -> BTreeSet<&'static str> {
        let numbers = 0..=NEWEST.id().unsigned_abs();
        numbers
            .flat_map(|number| [on_x86_64, on_aarch64, on_riscv64].map(|name| name(number)))
            .flatten()
            .collect()
    }

    #[test]
    fn every_line_of_the_table_is_a_row_with_a_reason() {
        for line in TABLE.lines().skip(1) {
            let row = Row::parse(line).unwrap_or_else(|| panic!("no verdict: {line}"));
            assert!(row.reason.ends_with('.') && line.split('\t').count() == 3, "{line}");
        }
    }

    #[test]
    fn every_system_call_of_every_architecture_has_one_verdict_and_no_verdict_is_for_none() {
        let names: Vec<_> = ROWS.iter().map(|row| row.name).collect();
        assert!(names.is_sorted_by(|one, next| one < next), "sorted, and each once");
        assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), known());
    }

    #[test]
    fn what_is_decided_by_arguments_is_said_once_and_used() {
        let decided: BTreeSet<_> = ROWS
            .iter()
            .filter(|row| matches!(row.verdict, Verdict::ByArgument(_)))
            .map(|row| row.name)
            .collect();
        assert_eq!(arguments::names().collect::<BTreeSet<_>>(), decided);
        assert_eq!(arguments::names().count(), decided.len());
    }

    /// The headers of the machine that tests may know more than the crate's tables.
    #[test]
    fn every_number_of_the_systems_headers_has_a_verdict() {
        let names: BTreeSet<_> = ROWS.iter().map(|row| row.name).collect();
        type Name = fn(u32) -> Option<&'static str>;
        let headers: [(&str, &[Name]); 3] = [
            ("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", &[on_x86_64]),
            ("/usr/include/asm/unistd_64.h", &[on_x86_64]),
            ("/usr/include/asm-generic/unistd.h", &[on_aarch64, on_riscv64]),
        ];
        for (header, tables) in headers {
            let text = std::fs::read_to_string(header).unwrap_or_default();
            let defined = text.lines().filter_map(|line| line.strip_prefix("#define __NR"));
            let defined = defined.map(|rest| rest.strip_prefix("3264").unwrap_or(rest));
            for line in defined.filter_map(|rest| rest.strip_prefix('_')) {
                let Some((name, Ok(number))) = line
                    .split_once(char::is_whitespace)
                    .map(|(name, rest)| (name, rest.trim().parse::<u32>()))
                else {
                    continue;
                };
                // Where architectures put their own, and how many there are.
                if number > NEWEST.id().unsigned_abs()
                    || ["arch_specific_syscall", "syscalls"].contains(&name)
                {
                    continue;
                }
                // Some numbers have another name on architectures that are none of ours.
                let known = tables.iter().filter_map(|name| name(number)).any(|name| names.contains(name));
                assert!(known, "{header}: {name} ({number}) has no verdict");
            }
        }
    }

    #[test]
    fn the_answer_is_that_of_the_row() {
        let none = [0; 6];
        assert_eq!(answer(Sysno::getpid, &none), Answer::Allow);
        assert_eq!(answer(Sysno::socket, &none), Answer::Refuse);
        assert_eq!(answer(Sysno::clone3, &none), Answer::Absent);
        assert_eq!(answer(Sysno::exit_group, &none), Answer::End);
        assert_eq!(answer(Sysno::write, &[1, 0, 0, 0, 0, 0]), Answer::Print);
        assert_eq!(answer(Sysno::write, &[7, 0, 0, 0, 0, 0]), Answer::Allow);
    }
}
