//! The SQL of a plan's migrations, with what is to be known of it marked at its place.

use std::collections::BTreeMap;

use serde::Serialize;
use tenon_migrations_core::migration::{MigrationId, PluginMigration};
use tenon_migrations_core::plan::{Consent, Plan, PlanRule};
use tenon_migrations_core::statements::{Piece, PieceKind, Waiting, pieces};

/// The text of one migration of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MigrationSql {
    /// The migration, as `inventory/0002_x.sql`.
    pub migration: String,
    pub sql: String,
    /// What is to be known of single statements, in the order of their places.
    pub marks: Vec<Mark>,
}

/// What is to be known of the statement at a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
pub struct Mark {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    pub kind: MarkKind,
    pub text: String,
}

/// The kind of a mark, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MarkKind {
    /// A reason for which the plan is refused.
    Refusal,
    /// What the statement may cost.
    Hazard,
    /// A relation that it keeps locked.
    Lock,
    Note,
}

impl MarkKind {
    /// The kind in a word.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Refusal => "refused",
            Self::Hazard => "hazard",
            Self::Lock => "lock",
            Self::Note => "note",
        }
    }
}

/// One line of a text, cut into pieces, with the marks of the statements that begin in it.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub marks: Vec<&'a Mark>,
    pub pieces: Vec<Piece<'a>>,
}

impl MigrationSql {
    /// The migrations of a plan, in its order.
    pub(crate) fn of(plan: &Plan, migrations: &[PluginMigration]) -> Vec<Self> {
        let known: BTreeMap<&MigrationId, &PluginMigration> =
            migrations.iter().map(|migration| (&migration.id, migration)).collect();
        let steps = plan.steps.iter().filter_map(|step| known.get(&step.migration));
        steps.map(|migration| Self::with_marks(plan, &migration.id.to_string(), &migration.sql)).collect()
    }

    fn with_marks(plan: &Plan, migration: &str, sql: &str) -> Self {
        let mut marks = Vec::new();
        let mut add = |place: &str, kind, text: String| {
            if let Some((line, column)) = at(place, migration) {
                marks.push(Mark { line, column, kind, text });
            }
        };
        for hazard in &plan.hazards {
            let consent = match hazard.consent {
                Consent::NotNeeded => "",
                Consent::Needed => "; needs consent",
                Consent::Given => "; consented to",
            };
            add(&hazard.place, MarkKind::Hazard, format!("{hazard}{consent}"));
        }
        // What wants consent is a hazard already.
        for refusal in plan.refusals.iter().filter(|refusal| refusal.rule != PlanRule::Hazard) {
            add(&refusal.place, MarkKind::Refusal, format!("{}: {}", refusal.rule, refusal.reason));
        }
        for locked in &plan.locked {
            let size = locked.size.map(|size| format!(", {size}")).unwrap_or_default();
            let waiting = waiting(locked.mode.waiting());
            let text = format!("{} is locked {}: {waiting}{size}", locked.relation, locked.mode);
            add(&locked.place, MarkKind::Lock, text);
        }
        for note in &plan.notes {
            add(&note.place, MarkKind::Note, format!("{}: {}", note.rule, note.reason));
        }
        marks.sort();
        marks.dedup();
        Self { migration: migration.to_owned(), sql: sql.to_owned(), marks }
    }

    /// The lines of the text, up to so many bytes.
    pub(crate) fn lines(&self, most: usize) -> Vec<Line<'_>> {
        lines(&self.sql[..self.sql.floor_char_boundary(most)], &self.marks)
    }

    /// The text with each mark as a comment above its line.
    pub(crate) fn annotated(&self) -> String {
        let mut text = String::new();
        for (number, line) in (1..).zip(self.sql.lines()) {
            for mark in self.marks.iter().filter(|mark| mark.line == number) {
                text += &format!("-- {}: {}\n", mark.kind.noun(), mark.text.replace('\n', " "));
            }
            text += line;
            text.push('\n');
        }
        text
    }
}

/// The sessions that have to wait until the heal ends, as a clause.
pub(crate) fn waiting(waiting: Waiting) -> &'static str {
    match waiting {
        Waiting::Nobody => "others read and write it meanwhile",
        Waiting::Writers => "who writes to it waits until the heal ends",
        Waiting::Everybody => "who reads or writes it waits until the heal ends",
    }
}

