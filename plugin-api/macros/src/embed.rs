//! `embed_migrations!`

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Error, Ident, LitStr, Result, Token, bracketed};
use tenon_schema::names::{is_migration_filename, is_migration_id, migration_number};

/// Where the migrations are.
#[derive(Debug)]
pub(crate) enum Source {
    /// A directory, relative to the crate.
    Directory(LitStr),
    /// Files, relative to the crate.
    Files(Vec<LitStr>, Span),
}

impl Parse for Source {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if input.peek(LitStr) {
            return input.parse().map(Self::Directory);
        }
        let word: Ident = input.parse()?;
        if word != "files" {
            return Err(Error::new(word.span(), "write \"directory\" or files: [\"file\", …]"));
        }
        input.parse::<Token![:]>()?;
        let content;
        bracketed!(content in input);
        let files = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
        Ok(Self::Files(files.into_iter().collect(), word.span()))
    }
}

/// An expression of the type `&'static [EmbeddedMigration]`.
pub(crate) fn expand(source: &Source) -> Result<TokenStream> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let (span, paths) = match source {
        Source::Directory(directory) => (directory.span(), directory_files(&root, directory)?),
        Source::Files(files, span) => (*span, files.iter().map(LitStr::value).collect()),
    };
    // Before the first migration is written there is none in the folder.
    if let (Source::Directory(_), true) = (source, paths.is_empty()) {
        return Ok(quote!((&[] as &[::tenon_plugin_api::EmbeddedMigration])));
    }
    let files = by_name(paths).map_err(|message| Error::new(span, message))?;
    let entries =
        files.iter().map(|(name, path)| entry(&root, name, path, span)).collect::<Result<Vec<_>>>()?;
    Ok(quote! {{
        const MIGRATIONS: &[::tenon_plugin_api::EmbeddedMigration] = &[#(#entries),*];
        MIGRATIONS
    }})
}

/// The `*.sql` files of a directory, as paths relative to the crate.
fn directory_files(root: &Path, directory: &LitStr) -> Result<Vec<String>> {
    let fail = |message: String| Error::new(directory.span(), message);
    let relative = directory.value();
    let entries = fs::read_dir(root.join(&relative))
        .map_err(|error| fail(format!("the migrations directory {relative:?} cannot be read: {error}")))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| fail(format!("{relative:?} cannot be read: {error}")))?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else {
            return Err(fail(format!("the file name {} is no text", name.display())));
        };
        if name.to_ascii_lowercase().ends_with(".sql") {
            paths.push(format!("{relative}/{name}"));
        } else if let Some(inner) = sql_inside(&entry.path()) {
            return Err(fail(format!(
                "{relative}/{name} is a folder with SQL in it ({inner}), which would not be embedded: migrations stand \
                 in one folder"
            )));
        }
    }
    Ok(paths)
}

/// An SQL file somewhere below a folder.
fn sql_inside(folder: &Path) -> Option<String> {
    let entries: Vec<_> = fs::read_dir(folder).ok()?.flatten().collect();
    let is_sql = |name: &str| name.to_ascii_lowercase().ends_with(".sql");
    let named =
        entries.iter().filter_map(|entry| entry.file_name().into_string().ok()).find(|name| is_sql(name));
    // A link to a folder is not followed: it may lead back here.
    let is_folder = |entry: &&fs::DirEntry| entry.file_type().is_ok_and(|of| of.is_dir());
    named.or_else(|| entries.iter().filter(is_folder).find_map(|entry| sql_inside(&entry.path())))
}

/// File names with their paths, in the order of the names.
fn by_name(paths: Vec<String>) -> std::result::Result<BTreeMap<String, String>, String> {
    let mut files = BTreeMap::new();
    let mut faults = Vec::new();
    for path in paths {
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        if !is_migration_filename(&name) {
            faults.push(format!("{path}: name it like 0001_first_tables.sql"));
        }
        if let Some(former) = files.insert(name, path.clone()) {
            faults.push(format!("{former} and {path} have the same name"));
        }
    }
    let names: Vec<&String> = files.keys().filter(|name| is_migration_filename(name)).collect();
    for pair in names.windows(2) {
        let (first, second) = (pair[0], pair[1]);
        match migration_number(first).cmp(&migration_number(second)) {
            Ordering::Less => {}
            Ordering::Equal => faults.push(format!("{first} and {second} have the same number")),
            Ordering::Greater => faults.push(format!(
                "{first} comes before {second}, in the order of names, and has a higher number: write both with as many \
                 digits"
            )),
        }
    }
    if files.is_empty() {
        faults.push("there is no migration here; the first could be 0001_first_tables.sql".to_owned());
    }
    if faults.is_empty() {
        Ok(files)
    } else {
        faults.sort();
        Err(faults.join("\n"))
    }
}

