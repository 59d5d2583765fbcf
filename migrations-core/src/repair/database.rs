//! What is told of the database as a whole, entry by entry: casts between PostgreSQL's own types, user
//! mappings, subscriptions, rights on what extensions have, and their comments.

use std::collections::{BTreeMap, BTreeSet};

use tenon_schema::Ident;

use crate::ddl;
use crate::snapshot::{Kind, ObjectId, Property};

use super::rank::{ABOUT, rank};
use super::sides::{list, text};
use super::spelling::{beside, change_foreign_options, foreign_options, leading_ident};
use super::{Changed, Hazard, HazardRule, Repair, Sides};

pub(super) fn change(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    match changed.property {
        Property::Casts => Some(casts(changed)),
        Property::UserMappings => user_mappings(changed),
        Property::Subscriptions => subscriptions(changed),
        Property::MemberGrants => member_grants(changed, sides),
        Property::ExtensionComments => Some(extension_comments(changed)),
        _ => None,
    }
}

/// Each entry is what makes the cast, but for the words.
fn casts(changed: &Changed<'_>) -> Repair {
    let (expected, found) = changed.lists();
    let gone = beside(found, expected).into_iter().map(|cast| {
        let types = cast.split_once(')').map_or(cast.as_str(), |(types, _)| types);
        format!("DROP CAST {types})")
    });
    let made = beside(expected, found).into_iter().map(|cast| format!("CREATE CAST {cast}"));
    // Statements mean what they meant before it.
    let hazard =
        (!beside(found, expected).is_empty()).then(|| Hazard::new(HazardRule::Drop(Kind::Cast), changed.id));
    let repair = changed.repair(rank(Kind::Cast), gone.chain(made));
    Repair { hazards: hazard.into_iter().collect(), ..repair }
}

/// `role on server`, with an option each.
fn user_mappings(changed: &Changed<'_>) -> Option<Repair> {
    let (expected, found) = changed.lists();
    let (expected, found) = (by_whose(expected), by_whose(found));
    let mut sql = Vec::new();
    let mut loses = false;
    for whose in expected.keys().chain(found.keys()).collect::<BTreeSet<_>>() {
        let (_, rest) = leading_ident(whose)?;
        let role = whose.strip_suffix(rest)?;
        let mapping = format!("FOR {role} SERVER {}", rest.strip_prefix(" on ")?);
        match (expected.get(whose), found.get(whose)) {
            (Some(wanted), Some(has)) if wanted == has => {}
            (Some(wanted), Some(has)) => {
                loses |= has.iter().any(|option| !wanted.contains(option));
                sql.push(format!("ALTER USER MAPPING {mapping} {}", change_foreign_options(wanted, has)?));
            }
            (Some(wanted), None) => {
                sql.push(format!(
                    "CREATE USER MAPPING {mapping}{}",
                    ddl::foreign_options(&foreign_options(wanted)?)
                ));
            }
            (None, _) => {
                loses = true;
                sql.push(drop_mapping(&mapping));
            }
        }
    }
    let repair = Repair { additive: !loses, ..Repair::new(rank(Kind::ForeignServer) + 1, sql) };
    Some(repair.hazard_if(loses, || Hazard::new(HazardRule::Revoke, changed.id)))
}

/// The statement that drops a user mapping, which may have gone with its server.
fn drop_mapping(mapping: &str) -> String {
    format!("DROP USER MAPPING IF EXISTS {mapping}")
}

/// What removes the mappings of a server that goes.
pub(super) fn mappings_of(server: &ObjectId, sides: &Sides<'_>) -> Vec<String> {
    if server.kind != Kind::ForeignServer {
        return Vec::new();
    }
    let settings = sides.live.objects.iter().filter(|(id, _)| id.kind == Kind::Settings);
    let entries: Vec<_> =
        settings.flat_map(|(_, object)| list(object, Property::UserMappings)).cloned().collect();
    let mapping = |whose: &str| {
        let (_, rest) = leading_ident(whose)?;
        let on = rest.strip_prefix(" on ")?;
        let is_of_server = leading_ident(on)?.0 == server.name;
        let role = whose.strip_suffix(rest)?;
        is_of_server.then(|| drop_mapping(&format!("FOR {role} SERVER {on}")))
    };
    by_whose(&entries).keys().filter_map(|whose| mapping(whose)).collect()
}

fn by_whose(entries: &[String]) -> BTreeMap<&str, Vec<String>> {
    let mut all: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for entry in entries {
        // Neither name is followed by a colon but for its option.
        match options_begin(entry) {
            Some(at) => all.entry(&entry[..at]).or_default().push(entry[at + 2..].to_owned()),
            None => {
                all.entry(entry).or_default();
            }
        }
    }
    all
}

