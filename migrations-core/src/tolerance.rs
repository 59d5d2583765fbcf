//! What tools have put beside a plugin's objects, and an operator tolerates by name: the triggers of
//! replication, audit and events, and the like.
//!
//! Only what adds something beside can be tolerated, and only where no plugin declares what the pattern
//! matches: what is missing or changed is never tolerated.

use std::fmt;

use serde::{Deserialize, Serialize};
use tenon_schema::Ident;

use crate::compare::{Change, Difference};
use crate::migration::PluginId;
use crate::qualified;
use crate::snapshot::{Kind, Object, ObjectId, Property, Value};

/// The kinds that can be tolerated: what they are on stays what it is. Of a publication it is the tables that
/// were added to a plugin's own.
pub const KINDS: [Kind; 4] = [Kind::Trigger, Kind::Index, Kind::Statistics, Kind::Publication];

/// How many characters of a name a pattern has to say.
const FEWEST_CHARACTERS: usize = 4;

/// Objects that may stand beside what plugins declare, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tolerance {
    pub kind: Kind,
    pattern: Vec<Part>,
    /// The pattern as it was written.
    written: String,
    pub reason: String,
}

/// One name of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Name(Ident),
    /// What stands between, before and behind the `*`.
    Like(Vec<String>),
}

/// Why a tolerance is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToleranceError {
    #[error(
        "{kind:?} cannot be tolerated: only {} can, which add something beside what a plugin declares",
        kinds()
    )]
    Kind { kind: String },
    #[error("{pattern:?} names no {}: write {shape}, where * stands for any characters", kind.noun())]
    Shape { pattern: String, kind: Kind, shape: &'static str },
    #[error(
        "{pattern:?} matches too much: the name of a {} has to be given with at least {FEWEST_CHARACTERS} characters \
         beside *",
        kind.noun()
    )]
    TooMuch { pattern: String, kind: Kind },
    #[error("a tolerance needs a reason: which tool puts these there, and who has decided that it may")]
    NoReason,
}

fn kinds() -> String {
    KINDS.map(Kind::name).join(", ")
}

impl Tolerance {
    /// A tolerance of the objects of a kind whose names match the pattern, for a reason.
    pub fn new(kind: &str, pattern: &str, reason: &str) -> Result<Self, ToleranceError> {
        let Some(kind) = Kind::from_name(kind).filter(|kind| KINDS.contains(kind)) else {
            return Err(ToleranceError::Kind { kind: kind.to_owned() });
        };
        let (written, reason) = (pattern.to_owned(), reason.trim().to_owned());
        let (names, shape) = match kind {
            Kind::Statistics => (2, "schema.name"),
            Kind::Publication => (3, "publication.schema.table"),
            _ => (3, "schema.table.name"),
        };
        let parts = parse(pattern).filter(|parts| parts.len() == names);
        let Some(parts) = parts else {
            return Err(ToleranceError::Shape { pattern: written, kind, shape });
        };
        let named = if kind == Kind::Publication { parts.first() } else { parts.last() };
        if let Some(Part::Like(texts)) = named
            && texts.iter().map(|text| text.chars().count()).sum::<usize>() < FEWEST_CHARACTERS
        {
            return Err(ToleranceError::TooMuch { pattern: written, kind });
        }
        if reason.is_empty() {
            return Err(ToleranceError::NoReason);
        }
        Ok(Self { kind, pattern: parts, written, reason })
    }

    /// Whether it is about this object, whoever's that is.
    pub fn matches(&self, id: &ObjectId) -> bool {
        let names = match id.kind {
            Kind::Statistics => vec![&id.schema, &id.name],
            _ => [Some(&id.schema), id.relation.as_ref(), Some(&id.name)].into_iter().flatten().collect(),
        };
        id.kind == self.kind && self.fits(&names)
    }

    fn fits(&self, names: &[&Ident]) -> bool {
        names.len() == self.pattern.len()
            && std::iter::zip(&self.pattern, names).all(|(part, name)| part.matches(name))
    }

    /// Whether it is about this table's being in the publication: `shop.item (id, note) WHERE (id > 0)`.
    fn admits(&self, publication: &ObjectId, member: &str) -> bool {
        let names = qualified::names(member);
        let Some(table) = names.first().filter(|_| self.kind == publication.kind) else { return false };
        self.fits(&[&publication.name, &table.schema, &Ident::from(table.name.as_str())])
    }

    /// The record that an object is tolerated by this.
    pub fn record(&self, plugin: &PluginId, id: &ObjectId) -> Tolerated {
        let (plugin, object) = (plugin.clone(), id.to_string());
        Tolerated { plugin, object, by: self.to_string(), reason: self.reason.clone() }
    }

