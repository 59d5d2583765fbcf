//! Schemas to change: the project's own, and dumps of others.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Server;

/// A schema as SQL that psql can run.
#[derive(Debug, Clone)]
pub struct Source {
    /// As in the table's head.
    pub name: String,
    pub sql: String,
}

impl Source {
    /// The schema that has an object of every kind.
    pub fn fixture() -> Self {
        let mut sql = include_str!("fixture.sql").to_owned();
        if !Server::shared().has_icu() {
            sql = sql.replace(
                "provider = icu, locale = 'en-u-kn-true', deterministic = false",
                "locale = 'POSIX'",
            );
        }
        Self { name: "fixture".to_owned(), sql }
    }

    /// The migration of the gallery plugin.
    pub fn gallery() -> Self {
        let sql = include_str!("../../plugins/gallery/0001_gallery.sql").to_owned();
        Self { name: "gallery".to_owned(), sql }
    }

    /// A file, named without its folder and extension.
    pub fn file(path: &Path) -> std::io::Result<Self> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, sql: fs::read_to_string(path)? })
    }

    /// The project's own, and the dumps beside the repository.
    pub fn usual() -> Vec<Self> {
        [Self::fixture(), Self::gallery()].into_iter().chain(Self::corpus()).collect()
    }

    /// The dumps of real schemas in the folder that `TENON_CORPUS` names, or else in `../shared/corpus` beside
    /// the repository: none where there is no such folder.
    pub fn corpus() -> Vec<Self> {
        let beside = || crate::artifacts::root().join("../shared/corpus");
        let folder = std::env::var_os("TENON_CORPUS").map_or_else(beside, PathBuf::from);
        let mut dumps: Vec<PathBuf> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        dumps.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
        dumps.sort();
        dumps.iter().filter_map(|path| Self::file(path).ok()).collect()
    }

    /// The roles that its statements name and that a dump expects to find.
    pub fn roles(&self) -> Vec<String> {
        let names = regex_lite::Regex::new(
            r#"(?m)(?:OWNER TO|FOR ROLE|^GRANT .* TO|^REVOKE .* FROM) "?(\w+)"?(?: WITH GRANT OPTION)?(?:;| IN )"#,
        );
        let mut roles: Vec<_> =
            names.unwrap().captures_iter(&self.sql).map(|found| found[1].to_owned()).collect();
        roles.sort();
        roles.dedup();
        roles.retain(|role| !["PUBLIC", "CURRENT_USER"].contains(&role.as_str()));
        roles
    }
}