/// Where `: ` follows names that may be quoted.
fn options_begin(entry: &str) -> Option<usize> {
    let mut quoted = false;
    entry.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (!quoted && entry[at..].starts_with(": ")).then_some(at)
    })
}

/// `name: what it is`, an entry each. How it connects nobody can write down, so one that is missing is not
/// made; one that is too many has a slot elsewhere.
fn subscriptions(changed: &Changed<'_>) -> Option<Repair> {
    let (expected, found) = changed.lists();
    let name = |entry: &str| leading_ident(entry).map(|(name, _)| name);
    let names = |entries: &[String]| entries.iter().map(|entry| name(entry)).collect::<Option<BTreeSet<_>>>();
    if names(expected)? != names(found)? {
        return None;
    }
    let mut sql = Vec::new();
    for entry in beside(expected, found) {
        let (name, said) = leading_ident(entry)?;
        let said = said.strip_prefix(": ")?;
        let action = match said.split_once(' ') {
            None if said == "enabled" => "ENABLE".to_owned(),
            None if said == "disabled" => "DISABLE".to_owned(),
            Some(("slot", "none")) => "SET (slot_name = NONE)".to_owned(),
            Some(("slot", slot)) => {
                format!("SET (slot_name = {})", ddl::literal(leading_ident(slot)?.0.as_str()))
            }
            Some(("publications", list)) => format!("SET PUBLICATION {list} WITH (refresh = false)"),
            Some(("synchronous", commit)) => {
                format!("SET (synchronous_commit = {})", ddl::literal(commit.strip_prefix("commit ")?))
            }
            Some(("by", role)) => format!("OWNER TO {role}"),
            _ => return None,
        };
        sql.push(format!("ALTER SUBSCRIPTION {} {action}", name.quoted()));
    }
    // Without a slot none can be enabled.
    sql.sort_by_key(|sql| sql.ends_with(" ENABLE"));
    let changes_owner = sql.iter().any(|sql| sql.contains(" OWNER TO "));
    let repair = Repair::new(rank(Kind::Publication), sql);
    Some(repair.hazard_if(changes_owner, || Hazard::new(HazardRule::ChangeOwner, changed.id)))
}

/// `grantee: SELECT on view v of extension`, or `no SELECT` where the extension gave it.
fn member_grants(changed: &Changed<'_>, sides: &Sides<'_>) -> Option<Repair> {
    let (expected, found) = changed.lists();
    let mut by_schema: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut revokes = false;
    let undone = beside(found, expected).into_iter().map(|entry| (entry, true));
    let done = beside(expected, found).into_iter().map(|entry| (entry, false));
    for (entry, is_undone) in undone.chain(done) {
        let right = Right::parse(entry)?;
        let takes = right.is_taken != is_undone;
        revokes |= takes;
        let schema = extension_schema(&right.extension, sides)?;
        by_schema.entry(schema.quoted()).or_default().push(right.sql(takes)?);
    }
    let mut sql = Vec::new();
    for (schema, steps) in by_schema {
        // They are named without the extension's schema.
        sql.push(format!("SET LOCAL search_path TO pg_catalog, {schema}, pg_temp"));
        sql.extend(steps);
    }
    sql.push("SET LOCAL search_path TO pg_catalog, pg_temp".to_owned());
    let repair = Repair { additive: !revokes, ..Repair::new(ABOUT, sql) };
    Some(repair.hazard_if(revokes, || Hazard::new(HazardRule::Revoke, changed.id)))
}

fn extension_schema(extension: &Ident, sides: &Sides<'_>) -> Option<Ident> {
    let id = ObjectId::global(Kind::Extension, extension);
    let object = sides.live(&id).or_else(|| sides.expected(&id))?;
    text(object, Property::ExtensionSchema).map(Ident::new)
}

/// A right on something that an extension has.
struct Right<'a> {
    grantee: &'a str,
    is_taken: bool,
    privilege: &'a str,
    with_grant_option: bool,
    /// What it is on: its kind and its name as `pg_identify_object` says them.
    on: &'a str,
    extension: Ident,
}

