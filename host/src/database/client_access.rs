//! How PostgreSQL's own programs reach a database: by options, the environment and a file with the password,
//! so that no other user of the machine sees it.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use secrecy::ExposeSecret;
use tempfile::NamedTempFile;

use super::connect::Database;

/// The way to one database for other programs. The password's file goes with this value.
#[derive(Debug)]
pub struct ClientAccess {
    options: Vec<String>,
    environment: Vec<(&'static str, String)>,
    passfile: Option<NamedTempFile>,
}

impl ClientAccess {
    /// Writes the password into a file that only this user can read, if there is one.
    pub fn of(database: &Database) -> std::io::Result<Self> {
        let passfile = match database.password() {
            None => None,
            Some(password) => {
                let mut file = tempfile::Builder::new().prefix("tenon-passfile-").tempfile()?;
                let escaped = password.expose_secret().replace('\\', r"\\").replace(':', r"\:");
                writeln!(file, "*:*:*:*:{escaped}")?;
                file.flush()?;
                Some(file)
            }
        };
        let (options, environment) = (database.client_options(), database.client_environment());
        Ok(Self { options, environment, passfile })
    }

    /// A command that reaches it. No `PG…` variable of this process leads elsewhere.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PG") {
                command.env_remove(name);
            }
        }
        command.args(&self.options).envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(file) = &self.passfile {
            command.env("PGPASSFILE", file.path());
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_password_is_in_a_private_file_and_nowhere_else() {
        let url = "postgresql://ana:hun%3Ater2%5C@db.example:6432/app?sslmode=require";
        let database = Database::new(&url.into(), "a test", None, None).unwrap();
        let access = ClientAccess::of(&database).unwrap();
        let command = access.command(Path::new("psql"));
        let shown = format!("{command:?}");
        assert!(!shown.contains("ter2"), "{shown}");
        assert!(shown.contains("--host=db.example") && shown.contains("require"), "{shown}");
        let file = access.passfile.as_ref().unwrap().path().to_owned();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "*:*:*:*:hun\\:ter2\\\\\n");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0);
        drop(access);
        assert!(!file.exists());
    }
}