fn entry(root: &Path, name: &str, path: &str, span: Span) -> Result<TokenStream> {
    let text = fs::read_to_string(root.join(path))
        .map_err(|error| Error::new(span, format!("{path} cannot be read: {error}")))?;
    let requires = requirements(&text).map_err(|fault| Error::new(span, format!("{path}: {fault}")))?;
    Ok(quote! {
        ::tenon_plugin_api::EmbeddedMigration {
            filename: #name,
            sql: ::core::include_str!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/", #path)),
            requires: &[#(#requires),*],
        }
    })
}

/// The `-- tenon:requires` lines above the first line that is no comment.
fn requirements(sql: &str) -> std::result::Result<Vec<String>, String> {
    let mut found = Vec::new();
    for (index, line) in sql.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let Some(comment) = line.strip_prefix("--") else { break };
        let Some(directive) = comment.trim().strip_prefix("tenon:") else { continue };
        let fault = |what: &str| format!("line {}: {what}", index + 1);
        // The host reads it from the text itself; here it is only seen to be one.
        if let Some(accepted) = directive.strip_prefix("accepts") {
            if is_sha256(accepted.trim()) {
                continue;
            }
            let accepted = accepted.trim();
            return Err(fault(&format!(
                "{accepted:?} is no checksum: write sha256: and 64 hexadecimal digits"
            )));
        }
        // And so it does with these.
        if directive.strip_prefix("replaces").is_some_and(|names| names.starts_with(char::is_whitespace)) {
            continue;
        }
        // What the file was to another tool, the host reads too.
        if directive.strip_prefix("was").is_some_and(|rest| rest.starts_with(char::is_whitespace)) {
            continue;
        }
        let (id, requires) = match (directive.strip_prefix("requires"), directive.strip_prefix("before")) {
            (Some(id), _) => (id.trim(), true),
            // This too the host reads from the text.
            (None, Some(id)) => (id.trim(), false),
            (None, None) => {
                return Err(fault(&format!(
                    "unknown directive tenon:{directive}; there are tenon:requires, tenon:before, \
                     tenon:replaces, tenon:accepts and tenon:was"
                )));
            }
        };
        if !is_migration_id(id) {
            return Err(fault(&format!("{id:?} is no migration: write it like identity/0001_accounts.sql")));
        }
        if requires {
            found.push(id.to_owned());
        }
    }
    Ok(found)
}

/// `sha256:` and what `sha256sum` prints.
fn is_sha256(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_above_the_first_statement_only() {
        let sql = "-- Orders.\n\n--tenon:requires a/0001_x.sql\n-- tenon:requires  b/0002_y.sql\r\nSELECT 1;\n-- tenon:requires c/0003_z.sql\n";
        assert_eq!(requirements(sql).unwrap(), ["a/0001_x.sql", "b/0002_y.sql"]);
    }

    #[test]
    fn a_requirement_that_names_no_file_is_refused_with_its_line() {
        assert_eq!(
            requirements("-- x\n-- tenon:requires identity\n").unwrap_err(),
            "line 2: \"identity\" is no migration: write it like identity/0001_accounts.sql"
        );
        assert!(requirements("-- tenon:require a/0001_x.sql\n").is_err());
        assert!(requirements("-- tenon:before identity\n").unwrap_err().contains("is no migration"));
        assert_eq!(requirements("-- tenon:before a/0001_x.sql\n").unwrap(), [""; 0]);
        assert_eq!(requirements("-- tenon:replaces 0001_x.sql, 0002_y.sql\n").unwrap(), [""; 0]);
        assert_eq!(requirements("-- tenon:was sqlx 1\n").unwrap(), [""; 0]);
        assert!(requirements("-- tenon:wasted\n").is_err());
    }

    #[test]
    fn an_accepted_checksum_is_a_sha256() {
        let sum = "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd";
        assert_eq!(requirements(&format!("-- tenon:accepts sha256:{sum}\nSELECT 1")).unwrap(), [""; 0]);
        for wrong in [
            sum,
            "sha256:b4e0",
            "",
            "sha256:B4E0497804E46E0A0B0B8C31975B062152D551BAC49C3C2E80932567B4085DCD",
        ] {
            assert!(requirements(&format!("-- tenon:accepts {wrong}\n")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_badly_named_file_is_named() {
        let paths = ["m/0002_b.sql", "m/0001_a.sql", "m/1_c.sql", "m/0002_d.sql", "m/Q.sql"];
        let faults = by_name(paths.map(str::to_owned).to_vec()).unwrap_err();
        assert_eq!(
            faults.lines().collect::<Vec<_>>(),
            [
                "0002_b.sql and 0002_d.sql have the same number",
                "m/1_c.sql: name it like 0001_first_tables.sql",
                "m/Q.sql: name it like 0001_first_tables.sql",
            ]
        );
        assert!(by_name(Vec::new()).is_err());
    }

    #[test]
    fn numbers_of_several_lengths_have_to_be_in_the_order_of_the_names() {
        let named = |paths: [&str; 2]| by_name(paths.map(str::to_owned).to_vec());
        assert!(named(["m/0042_a.sql", "m/20260131120000_b.sql"]).is_ok());
        let fault = named(["m/9999_a.sql", "m/20260131120000_b.sql"]).unwrap_err();
        assert_eq!(
            fault,
            "20260131120000_b.sql comes before 9999_a.sql, in the order of names, and has a higher number: write both \
             with as many digits"
        );
        assert!(named(["m/0001_a.sql", "m/00001_b.sql"]).unwrap_err().contains("the same number"));
    }

    #[test]
    fn sql_in_a_folder_below_is_an_error() {
        let place = std::env::temp_dir().join(format!("tenon-embed-{}", std::process::id()));
        fs::create_dir_all(place.join("m/a/b")).unwrap();
        fs::write(place.join("m/0001_a.sql"), "").unwrap();
        let files = || directory_files(&place, &LitStr::new("m", Span::call_site()));
        assert_eq!(files().unwrap(), ["m/0001_a.sql"], "an empty folder hides nothing");
        fs::write(place.join("m/a/b/0002_b.sql"), "").unwrap();
        let error = files().unwrap_err().to_string();
        fs::remove_dir_all(&place).unwrap();
        assert!(error.contains("m/a is a folder with SQL in it (0002_b.sql)"), "{error}");
    }
}
