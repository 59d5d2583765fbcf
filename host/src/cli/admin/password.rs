//! Where a command takes a password from: asked for, from standard input, or made. Never an argument, which
//! everybody on the machine can read.

use std::io;

use clap::Args;
use console::Term;
use secrecy::{ExposeSecret, SecretString};

use crate::admin::accounts;
use crate::cli::app::App;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::support::command_code::CommandCode;

#[derive(Debug, Args)]
pub(super) struct PasswordSource {
    /// Make a password, and show it this once
    ///
    /// Without it the password is asked for twice on a terminal, and elsewhere read from the first line of
    /// standard input.
    #[arg(long)]
    generate: bool,
}

/// A password, and whether nobody has seen it yet.
pub(super) struct Password {
    pub secret: SecretString,
    made: bool,
}

impl PasswordSource {
    pub(super) fn read(&self, name: &str, app: &App) -> Result<Password, Failure> {
        if self.generate {
            return Ok(Password { secret: accounts::random_password(), made: true });
        }
        let secret = if app.terminal.interactive() { asked(name, app) } else { first_line() };
        Ok(Password { secret: secret?, made: false })
    }
}

impl Password {
    /// The password, if it was made.
    pub(super) fn to_show(&self) -> Option<&str> {
        self.made.then(|| self.secret.expose_secret())
    }
}

fn asked(name: &str, app: &App) -> Result<SecretString, Failure> {
    let term = Term::stderr();
    let ask = |question: &str| {
        app.terminal.error(question);
        term.read_secure_line().map(SecretString::from).map_err(|error| not_read(&error))
    };
    let secret = ask(&format!("Password of {name}: "))?;
    let again = ask("Again: ")?;
    if secret.expose_secret() != again.expose_secret() {
        return Err(Failure::refused(
            CommandCode::PasswordsDiffer,
            "the two passwords differ; nothing was changed",
        ));
    }
    Ok(secret)
}

fn first_line() -> Result<SecretString, Failure> {
    let mut line = String::new();
    io::stdin().read_line(&mut line).map_err(|error| not_read(&error))?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        return Err(Failure::new(Exit::Usage, "there is no password on standard input; nothing was changed")
            .hint(
                "run it in a terminal to be asked, send the password as the first line, or add `--generate`",
            ));
    }
    Ok(password.to_owned().into())
}

fn not_read(error: &io::Error) -> Failure {
    Failure::new(Exit::Failed, "the password could not be read; nothing was changed").because(error)
}
