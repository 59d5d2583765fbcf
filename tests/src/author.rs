//! An author's crate: migrations in a folder, and a library that brings them with what is declared.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tenon_host::heal::HealOutcome;

use crate::artifacts;
use crate::tenon::Run;
use crate::world::World;

/// The plugin's id.
pub const ID: &str = "brings_00";

/// An author's crate: its migrations, and what it declares.
#[derive(Debug)]
pub struct Author {
    pub world: World,
    pub files: Vec<(String, String)>,
    pub descriptors: Value,
    /// The version, of as many characters as the one that test plugins have.
    pub version: String,
}

/// The version of a test plugin.
const VERSION: &str = concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\"");

impl Author {
    /// A crate with these files, built.
    pub fn new(files: &[(&str, &str)], descriptors: Value) -> Self {
        let world = World::with(&[]);
        fs::create_dir(world.path().join("migrations")).unwrap();
        let files = files.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())).collect();
        let author = Self { world, files, descriptors, version: env!("CARGO_PKG_VERSION").to_owned() };
        author.files.iter().for_each(|(name, sql)| fs::write(author.file(name), sql).unwrap());
        author.build();
        author
    }

    /// The place of a migration.
    pub fn file(&self, name: &str) -> PathBuf {
        self.world.path().join("migrations").join(name)
    }

    /// Builds the library with the migrations and what is declared now.
    pub fn build(&self) {
        self.world.write_library(&format!("lib{ID}.so"), &self.library());
    }

    /// The library's bytes.
    pub fn library(&self) -> Vec<u8> {
        let descriptors = serde_json::from_value(self.descriptors.clone()).expect("these are descriptors");
        let library = artifacts::declaring(ID, &self.files, &descriptors);
        artifacts::replaced(library, VERSION, &format!("\"version\":\"{}\"", self.version))
    }

    /// Puts the library aside, as it was released. Gives its name.
    pub fn release(&self) -> String {
        let name = format!("released-{}.so", self.version);
        fs::write(self.world.path().join(&name), self.library()).unwrap();
        name
    }

    /// Adds a migration, and builds the library with it.
    pub fn add(&mut self, name: &str, sql: &str) {
        fs::write(self.file(name), sql).unwrap();
        self.files.push((name.to_owned(), sql.to_owned()));
        self.build();
    }

    /// Declares other things, and builds the library.
    pub fn declare(&mut self, descriptors: Value) {
        self.descriptors = descriptors;
        self.build();
    }

    /// Runs `tenon plugin diff`.
    pub fn diff(&self, options: &[&str]) -> Run {
        self.world.tenon(&[&["plugin", "diff", ID], options].concat())
    }

    /// Has the next migration written, and builds the library with it. Gives its text.
    pub fn write(&mut self, options: &[&str]) -> String {
        self.try_write(options).unwrap()
    }

    /// Has the next migration written, if there is one, and builds the library with it.
    pub fn try_write(&mut self, options: &[&str]) -> Option<String> {
        let json = self.diff(&[&["--json"], options].concat()).expect_code(0).json();
        let path = json["file"].as_str()?;
        let name = path.strip_prefix("migrations/").unwrap();
        let sql = fs::read_to_string(self.file(name)).unwrap();
        assert_eq!(json["migration"]["sql"], sql);
        self.files.push((name.to_owned(), sql.clone()));
        self.build();
        Some(sql)
    }

    /// The plugin is proved with the files that there are, and a database with rows is healed by it.
    pub fn prove_and_heal(&self) {
        self.world.tenon(&["plugin", "lock", ID]).expect_code(0);
        self.heal();
    }

    /// Heals, whatever it asks consent to, and finds nothing wrong.
    pub fn heal(&self) {
        let host = self.world.host();
        let outcome = host.heal_consenting();
        let succeeded = matches!(outcome, HealOutcome::Succeeded { .. });
        assert!(succeeded, "{outcome:#?}\n{:#?}", self.files.last());
        assert_eq!(host.findings(), [], "{:#?}", self.files.last());
    }
}

/// A column that may be NULL.
pub fn column(name: &str, data_type: &str) -> Value {
    serde_json::json!({ "name": name, "data_type": data_type })
}

/// A column that may not.
pub fn not_null(name: &str, data_type: &str) -> Value {
    serde_json::json!({ "name": name, "data_type": data_type, "not_null": true })
}
