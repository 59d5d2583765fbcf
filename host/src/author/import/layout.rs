//! The files of a folder as migrations in their order, by the rules of the tool that it is of.

use std::collections::BTreeSet;

use tenon_migrations_core::former_tool::FormerMigration;
use tenon_migrations_core::statements::forward_part;

use super::folder_layout::{FolderLayout, LayoutError};
use super::sql_file::SqlFile;
use super::told::{ImportNote, ImportNotes};

/// A migration of a folder, as it was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FolderMigration {
    /// The file in the folder.
    pub(super) path: String,
    /// What it is called as a migration of the plugin.
    pub(super) filename: String,
    pub(super) was: Option<FormerMigration>,
    /// The part that leads forward.
    pub(super) sql: String,
}

/// A migration before it has its new name.
struct Found {
    path: String,
    /// The number in its name, or what else comes first in the order; those without a version come last.
    order: Vec<u64>,
    /// The digits of its number, where it is one.
    digits: Option<String>,
    title: String,
    version: Option<String>,
    sql: String,
}

/// The layout of a folder, by the names of its files.
pub(super) fn detected(files: &[SqlFile]) -> Result<FolderLayout, LayoutError> {
    let sql = || files.iter().filter(|file| file.name.ends_with(".sql"));
    if sql().next().is_none() {
        return Err(LayoutError::Empty);
    }
    let in_folders = |name: &str| sql().any(|file| file.name.ends_with(&format!("/{name}")));
    if in_folders("up.sql") {
        return Ok(FolderLayout::Diesel);
    }
    if in_folders("migration.sql") {
        return Ok(FolderLayout::Prisma);
    }
    if sql().any(|file| forward_part(&file.text).is_some()) {
        return Ok(FolderLayout::Dbmate);
    }
    let ambiguous = |file: &SqlFile, tools: &[FolderLayout]| LayoutError::Ambiguous {
        example: file.name.clone(),
        tools: tools.to_vec(),
    };
    let versioned: Vec<_> = sql().filter(|file| prefixed(base(&file.name)).is_some()).collect();
    if let Some(first) = versioned.first() {
        let is_flyway = versioned.iter().any(|file| {
            prefixed(base(&file.name))
                .is_some_and(|(kind, version, _)| matches!(kind, 'R' | 'B') || version.contains(['.', '_']))
        });
        let is_refinery = files.iter().any(|file| file.name.ends_with(".rs"));
        return match (is_flyway, is_refinery) {
            (true, _) => Ok(FolderLayout::Flyway),
            (false, true) => Ok(FolderLayout::Refinery),
            (false, false) => Err(ambiguous(first, &[FolderLayout::Flyway, FolderLayout::Refinery])),
        };
    }
    match sql().find(|file| file.name.ends_with(".up.sql")) {
        Some(first) => Err(ambiguous(first, &[FolderLayout::Sqlx, FolderLayout::GolangMigrate])),
        None => Ok(FolderLayout::Plain),
    }
}

/// The migrations of a folder in their order, with their names in the plugin.
pub(super) fn migrations(
    layout: FolderLayout,
    files: &[SqlFile],
    notes: &mut ImportNotes,
) -> Result<Vec<FolderMigration>, LayoutError> {
    let mut found = Vec::new();
    for file in files {
        match one(layout, file)? {
            Some(one) => found.push(one),
            None => tell_passed_over(layout, file, notes),
        }
    }
    if found.is_empty() {
        return Err(LayoutError::Empty);
    }
    // Those without a version, which may be applied again and again, come after all others.
    found.sort_by(|a, b| {
        (a.version.is_none(), &a.order, &a.path).cmp(&(b.version.is_none(), &b.order, &b.path))
    });
    for pair in found.windows(2) {
        if pair[0].digits.is_some() && pair[0].version == pair[1].version && pair[0].order == pair[1].order {
            return Err(LayoutError::Twice { one: pair[0].path.clone(), other: pair[1].path.clone() });
        }
    }
    let numbers = numbers(&found);
    let tool = layout.tool();
    let named = found.into_iter().zip(numbers).map(|(one, number)| {
        let version = one.version.or_else(|| tool.map(|_| base(&one.path).to_owned()));
        let was = tool.zip(version).map(|(tool, version)| FormerMigration { tool, version });
        let filename = format!("{number}_{}.sql", title(&one.title));
        FolderMigration { path: one.path, filename, was, sql: one.sql }
    });
    Ok(named.collect())
}