impl<'a> Right<'a> {
    fn parse(entry: &'a str) -> Option<Self> {
        let (_, rest) = leading_ident(entry)?;
        let grantee = entry.strip_suffix(rest)?;
        let rest = rest.strip_prefix(": ")?;
        let (rest, is_taken) = rest.strip_prefix("no ").map_or((rest, false), |rest| (rest, true));
        let (rest, extension) = rest.rsplit_once(" of ")?;
        let (privilege, on) = rest.split_once(" on ")?;
        let option = privilege.strip_suffix(" WITH GRANT OPTION");
        // Which role that is, a snapshot does not say.
        let is_owner = grantee == "owner";
        (!is_owner).then_some(Self {
            grantee,
            is_taken,
            privilege: option.unwrap_or(privilege),
            with_grant_option: option.is_some(),
            on,
            extension: leading_ident(extension)?.0,
        })
    }

    fn sql(&self, takes: bool) -> Option<String> {
        const KINDS: [(&str, &str); 14] = [
            ("function ", "ROUTINE"),
            ("procedure ", "ROUTINE"),
            ("aggregate ", "ROUTINE"),
            ("type ", "TYPE"),
            ("sequence ", "SEQUENCE"),
            ("schema ", "SCHEMA"),
            ("language ", "LANGUAGE"),
            ("foreign-data wrapper ", "FOREIGN DATA WRAPPER"),
            ("server ", "FOREIGN SERVER"),
            ("table ", "TABLE"),
            ("view ", "TABLE"),
            ("materialized view ", "TABLE"),
            ("foreign table ", "TABLE"),
            ("partitioned table ", "TABLE"),
        ];
        let of_column = KINDS.iter().filter(|(_, word)| *word == "TABLE").find_map(|(kind, _)| {
            let (relation, rest) = leading_ident(self.on.strip_prefix(kind)?.strip_prefix("column ")?)?;
            let (column, _) = leading_ident(rest.strip_prefix('.')?)?;
            Some((
                format!("{} ({})", self.privilege, column.quoted()),
                format!("TABLE {}", relation.quoted()),
            ))
        });
        let of_whole = || {
            KINDS.iter().find_map(|(kind, word)| {
                Some((self.privilege.to_owned(), format!("{word} {}", self.on.strip_prefix(kind)?)))
            })
        };
        let (privilege, on) = of_column.or_else(of_whole)?;
        let grantee = if self.grantee == "public" { "PUBLIC" } else { self.grantee };
        let option = if self.with_grant_option { " WITH GRANT OPTION" } else { "" };
        Some(if takes {
            format!("REVOKE {privilege} ON {on} FROM {grantee}")
        } else {
            format!("GRANT {privilege} ON {on} TO {grantee}{option}")
        })
    }
}

/// `name: comment`. One of an extension that came or went is no difference.
fn extension_comments(changed: &Changed<'_>) -> Repair {
    let (expected, found) = changed.lists();
    let there: BTreeSet<_> =
        found.iter().filter_map(|entry| leading_ident(entry)).map(|(name, _)| name).collect();
    let differing = beside(expected, found).into_iter().filter_map(|entry| leading_ident(entry));
    let sql = differing.filter(|(name, _)| there.contains(name)).map(|(name, said)| {
        let comment = match said.strip_prefix(": ").unwrap_or_default() {
            "" => "NULL".to_owned(),
            comment => ddl::literal(comment),
        };
        format!("COMMENT ON EXTENSION {} IS {comment}", name.quoted())
    });
    Repair::new(ABOUT, sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_is_given_or_taken_by_what_it_is_on() {
        let sql = |entry, takes| Right::parse(entry).and_then(|right| right.sql(takes));
        assert_eq!(
            sql("\"of: it\": EXECUTE WITH GRANT OPTION on function f(x, y) of hstore", false).as_deref(),
            Some("GRANT EXECUTE ON ROUTINE f(x, y) TO \"of: it\" WITH GRANT OPTION")
        );
        assert_eq!(
            sql("public: no SELECT on view column v.\"a.b\" of pg_stat", true).as_deref(),
            Some("REVOKE SELECT (\"a.b\") ON TABLE \"v\" FROM PUBLIC")
        );
        assert_eq!(sql("owner: no SELECT on view v of pg_stat", true), None);
        assert_eq!(sql("public: USAGE on unheard-of x of y", true), None);
    }

    #[test]
    fn a_mapping_is_told_from_its_options_also_where_names_have_colons() {
        let entries =
            ["\"a: b\" on \"c: d\": user=e: f", "\"a: b\" on \"c: d\": x=y", "p on q"].map(str::to_owned);
        let all = by_whose(&entries);
        assert_eq!(all["\"a: b\" on \"c: d\""], ["user=e: f", "x=y"]);
        assert!(all["p on q"].is_empty());
    }
}