    /// Whether it names one object, and no more.
    fn is_exact(&self) -> bool {
        self.pattern.iter().all(|part| matches!(part, Part::Name(_)))
    }

    /// Whether it allows this object, which nobody declares. An index that is unique refuses rows of the
    /// plugin's: it has to be named in full.
    fn allows(&self, id: &ObjectId, object: Option<&Object>) -> bool {
        let is_unique =
            || object.is_none_or(|object| object.get(&Property::Unique) == Some(&Value::Flag(true)));
        self.matches(id) && (self.is_exact() || id.kind != Kind::Index || !is_unique())
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.noun(), self.written)
    }
}

impl Part {
    fn matches(&self, name: &Ident) -> bool {
        let Self::Like(texts) = self else { return matches!(self, Self::Name(own) if own == name) };
        let (Some(first), Some(last)) = (texts.first(), texts.last()) else { return false };
        let Some(rest) = name.as_str().strip_prefix(first.as_str()) else { return false };
        let Some(mut rest) = rest.strip_suffix(last.as_str()) else { return false };
        let between = texts.get(1..texts.len().saturating_sub(1)).unwrap_or_default();
        for text in between {
            let Some(at) = rest.find(text.as_str()) else { return false };
            rest = &rest[at + text.len()..];
        }
        true
    }
}

/// The names of a pattern: as in SQL, quoted where they have to be, and unquoted with `*` for any characters.
fn parse(pattern: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = pattern;
    loop {
        if let Some(quoted) = rest.strip_prefix('"') {
            // A doubled quote is one of the name.
            let mut end = 0;
            let mut name = String::new();
            loop {
                let at = end + quoted.get(end..)?.find('"')?;
                name.push_str(quoted.get(end..at)?);
                if !quoted[at + 1..].starts_with('"') {
                    end = at + 1;
                    break;
                }
                name.push('"');
                end = at + 2;
            }
            if name.is_empty() {
                return None;
            }
            parts.push(Part::Name(Ident::from(name)));
            rest = &quoted[end..];
        } else {
            let end = rest.find('.').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '*');
            if name.is_empty() || !name.chars().all(plain) {
                return None;
            }
            let name = name.to_lowercase();
            parts.push(if name.contains('*') {
                Part::Like(name.split('*').map(str::to_owned).collect())
            } else {
                Part::Name(Ident::from(name))
            });
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None => return rest.is_empty().then_some(parts),
        }
    }
}

/// One object that is tolerated, for the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tolerated {
    /// The plugin beside whose objects it stands.
    pub plugin: PluginId,
    /// The object with its kind.
    pub object: String,
    /// The tolerance, as it is written in the configuration.
    pub by: String,
    pub reason: String,
}

impl fmt::Display for Tolerated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}; as {})", self.object, self.reason, self.by)
    }
}

/// The tolerances of an installation, as far as they hold.
#[derive(Debug, Clone, Default)]
pub struct Tolerances {
    hold: Vec<Tolerance>,
    /// The tolerances that match what a plugin declares, each with that object.
    pub too_wide: Vec<(Tolerance, ObjectId)>,
}

impl Tolerances {
    /// The tolerances that match nothing of what plugins declare: what is declared is no tool's.
    pub fn among<'a, D: Iterator<Item = &'a ObjectId>>(
        tolerances: &[Tolerance],
        declared: impl Fn() -> D,
    ) -> Self {
        let mut among = Self::default();
        for tolerance in tolerances {
            // One that names an object in full has no more to do once a plugin declares that.
            match declared().find(|id| !tolerance.is_exact() && tolerance.matches(id)) {
                Some(id) => among.too_wide.push((tolerance.clone(), id.clone())),
                None => among.hold.push(tolerance.clone()),
            }
        }
        among
    }

    /// The tolerance that allows a difference: something more stands there, which is as `found` says.
    pub fn tolerating(&self, difference: &Difference, found: Option<&Object>) -> Option<&Tolerance> {
        match &difference.change {
            Change::Unexpected => {
                self.hold.iter().find(|tolerance| tolerance.allows(&difference.object, found))
            }
            Change::Changed { property: Property::Tables, expected, found } => {
                self.admitting(&difference.object, expected.as_ref(), found.as_ref())
            }
            _ => None,
        }
    }

