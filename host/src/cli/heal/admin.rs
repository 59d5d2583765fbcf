//! The administrator's name: given on the command line, or the user's of the operating system.

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::Environment;

/// Checks a name given on the command line.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    let name = text.trim();
    if name.is_empty() {
        Err("it is empty".to_owned())
    } else if name.chars().count() > 100 {
        Err("it is longer than 100 characters".to_owned())
    } else if name.chars().any(char::is_control) {
        Err("it contains control characters".to_owned())
    } else {
        Ok(name.to_owned())
    }
}

/// The administrator: the one named, or in development the user of the operating system.
pub(crate) fn of(named: Option<&str>, environment: Environment) -> Result<String, Failure> {
    match (named, environment) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, Environment::Development) => Ok(system_user()),
        (None, Environment::Production) => {
            Err(Failure::new(Exit::Usage, "in production the name of the administrator is needed")
                .detail("it is recorded who said so, and an account of the machine may belong to many")
                .hint("name yourself with `--as ID`"))
        }
    }
}

/// The name of the process's user, or its number where it has none.
pub(crate) fn system_user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(uid, &users).unwrap_or_else(|| format!("uid {uid}"))
}

/// Looks a user up in the text of a passwd file: `name:password:uid:…` (passwd(5)).
fn name_of(uid: u32, users: &str) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn production_wants_a_name() {
        let exit = |named, environment| of(named, environment).map_err(|failure| failure.exit());
        assert_eq!(exit(Some("ops"), Environment::Production), Ok("ops".to_owned()));
        assert_eq!(exit(None, Environment::Production), Err(Exit::Usage));
        assert!(!exit(None, Environment::Development).unwrap().is_empty());
    }

    #[test]
    fn the_name_of_a_user_comes_from_the_passwd_file() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nana:x:1000:1000::/home/ana:/bin/sh\n";
        assert_eq!(name_of(1000, users).as_deref(), Some("ana"));
        assert_eq!(name_of(7, users), None);
    }

    #[test]
    fn a_name_that_would_spoil_the_log_is_refused() {
        assert_eq!(parse(" ops "), Ok("ops".to_owned()));
        for name in ["", "  ", "a\nb", "\x1b[2J"] {
            assert!(parse(name).is_err(), "{name:?}");
        }
    }
}
