//! The administrator's name: given on the command line, or the user's of the operating system.

use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::Environment;
use crate::support::machine::user_name;

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
        (None, Environment::Development) => Ok(user_name()),
        (None, Environment::Production) => {
            Err(Failure::new(Exit::Usage, "in production the name of the administrator is needed")
                .detail("it is recorded who said so, and an account of the machine may belong to many")
                .hint("name yourself with `--as ID`"))
        }
    }
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
    fn a_name_that_would_spoil_the_log_is_refused() {
        assert_eq!(parse(" ops "), Ok("ops".to_owned()));
        for name in ["", "  ", "a\nb", "\x1b[2J"] {
            assert!(parse(name).is_err(), "{name:?}");
        }
    }
}
