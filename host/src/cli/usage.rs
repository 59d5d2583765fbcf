//! Wrong usage: clap's words, our exit code, and no password repeated.

use std::ffi::OsString;

use clap::error::ErrorKind;

use super::exit::Exit;
use super::failure::Failure;

/// Prints help, the version or what was wrong with the command line.
pub(super) fn show(error: &clap::Error) -> Exit {
    // A reader that went away is the only likely failure, and no reason for another exit code.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
        _ => Exit::Usage,
    }
}

/// The refusal of a database address among the arguments, before anything repeats it.
pub(super) fn address_among(arguments: &[OsString]) -> Option<Failure> {
    let is_address = |argument: &OsString| {
        let text = argument.to_string_lossy().to_lowercase();
        ["postgres://", "postgresql://", "password="].iter().any(|mark| text.contains(mark))
    };
    arguments.iter().skip(1).any(is_address).then(|| {
        Failure::new(Exit::Usage, "a database address is not taken from the command line")
            .detail("other users of this machine can read a process's arguments, and the password with them")
            .hint("set it in the environment, as in `DATABASE_URL=postgresql://… tenon check`, or as database.url_file in the configuration")
    })
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
    }
}
