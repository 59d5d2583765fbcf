//! Wrong usage: clap's words, our exit code, and no password repeated.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::exit::Exit;
use super::failure::Failure;
use super::terminal::Terminal;

/// Prints help, the version or what was wrong with the command line.
pub(super) fn show(error: &clap::Error, terminal: &Terminal) -> Exit {
    // A reader that went away is the only likely failure, and no reason for another exit code.
    let _ = error.print();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Exit::Done;
    }
    if terminal.json() {
        let text = error.render().to_string();
        let first = text.lines().next().unwrap_or_default();
        Failure::new(Exit::Usage, first.strip_prefix("error: ").unwrap_or(first)).as_json(terminal);
    }
    Exit::Usage
}

/// The refusal of a database address among the arguments, before anything repeats it. One that can have no
/// password may stand behind `--from-database`.
pub(super) fn address_among(arguments: &[OsString]) -> Option<Failure> {
    const FROM: &str = "--from-database";
    let mut former = String::new();
    for argument in arguments.iter().skip(1) {
        let text = argument.to_string_lossy().into_owned();
        let lower = text.to_lowercase();
        let is_address =
            ["postgres://", "postgresql://", "password="].iter().any(|mark| lower.contains(mark));
        let imported = match text.strip_prefix(FROM).and_then(|rest| rest.strip_prefix('=')) {
            Some(address) => Some(address),
            None => (former == FROM).then_some(text.as_str()),
        };
        if is_address && imported.is_none_or(may_have_password) {
            let hint = if imported.is_some() {
                "name it under [databases] in the configuration and give that name; or have it read from standard \
                 input, with `--from-database -`"
            } else {
                "set it in the environment, as in `DATABASE_URL=postgresql://… tenon check`, or as database.url_file in the configuration"
            };
            let told = Failure::new(Exit::Usage, "a database address is not taken from the command line")
                .detail(
                    "other users of this machine can read a process's arguments, and the password with them",
                );
            return Some(told.hint(hint));
        }
        former = text;
    }
    None
}

/// Whether there may be a password in an address: behind a colon that an `@` follows, or by its name.
fn may_have_password(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let user = rest.rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || address.to_lowercase().contains("password")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_refused_without_being_repeated() {
        let refused = |arguments: &[&str]| {
            let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
            address_among(&arguments)
        };
        for argument in
            ["postgres://u:hunter2@h/d", "--database=postgresql://u:hunter2@h/d", "password=hunter2"]
        {
            let failure = refused(&["tenon", "check", argument]).unwrap();
            assert_eq!(failure.exit(), Exit::Usage);
            assert!(!format!("{failure:?}").contains("hunter2"));
        }
        assert!(refused(&["tenon", "check", "--plugin", "inventory"]).is_none());
        let import = |address: &str| refused(&["tenon", "plugin", "import", "a", "--from-database", address]);
        for address in ["postgresql://u@h:5432/d", "postgresql:///d?host=/run", "staging"] {
            assert!(import(address).is_none(), "{address}");
        }
        for address in ["postgresql://u:p@h/d", "postgresql://u:p/@x@h/d", "postgres://h/d?password=p"] {
            assert!(import(address).is_some(), "{address}");
        }
        assert!(refused(&["tenon", "--from-database=postgres://u:p@h/d"]).is_some());
    }
}