/// The files' own numbers where these can stand, each with as many digits; else numbers from 1.
fn numbers(found: &[Found]) -> Vec<String> {
    let own: Option<Vec<&str>> = found.iter().map(|one| one.digits.as_deref()).collect();
    if let Some(own) = own {
        let bare = own.iter().map(|digits| digits.trim_start_matches('0'));
        let width = bare.clone().map(str::len).max().unwrap_or(0).max(4);
        let different: BTreeSet<_> = bare.clone().collect();
        if width <= 14 && different.len() == own.len() {
            return bare.map(|digits| format!("{digits:0>width$}")).collect();
        }
    }
    (1..=found.len()).map(|number| format!("{number:04}")).collect()
}

fn title(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let title = words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("_");
    let title = title.chars().take(80).collect::<String>();
    if title.is_empty() { "migration".to_owned() } else { title }
}

/// The migration of a file; `None` for a file that is none.
fn one(layout: FolderLayout, file: &SqlFile) -> Result<Option<Found>, LayoutError> {
    let (name, path) = (base(&file.name), file.name.clone());
    let no_file = || LayoutError::NoFile(file.name.clone(), layout);
    if !name.ends_with(".sql") {
        let is_program =
            layout == FolderLayout::Refinery && name.ends_with(".rs") && prefixed(name).is_some();
        return if is_program { Err(LayoutError::Program(path)) } else { Ok(None) };
    }
    let stem = name.trim_end_matches(".sql");
    let numbered = |text: &str, title: &str, sql: String| -> Option<Found> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let order = vec![digits.parse().ok()?];
        let version =
            Some(digits.trim_start_matches('0')).map(|v| if v.is_empty() { "0" } else { v }.to_owned());
        Some(Found { path: path.clone(), order, digits: Some(digits), title: title.to_owned(), version, sql })
    };
    let text = || file.text.clone();
    match layout {
        FolderLayout::Sqlx | FolderLayout::GolangMigrate => {
            if stem.ends_with(".down") {
                return Ok(None);
            }
            let stem = stem.trim_end_matches(".up");
            let (number, title) = stem.split_once('_').ok_or_else(no_file)?;
            numbered(number, title, text()).map(Some).ok_or_else(no_file)
        }
        FolderLayout::Dbmate => {
            let Some(forward) = forward_part(&file.text) else { return Ok(None) };
            let (number, title) = stem.split_once('_').ok_or_else(no_file)?;
            numbered(number, title, forward).map(Some).ok_or_else(no_file)
        }
        FolderLayout::Diesel | FolderLayout::Prisma => {
            let wanted = if layout == FolderLayout::Diesel { "up.sql" } else { "migration.sql" };
            if name != wanted {
                return Ok(None);
            }
            let folder = base(file.name.trim_end_matches(wanted).trim_end_matches('/'));
            let (number, title) = folder.split_once('_').unwrap_or((folder, ""));
            let found = numbered(number, title, text()).ok_or_else(no_file)?;
            let version = match layout {
                // Without the dashes, and as long as it is: a text.
                FolderLayout::Diesel => found.digits.clone(),
                _ => Some(folder.to_owned()),
            };
            Ok(Some(Found { version, ..found }))
        }
        FolderLayout::Flyway | FolderLayout::Refinery => {
            let Some((kind, version, title)) = prefixed(name) else { return Ok(None) };
            let dotted = version.replace('_', ".");
            let order: Option<Vec<u64>> = dotted.split('.').map(|part| part.parse().ok()).collect();
            let order = order.unwrap_or_default();
            match (layout, kind) {
                (FolderLayout::Flyway, 'R') => Ok(Some(Found {
                    path,
                    order,
                    digits: None,
                    title: title.to_owned(),
                    version: None,
                    sql: text(),
                })),
                // What undoes another, and what stands for others on an empty database.
                (FolderLayout::Flyway, 'U' | 'B') => Ok(None),
                (_, 'V' | 'U') if !order.is_empty() => {
                    let digits = (!dotted.contains('.')).then(|| dotted.clone());
                    let (title, version) = (title.to_owned(), Some(dotted));
                    Ok(Some(Found { path, order, digits, title, version, sql: text() }))
                }
                _ => Err(no_file()),
            }
        }
        FolderLayout::Plain => {
            if stem.ends_with(".down") || name == "down.sql" {
                return Ok(None);
            }
            let order = file.name.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
            let order: Vec<u64> = order.filter_map(|part| part.parse().ok()).collect();
            let begins = stem.len() - stem.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let rest = &stem[begins..];
            // `03.00.00_02_title` is not the number 3.
            let is_number = begins > 0 && (rest.is_empty() || rest.starts_with(['_', '-']));
            let after = rest.trim_start_matches(['_', '-']);
            let has_more = after.starts_with(|c: char| c.is_ascii_digit());
            let digits = (is_number && !has_more).then(|| stem[..begins].to_owned());
            let title = stem.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).to_owned();
            Ok(Some(Found { path, order, digits, title, version: Some(String::new()), sql: text() }))
        }
    }
}

