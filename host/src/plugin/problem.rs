//! What speaks against a plugin's file, or is worth knowing of it.

mod code;

use std::fmt;
use std::path::Path;

use serde::Serialize;

pub use self::code::ProblemCode;

/// How much a problem weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemSeverity {
    /// The file is not loaded.
    Refusal,
    /// Worth knowing.
    Notice,
}

/// One thing that speaks against a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = FileProblem)]
pub struct Problem {
    #[schema(value_type = String)]
    pub code: ProblemCode,
    pub weight: ProblemSeverity,
    /// Why, in one sentence without a full stop.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
    /// What the loader said in full, where that is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

impl Problem {
    /// A reason not to load the file, without a long explanation.
    pub fn new(code: ProblemCode, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (reason, remedy) = (reason.into(), remedy.into());
        Self { code, weight: ProblemSeverity::Refusal, reason, remedy, explanation: None }
    }

    /// What is worth knowing, and does not keep the file from being loaded.
    pub fn notice(code: ProblemCode, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { weight: ProblemSeverity::Notice, ..Self::new(code, reason, remedy) }
    }

    /// What is said of a file that is looked at because one before it is refused.
    pub fn stands_in(before: &Path) -> Self {
        let reason = format!("it stands in for {}, which comes before it and is refused", before.display());
        Self::notice(ProblemCode::StandsIn, reason, "mend or remove that file, or remove this one")
    }

    /// What is said of a file of which there is a copy.
    pub fn same_bytes(copy: &Path) -> Self {
        let reason = format!("{} is a copy of it, byte for byte, which is not loaded", copy.display());
        Self::notice(ProblemCode::SameBytes, reason, "leave one of the two in the plugin directories")
    }

    /// What is said of a file that a refused one wants to be.
    pub fn refused_beside(other: &Path, why: &str) -> Self {
        let reason = format!(
            "{} says that it is this plugin too; it is refused and not served: {why}",
            other.display()
        );
        Self::notice(ProblemCode::RefusedBeside, reason, "mend or remove that file")
    }

    /// Whether it tells of another file that is passed over, as long as this one is not refused.
    pub(crate) fn passes_over(&self) -> bool {
        [ProblemCode::HidesAnother, ProblemCode::SameFile].contains(&self.code)
    }

    /// Whether the file is not loaded because of it.
    pub fn is_refusal(&self) -> bool {
        self.weight == ProblemSeverity::Refusal
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}
