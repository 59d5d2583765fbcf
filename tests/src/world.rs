//! One test's own place.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use tempfile::TempDir;

use crate::artifacts;
use crate::database::TestDatabase;
use crate::host::TestHost;
use crate::isolation::SHARED;
use crate::proxy::Proxy;
use crate::server::{SUPERUSER, TestServer, give_all_to_server_user};

/// A database, a plugin directory and a state directory of one test's own.
#[derive(Debug)]
pub struct World {
    place: TempDir,
    pub database: TestDatabase,
    /// The address the host is given; the database's own unless a test says otherwise.
    url: Mutex<String>,
    /// Lines of the configuration file.
    settings: Mutex<String>,
    /// The program, where it runs as an ordinary user.
    pub(crate) ordinary: OnceLock<PathBuf>,
    /// The roles as which plugins' statements are to run; else that is left to the host.
    isolation: Mutex<Option<&'static str>>,
    /// What the first start of a server said, once.
    pub(crate) password: Mutex<String>,
}

impl World {
    /// A place with these plugins in the plugin directory.
    pub fn with(plugins: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("plugins")).unwrap();
        let database = TestDatabase::new();
        let url = Mutex::new(database.url());
        let isolation = Mutex::new(Some(SHARED));
        let (settings, ordinary, password) = (Mutex::default(), OnceLock::new(), Mutex::default());
        let world = Self { place, database, url, settings, ordinary, isolation, password };
        world.set("plugin_dir = \"plugins\"\nstate_dir = \"state\"");
        for plugin in plugins {
            world.install(plugin);
        }
        world
    }

    /// The directory that everything is in; commands run here.
    pub fn path(&self) -> &Path {
        self.place.path()
    }

    /// Where the plugins are.
    pub fn plugin_dir(&self) -> PathBuf {
        self.path().join("plugins")
    }

    /// Puts a plugin's library into the plugin directory.
    pub fn install(&self, plugin: &str) {
        self.install_as(plugin, &format!("lib{plugin}.so"));
    }

    /// Puts a plugin's library into the plugin directory under another file name; a file of that name is
    /// replaced.
    pub fn install_as(&self, plugin: &str, file: &str) {
        self.write_library(file, &fs::read(artifacts::library(plugin)).unwrap());
    }

    /// Puts these bytes into the plugin directory: by rename, as a careful operator does.
    pub fn write_library(&self, file: &str, bytes: &[u8]) {
        let new = self.plugin_dir().join(format!(".{file}.new"));
        fs::write(&new, bytes).unwrap();
        fs::rename(&new, self.plugin_dir().join(file)).unwrap();
    }

    /// Puts a plugin of this id (`brings_00`), with these files and descriptors, into the plugin directory.
    pub fn bring(&self, id: &str, files: &[(&str, &str)], descriptors: &serde_json::Value) {
        let files: Vec<_> = files.iter().map(|(name, sql)| ((*name).to_owned(), (*sql).to_owned())).collect();
        let descriptors = serde_json::from_value(descriptors.clone()).expect("these are descriptors");
        self.write_library(&format!("lib{id}.so"), &artifacts::declaring(id, &files, &descriptors));
    }

    /// How many libraries there are in the plugin directory.
    pub fn libraries(&self) -> usize {
        let files = fs::read_dir(self.plugin_dir()).unwrap().map(|file| file.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|end| end == "so")).count()
    }

    /// Takes a plugin out of the plugin directory.
    pub fn remove(&self, plugin: &str) {
        fs::remove_file(self.plugin_dir().join(format!("lib{plugin}.so"))).unwrap();
    }

    /// Replaces a plugin by another version of it, under the same file name.
    pub fn upgrade(&self, old: &str, new: &str) {
        self.install_as(new, &format!("lib{old}.so"));
    }

    /// Has the program run as a user without any right from now on, also where the tests run as root.
    pub fn run_as_ordinary_user(&self) {
        // That user may not be able to enter the folder of the build.
        let program = self.path().join("tenon");
        fs::copy(artifacts::program("tenon"), &program).unwrap();
        give_all_to_server_user(self.path());
        self.ordinary.set(program).expect("it is said once");
    }

    /// Adds to the configuration file. Keys of no section have to come first.
    pub fn set(&self, toml: &str) {
        let mut settings = self.settings.lock().unwrap();
        settings.push_str(toml);
        settings.push('\n');
        fs::write(self.path().join("tenon.toml"), &*settings).unwrap();
    }

    /// Whether the configuration says what is logged.
    pub(crate) fn configures_log(&self) -> bool {
        self.settings.lock().unwrap().contains("log")
    }

    /// Gives the host another address of the database.
    pub fn set_url(&self, url: &str) {
        url.clone_into(&mut self.url.lock().unwrap());
    }

    /// Leaves it to the host as whom plugins' statements run.
    pub fn leave_isolation(&self) {
        *self.isolation.lock().unwrap() = None;
    }

    /// Has each plugin be a login role of its own.
    pub fn isolate_by_roles(&self) {
        *self.isolation.lock().unwrap() = Some("roles");
    }

    /// The roles as which plugins' statements are to run.
    pub(crate) fn isolation(&self) -> Option<&'static str> {
        *self.isolation.lock().unwrap()
    }

    /// Puts a proxy, which is down at first, between the host and the database.
    pub fn by_proxy(&self) -> Proxy {
        let server = TestServer::shared();
        let proxy = Proxy::to(server.port);
        self.set_url(&server.tcp_url(SUPERUSER, &server.password(), proxy.port, &self.database.name));
        proxy
    }

    /// The address that the host is given.
    pub fn url(&self) -> String {
        self.url.lock().unwrap().clone()
    }

    /// Opens the host in this process.
    pub fn host(&self) -> TestHost {
        TestHost::of(self.path(), &self.url(), self.isolation())
    }

    /// Opens the host in this process with another state directory: another host of the same plugins.
    pub fn host_in(&self, state_dir: &str) -> TestHost {
        TestHost::with_state_dir(self.path(), &self.url(), self.isolation(), state_dir)
    }

    /// Runs SQL in the database as the superuser, who is nobody the host knows.
    pub fn sql(&self, sql: &str) -> String {
        self.database.sql(sql)
    }

    /// The ledger: plugin, file and checksum, one row a line.
    pub fn ledger(&self) -> String {
        let exists = self.sql("SELECT to_regclass('tenon.migration') IS NOT NULL");
        if exists == "f" {
            return String::new();
        }
        self.sql("SELECT plugin || '/' || filename, checksum FROM tenon.migration ORDER BY applied_at, plugin, filename")
    }
}