/// The lines of a text without marks, up to so many bytes.
pub(crate) fn lines_up_to(sql: &str, most: usize) -> Vec<Line<'_>> {
    lines(&sql[..sql.floor_char_boundary(most)], &[])
}

/// Statements that are no file, one a line, without marks.
pub(crate) fn lines_of(sql: &str) -> Vec<Line<'_>> {
    lines(sql, &[])
}

fn lines<'a>(sql: &'a str, marks: &'a [Mark]) -> Vec<Line<'a>> {
    let marks_of = |number: usize| marks.iter().filter(|mark| mark.line == number).collect();
    let mut lines = vec![Line { marks: marks_of(1), pieces: Vec::new() }];
    for piece in pieces(sql) {
        for (number, text) in piece.text.split('\n').enumerate() {
            if number > 0 {
                lines.push(Line { marks: marks_of(lines.len() + 1), pieces: Vec::new() });
            }
            let text = text.trim_end_matches('\r');
            if let Some(line) = lines.last_mut().filter(|_| !text.is_empty()) {
                line.pieces.push(Piece { text, ..piece });
            }
        }
    }
    while lines.last().is_some_and(|line| line.pieces.is_empty() && line.marks.is_empty()) {
        lines.pop();
    }
    lines
}

/// The class of a piece; empty for what is plain.
pub(crate) fn class(kind: &PieceKind) -> &'static str {
    match kind {
        PieceKind::Plain => "",
        PieceKind::Keyword => "k",
        PieceKind::Text => "s",
        PieceKind::Number => "n",
        PieceKind::Comment => "c",
    }
}

/// Line and column of a place such as `inventory/0002_x.sql:3:1`, if it is in that migration.
fn at(place: &str, migration: &str) -> Option<(usize, usize)> {
    let (line, column) = place.strip_prefix(migration)?.strip_prefix(':')?.split_once(':')?;
    Some((line.parse().ok()?, column.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(sql: &str, marks: &[(usize, MarkKind, &str)]) -> MigrationSql {
        let mark = |(line, kind, text): &(usize, MarkKind, &str)| Mark {
            line: *line,
            column: 1,
            kind: *kind,
            text: (*text).to_owned(),
        };
        MigrationSql {
            migration: "a/1.sql".to_owned(),
            sql: sql.to_owned(),
            marks: marks.iter().map(mark).collect(),
        }
    }

    #[test]
    fn a_place_is_of_one_migration() {
        assert_eq!(at("a/1.sql:3:14", "a/1.sql"), Some((3, 14)));
        assert_eq!(at("a/1.sql", "a/1.sql"), None);
        assert_eq!(at("a/1.sql:3:14", "a/1.sq"), None);
    }

    #[test]
    fn marks_stand_above_their_lines() {
        let sql = "SELECT 1;\nDROP TABLE a.b;\r\n";
        let file =
            marked(sql, &[(2, MarkKind::Hazard, "drop-table:a.b: it goes"), (2, MarkKind::Lock, "locked")]);
        assert_eq!(
            file.annotated(),
            "SELECT 1;\n-- hazard: drop-table:a.b: it goes\n-- lock: locked\nDROP TABLE a.b;\n"
        );
        let lines = file.lines(usize::MAX);
        let told: Vec<_> = lines
            .iter()
            .map(|line| (line.marks.len(), line.pieces.iter().map(|piece| piece.text).collect::<String>()))
            .collect();
        assert_eq!(told, [(0, "SELECT 1;".to_owned()), (2, "DROP TABLE a.b;".to_owned())]);
    }

    #[test]
    fn a_comment_over_two_lines_is_one_on_each() {
        let file = marked("/* a\n b */ SELECT 'x\ny'", &[]);
        let lines = file.lines(usize::MAX);
        let classes: Vec<Vec<_>> =
            lines.iter().map(|line| line.pieces.iter().map(|piece| class(&piece.kind)).collect()).collect();
        assert_eq!(classes, [vec!["c"], vec!["c", "", "k", "", "s"], vec!["s"]]);
        assert_eq!(file.lines(3).len(), 1);
    }
}
