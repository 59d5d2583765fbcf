//! What came of the pairs.

use std::fmt;

/// What came of one pair in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The one became the other.
    Whole,
    /// The pair itself cannot be made, or a table of it has no rows.
    Unmade(String),
    /// A schema could not be read.
    Unread(String),
    /// What is left has no repair.
    NotOffered(String),
    /// PostgreSQL refused a repair.
    Refused(String),
    /// The repairs ran, and this is left all the same.
    Left(String),
    /// The snapshots are equal, and the dumps are not.
    DumpDiffers(String),
    /// Rows are not as they were, and no hazard has told of it.
    RowsChanged(String),
}

impl Outcome {
    fn word(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Unmade(_) => "unmade",
            Self::Unread(_) => "unread",
            Self::NotOffered(_) => "no mend",
            Self::Refused(_) => "refused",
            Self::Left(_) => "left",
            Self::DumpDiffers(_) => "dump differs",
            Self::RowsChanged(_) => "rows changed",
        }
    }

    fn why(&self) -> &str {
        match self {
            Self::Whole => "",
            Self::Unmade(why)
            | Self::Unread(why)
            | Self::NotOffered(why)
            | Self::Refused(why)
            | Self::Left(why)
            | Self::DumpDiffers(why)
            | Self::RowsChanged(why) => why,
        }
    }
}

/// What came of a run.
#[derive(Debug)]
pub struct PairReport {
    major: u32,
    whole: usize,
    others: Vec<(String, Outcome)>,
}

impl PairReport {
    pub(super) fn new(major: u32) -> Self {
        Self { major, whole: 0, others: Vec::new() }
    }

    /// Takes note of an outcome, and says it where it is not whole.
    pub(super) fn take(&mut self, name: String, outcome: Outcome) -> Option<String> {
        if outcome == Outcome::Whole {
            self.whole += 1;
            return None;
        }
        let line = told(&name, &outcome);
        self.others.push((name, outcome));
        Some(line)
    }

    pub(super) fn sort(&mut self) {
        self.others.sort_by(|(one, _), (other, _)| one.cmp(other));
    }

    /// How many were made whole, and how many there were.
    pub fn count(&self) -> (usize, usize) {
        (self.whole, self.whole + self.others.len())
    }

    /// Whether at least 98 of 100 were made whole, each pair could be made, and no row was changed untold.
    pub fn is_good(&self) -> bool {
        let (whole, all) = self.count();
        let is_sound = |outcome: &Outcome| {
            !matches!(outcome, Outcome::Unmade(_) | Outcome::Unread(_) | Outcome::RowsChanged(_))
        };
        whole * 100 >= all * 98 && self.others.iter().all(|(_, outcome)| is_sound(outcome))
    }
}

fn told(name: &str, outcome: &Outcome) -> String {
    format!("{}: {name}\n    {}", outcome.word(), outcome.why().replace('\n', "\n    "))
}

/// What was not made whole, and the count as the last line.
impl fmt::Display for PairReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, outcome) in &self.others {
            writeln!(f, "{}", told(name, outcome))?;
        }
        self.totals().fmt(f)
    }
}

impl PairReport {
    /// The last line.
    pub fn totals(&self) -> String {
        let (whole, all) = self.count();
        let of = |word: &str| self.others.iter().filter(|(_, outcome)| outcome.word() == word).count();
        format!(
            "PostgreSQL {}: whole {whole}/{all}, no mend for {}, refused {}, left {}, dump differs {}, unmade {}, \
             rows changed untold {}",
            self.major,
            of("no mend"),
            of("refused"),
            of("left"),
            of("dump differs"),
            of("unmade") + of("unread"),
            of("rows changed"),
        )
    }
}
