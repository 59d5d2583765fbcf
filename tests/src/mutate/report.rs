//! The table of what was caught, kind by kind and schema by schema.

use std::fmt;

use tenon_host::schema::state::Renewal;
use tenon_migrations_core::compare::Difference;

use super::SchemaSource;
use super::kinds::Kind;
use super::repair::RepairOutcome;
use super::round::Outcome;

/// How often a kind was tried in a schema, and caught.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    caught: u64,
    tried: u64,
}

/// What came of a run.
#[derive(Debug)]
pub struct Report {
    kinds: Vec<&'static str>,
    sources: Vec<String>,
    /// By kind, then by source.
    scores: Vec<Vec<Score>>,
    /// The kind, the schema, and the statements that were not noticed.
    pub missed: Vec<(&'static str, String, String)>,
    /// The schema, what was done to it, and a difference where there is none.
    pub false_alarms: Vec<(String, &'static str, String)>,
    /// How many of the changes were seen by reading a part again.
    pub renewed_in_part: usize,
    /// After how many changes the repairs made all as it was.
    repaired: u64,
    /// The kind, the schema, and the differences that had no repair.
    pub not_offered: Vec<(&'static str, String, Vec<String>)>,
    /// The kind, the schema, and what a repair did that it should not.
    pub repairs_failed: Vec<(&'static str, String, String)>,
    /// What PostgreSQL said to the last try of a kind.
    refused: Vec<Option<String>>,
    /// The schema, and what of it could not be made or tried.
    pub left_out: Vec<(String, String)>,
    /// The schema, and why it, or a restore of it, could not be read.
    pub not_read: Vec<(String, String)>,
    /// What was not yet told.
    new: Vec<String>,
}

impl Report {
    pub(super) fn new(kinds: &[Kind], sources: &[SchemaSource]) -> Self {
        Self {
            kinds: kinds.iter().map(|kind| kind.name).collect(),
            sources: sources.iter().map(|source| source.name.clone()).collect(),
            scores: vec![vec![Score::default(); sources.len()]; kinds.len()],
            missed: Vec::new(),
            false_alarms: Vec::new(),
            renewed_in_part: 0,
            repaired: 0,
            not_offered: Vec::new(),
            repairs_failed: Vec::new(),
            refused: vec![None; kinds.len()],
            left_out: Vec::new(),
            not_read: Vec::new(),
            new: Vec::new(),
        }
    }

    pub(super) fn left_out(&mut self, source: usize, what: &[String]) {
        for what in what {
            let name = &self.sources[source];
            self.new.push(format!("left out of {name}: {what}"));
            self.left_out.push((name.clone(), what.clone()));
        }
    }

    pub(super) fn not_read(&mut self, source: usize, why: String) {
        let name = &self.sources[source];
        self.new.push(format!("not read: {name}: {why}"));
        self.not_read.push((name.clone(), why));
    }

    /// What has come of the run since this was asked last, a line each.
    pub(super) fn take_new(&mut self) -> Vec<String> {
        std::mem::take(&mut self.new)
    }

    pub(super) fn tried(&mut self, source: usize, kind: usize, outcome: Outcome) {
        let score = &mut self.scores[kind][source];
        match outcome {
            Outcome::NotApplicable(why) => {
                if why.is_some() {
                    self.refused[kind] = why;
                }
                return;
            }
            Outcome::NotTried(why) => {
                let why = format!("{}: what there is to change could not be found: {why}", self.kinds[kind]);
                return self.left_out(source, &[why]);
            }
            Outcome::Caught(renewal, repaired) => {
                score.caught += 1;
                self.renewed_in_part += usize::from(renewal == Renewal::Part);
                let (kind, source) = (self.kinds[kind], self.sources[source].clone());
                match repaired {
                    RepairOutcome::Whole => self.repaired += 1,
                    RepairOutcome::NotOffered(left) => {
                        self.new.push(format!("no mend in {source}: {kind}: {}", left.join("; ")));
                        self.not_offered.push((kind, source, left));
                    }
                    RepairOutcome::Failed(why) => {
                        self.new.push(format!("mend failed in {source}: {kind}\n    {}", indented(&why)));
                        self.repairs_failed.push((kind, source, why));
                    }
                }
            }
            Outcome::Missed(sql) => {
                let (kind, source) = (self.kinds[kind], self.sources[source].clone());
                self.new.push(format!("missed in {source}: {kind}\n    {}", indented(&sql)));
                self.missed.push((kind, source, sql));
            }
        }
        score.tried += 1;
    }

    /// Takes note of a comparison that has to show no difference.
    pub(super) fn compared(
        &mut self,
        source: usize,
        done: &'static str,
        differences: Result<Vec<Difference>, String>,
    ) {
        let differences = match differences {
            Ok(differences) => differences,
            Err(why) => return self.not_read(source, format!("{done}: {why}")),
        };
        for difference in differences {
            let name = &self.sources[source];
            self.new.push(format!("false alarm in {name}, {done}: {difference}"));
            self.false_alarms.push((name.clone(), done, difference.to_string()));
        }
    }

    /// What came of a schema, in a line.
    pub(super) fn line_of(&self, source: usize) -> String {
        let name = &self.sources[source];
        let scores = self.scores.iter().map(|scores| &scores[source]);
        let (caught, tried) =
            scores.fold((0, 0), |(caught, tried), score| (caught + score.caught, tried + score.tried));
        let alarms = self.false_alarms.iter().filter(|(of, ..)| of == name).count();
        let left_out = self.left_out.iter().filter(|(of, _)| of == name).count();
        format!("{name}: recall {caught}/{tried}, false alarms {alarms}, left out {left_out}")
    }

    /// How many changes were caught, and how many made.
    pub fn recall(&self) -> (u64, u64) {
        let scores = self.scores.iter().flatten();
        scores.fold((0, 0), |(caught, tried), score| (caught + score.caught, tried + score.tried))
    }

    /// The kinds that no schema had an object for, each with what PostgreSQL said to the last try.
    pub fn never_tried(&self) -> Vec<(&'static str, Option<&str>)> {
        let untried = |kind: &usize| self.scores[*kind].iter().all(|score| score.tried == 0);
        let kinds = (0..self.kinds.len()).filter(untried);
        kinds.map(|kind| (self.kinds[kind], self.refused[kind].as_deref())).collect()
    }

    /// After how many changes the repairs made all as it was.
    pub fn repaired(&self) -> u64 {
        self.repaired
    }

    /// Whether all was read, every change was caught, nothing else was told, and no repair failed.
    pub fn is_perfect(&self) -> bool {
        self.missed.is_empty()
            && self.false_alarms.is_empty()
            && self.repairs_failed.is_empty()
            && self.not_read.is_empty()
    }
}

/// What came of a run without what was told as it went: the table, and how many.
#[derive(Debug)]
pub struct Summary<'a>(&'a Report);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write_table(f)?;
        self.0.write_totals(f)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_table(f)?;
        self.write_findings(f)?;
        self.write_totals(f)
    }
}

impl Report {
    /// The table and the totals alone.
    pub fn summary(&self) -> Summary<'_> {
        Summary(self)
    }

    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.kinds.iter().map(|kind| kind.chars().count()).max().unwrap_or_default();
        let width = |name: &String| name.chars().count().max(7);
        write!(f, "{:first$}", "caught of tried")?;
        for source in &self.sources {
            write!(f, "  {source:>width$}", width = width(source))?;
        }
        writeln!(f)?;
        for (kind, scores) in self.kinds.iter().zip(&self.scores) {
            write!(f, "{kind:first$}")?;
            for (source, score) in self.sources.iter().zip(scores) {
                let said = match score {
                    Score { tried: 0, .. } => "-".to_owned(),
                    Score { caught, tried } => format!("{caught}/{tried}"),
                };
                write!(f, "  {said:>width$}", width = width(source))?;
            }
            writeln!(f)?;
        }
        writeln!(f)?;
        for (kind, why) in self.never_tried() {
            writeln!(f, "never tried: {kind}{}", why.map(|why| format!(" ({why})")).unwrap_or_default())?;
        }
        Ok(())
    }

    fn write_findings(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (source, what) in &self.left_out {
            writeln!(f, "left out of {source}: {what}")?;
        }
        for (source, why) in &self.not_read {
            writeln!(f, "not read: {source}: {why}")?;
        }
        for (kind, source, sql) in &self.missed {
            writeln!(f, "missed in {source}: {kind}\n    {}", indented(sql))?;
        }
        for (source, done, difference) in &self.false_alarms {
            writeln!(f, "false alarm in {source}, {done}: {difference}")?;
        }
        for (kind, source, left) in &self.not_offered {
            writeln!(f, "no mend in {source}: {kind}: {}", left.join("; "))?;
        }
        for (kind, source, why) in &self.repairs_failed {
            writeln!(f, "mend failed in {source}: {kind}\n    {}", indented(why))?;
        }
        Ok(())
    }

    fn write_totals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (caught, tried) = self.recall();
        let (repaired, not_offered) = (self.repaired, self.not_offered.len());
        writeln!(
            f,
            "mended {repaired}/{caught}, no mend for {not_offered}, failed {}",
            self.repairs_failed.len()
        )?;
        write!(f, "recall {caught}/{tried}, false alarms {}", self.false_alarms.len())
    }
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}