fn tell_passed_over(layout: FolderLayout, file: &SqlFile, notes: &mut ImportNotes) {
    let name = base(&file.name);
    let leads_back = name == "down.sql" || name.ends_with(".down.sql");
    let says = match (layout, prefixed(name).map(|(kind, _, _)| kind)) {
        (FolderLayout::Flyway, Some('B')) => "it stands for others on an empty database: those are taken",
        (FolderLayout::Flyway, Some('U')) => "it leads back, and a heal goes forward",
        _ if leads_back => "it leads back, and a heal goes forward",
        _ if !name.ends_with(".sql") => return,
        _ => "it is no migration in this layout",
    };
    notes.left_out.push(ImportNote::new(file.name.clone(), says));
}

/// `V1.2__title.sql` is `V`, `1.2` and `title`.
fn prefixed(name: &str) -> Option<(char, &str, &str)> {
    let stem = name.strip_suffix(".sql").or_else(|| name.strip_suffix(".rs"))?;
    let kind = stem.chars().next().filter(|kind| matches!(kind, 'V' | 'U' | 'R' | 'B'))?;
    let (version, title) = stem.get(1..)?.split_once("__")?;
    let is_version = !version.is_empty()
        && version.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_'));
    (is_version || kind == 'R' && version.is_empty()).then_some((kind, version, title))
}