    /// The tolerance that allows a publication more tables; all that it is to have are in it as they are to
    /// be.
    fn admitting(
        &self,
        publication: &ObjectId,
        expected: Option<&Value>,
        found: Option<&Value>,
    ) -> Option<&Tolerance> {
        let list = |value: Option<&'_ Value>| match value {
            Some(Value::List(members)) => members.clone(),
            _ => Vec::new(),
        };
        let (expected, found) = (list(expected), list(found));
        let is_whole = expected.iter().all(|member| found.contains(member));
        let more = found.iter().filter(|member| is_whole && !expected.contains(member));
        let by = more.map(|member| self.hold.iter().find(|tolerance| tolerance.admits(publication, member)));
        by.collect::<Option<Vec<_>>>()?.into_iter().next()
    }
}

#[cfg(test)]
mod tests {
    use tenon_schema::ObjectName;

    use super::*;

    fn id(kind: Kind, table: &str, name: &str) -> ObjectId {
        ObjectId::of_relation(kind, &table.parse::<ObjectName>().unwrap(), name.into())
    }

    fn matches(pattern: &str, table: &str, name: &str) -> bool {
        Tolerance::new("trigger", pattern, "a test").unwrap().matches(&id(Kind::Trigger, table, name))
    }

    #[test]
    fn a_pattern_is_a_path_of_names_in_which_stars_stand_for_anything() {
        for (pattern, hit) in [
            ("shop.item.audit_row", true),
            ("Shop.ITEM.Audit_Row", true),
            ("shop.*.audit_*", true),
            ("*.*.*audit*", true),
            ("shop.item.a*t_r*w", true),
            ("shop.item.\"audit_row\"", true),
            ("shop.item.\"Audit_row\"", false),
            ("shop.item.audit_", false),
            ("shop.item.audit_*_row", false),
            ("shop.other.audit_*", false),
            ("shop.item.*_audit_row", false),
        ] {
            assert_eq!(matches(pattern, "shop.item", "audit_row"), hit, "{pattern}");
        }
        assert!(matches("shop.\"a.b\".\"x\"\"y\"", "shop.\"a.b\"", "x\"y"));
    }

    #[test]
    fn what_matches_too_much_or_is_no_mere_addition_is_refused() {
        let refused = |kind, pattern, reason| Tolerance::new(kind, pattern, reason).unwrap_err().to_string();
        for (kind, pattern, reason, told) in [
            (
                "policy",
                "shop.item.audit",
                "x",
                "\"policy\" cannot be tolerated: only trigger, index, statistics, publication can",
            ),
            ("constraint", "shop.item.audit", "x", "cannot be tolerated"),
            ("trigger", "shop.item.*", "x", "matches too much"),
            ("trigger", "*.*.a*b", "x", "matches too much"),
            ("trigger", "shop.audit", "x", "write schema.table.name"),
            ("trigger", "shop.item.audit.x", "x", "write schema.table.name"),
            ("trigger", "shop..audit", "x", "write schema.table.name"),
            ("trigger", "shop.item.\"audit", "x", "write schema.table.name"),
            ("statistics", "audit_stats", "x", "write schema.name"),
            ("publication", "audit_feed", "x", "write publication.schema.table"),
            ("publication", "*.shop.item", "x", "matches too much"),
            ("index", "shop.item.audit", "  ", "needs a reason"),
        ] {
            assert!(
                refused(kind, pattern, reason).contains(told),
                "{pattern}: {}",
                refused(kind, pattern, reason)
            );
        }
    }

    #[test]
    fn only_what_is_there_beside_is_tolerated_and_never_by_a_pattern_that_matches_what_is_declared() {
        let declared = [id(Kind::Index, "shop.item", "item_note_idx")];
        let tolerance = |pattern| Tolerance::new("index", pattern, "a test").unwrap();
        let tolerances =
            Tolerances::among(&[tolerance("shop.*.item_*"), tolerance("shop.*.dba_*")], || declared.iter());
        assert_eq!(tolerances.too_wide, [(tolerance("shop.*.item_*"), declared[0].clone())]);
        let plain: Object = [(Property::Unique, Value::Flag(false))].into_iter().collect();
        let unique: Object = [(Property::Unique, Value::Flag(true))].into_iter().collect();
        let differs = |name: &str, change| Difference {
            object: id(Kind::Index, "shop.item", name),
            change,
            severity: crate::finding::Severity::Warning,
        };
        let by = |name, change, object| tolerances.tolerating(&differs(name, change), Some(object)).is_some();
        assert!(by("dba_size", Change::Unexpected, &plain));
        assert!(!by("dba_size", Change::Unexpected, &unique), "it refuses rows");
        assert!(!by("dba_size", Change::Missing, &plain));
        assert!(!by("item_size", Change::Unexpected, &plain));
        let exact = Tolerances::among(&[tolerance("shop.item.dba_size")], || declared.iter());
        assert!(exact.tolerating(&differs("dba_size", Change::Unexpected), Some(&unique)).is_some());
    }
}