/// The last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<SqlFile> {
        let file = |name: &&str| SqlFile { name: (*name).to_owned(), text: "SELECT 1;".to_owned() };
        names.iter().map(file).collect()
    }

    fn taken(layout: FolderLayout, names: &[&str]) -> Vec<String> {
        let mut notes = ImportNotes::default();
        let taken = migrations(layout, &files(names), &mut notes).unwrap();
        let told = |one: FolderMigration| {
            let was = one.was.map_or_else(String::new, |was| format!(" was {was}"));
            format!("{}{was}", one.filename)
        };
        taken.into_iter().map(told).collect()
    }

    #[test]
    fn each_layout_has_its_order_its_numbers_and_its_versions() {
        use FolderLayout as L;
        for (layout, names, told) in [
            (
                L::Sqlx,
                &["20230102000000_b.up.sql", "20230102000000_b.down.sql", "20230101000000_A-table.sql"][..],
                &[
                    "20230101000000_a_table.sql was sqlx 20230101000000",
                    "20230102000000_b.sql was sqlx 20230102000000",
                ][..],
            ),
            (
                L::Diesel,
                &[
                    "00000000000000_setup/up.sql",
                    "2014-09-13-000000_init/up.sql",
                    "2014-09-13-000000_init/down.sql",
                ],
                &[
                    "00000000000000_setup.sql was diesel 00000000000000",
                    "20140913000000_init.sql was diesel 20140913000000",
                ],
            ),
            (
                L::Prisma,
                &["20230101000000_init/migration.sql", "migration_lock.toml"],
                &["20230101000000_init.sql was prisma 20230101000000_init"],
            ),
            (
                L::Flyway,
                &["V10__c.sql", "V1.2__b.sql", "R__Views.sql", "V1_1__a.sql", "U10__c.sql", "B10__all.sql"],
                &[
                    "0001_a.sql was flyway 1.1",
                    "0002_b.sql was flyway 1.2",
                    "0003_c.sql was flyway 10",
                    "0004_views.sql was flyway R__Views.sql",
                ],
            ),
            (
                L::Refinery,
                &["V2__b.sql", "U10__c.sql", "V1__a.sql"],
                &["0001_a.sql was refinery 1", "0002_b.sql was refinery 2", "0010_c.sql was refinery 10"],
            ),
            (
                L::GolangMigrate,
                &["000001_a.up.sql", "000001_a.down.sql", "000010_b.up.sql"],
                &["0001_a.sql was golang-migrate 1", "0010_b.sql was golang-migrate 10"],
            ),
            (
                L::Plain,
                &["10-b.sql", "9_a.sql", "11.sql"],
                &["0009_a.sql", "0010_b.sql", "0011_migration.sql"],
            ),
            (
                L::Plain,
                &["00.10.00_01_b.sql", "00.02.00_01_a.sql", "00.10.00_02_c.sql"],
                &["0001_a.sql", "0002_b.sql", "0003_c.sql"],
            ),
        ] {
            assert_eq!(taken(layout, names), told, "{layout}");
        }
    }

    #[test]
    fn a_layout_is_known_by_its_files_or_asked_for() {
        let detected = |names: &[&str]| detected(&files(names)).map_err(|error| error.to_string());
        assert_eq!(detected(&["a_b/up.sql"]), Ok(FolderLayout::Diesel));
        assert_eq!(detected(&["1_b/migration.sql"]), Ok(FolderLayout::Prisma));
        assert_eq!(detected(&["V1__a.sql", "R__b.sql"]), Ok(FolderLayout::Flyway));
        assert_eq!(detected(&["V1__a.sql", "V2__b.rs"]), Ok(FolderLayout::Refinery));
        assert_eq!(detected(&["0001_a.sql"]), Ok(FolderLayout::Plain));
        assert!(detected(&["V1__a.sql"]).unwrap_err().contains("of flyway or of refinery"));
        assert!(detected(&["1_a.up.sql"]).unwrap_err().contains("of sqlx or of golang-migrate"));
        assert!(detected(&["a.txt"]).unwrap_err().contains("no migration"));
        let dbmate = [SqlFile { name: "1_a.sql".to_owned(), text: "-- migrate:up\nSELECT 1".to_owned() }];
        assert_eq!(super::detected(&dbmate), Ok(FolderLayout::Dbmate));
    }

    #[test]
    fn what_is_no_migration_of_the_layout_is_an_error_and_one_version_is_there_once() {
        let wrong = |layout, names: &[&str]| {
            migrations(layout, &files(names), &mut ImportNotes::default()).unwrap_err().to_string()
        };
        assert!(wrong(FolderLayout::Sqlx, &["a.sql"]).contains("no migration in the layout of sqlx"));
        assert!(wrong(FolderLayout::Refinery, &["V1__a.rs"]).contains("is a program"));
        assert!(wrong(FolderLayout::Sqlx, &["1_a.sql", "01_b.sql"]).contains("the same version"));
    }
}
