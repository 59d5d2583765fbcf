//! What the console of Windows sends (`SetConsoleCtrlHandler`).

use std::io;
use std::task::{Context, Poll};

use tokio::signal::windows::{
    CtrlBreak, CtrlC, CtrlClose, CtrlLogoff, CtrlShutdown, ctrl_break, ctrl_c, ctrl_close, ctrl_logoff,
    ctrl_shutdown,
};

use super::Meaning;

/// A listener to one of them.
#[derive(Debug)]
pub(super) enum Signal {
    C(CtrlC),
    Break(CtrlBreak),
    Close(CtrlClose),
    Logoff(CtrlLogoff),
    Shutdown(CtrlShutdown),
}

impl Signal {
    /// Whether it has been sent since this was asked last.
    pub(super) fn poll_recv(&mut self, context: &mut Context<'_>) -> Poll<Option<()>> {
        match self {
            Self::C(signal) => signal.poll_recv(context),
            Self::Break(signal) => signal.poll_recv(context),
            Self::Close(signal) => signal.poll_recv(context),
            Self::Logoff(signal) => signal.poll_recv(context),
            Self::Shutdown(signal) => signal.poll_recv(context),
        }
    }
}

/// Catches all of them, from now on. The system gives a process some seconds after the last three.
pub(super) fn caught() -> io::Result<Vec<(Signal, Meaning, String)>> {
    let all = [
        (Signal::C(ctrl_c()?), Meaning::End, "Ctrl-C"),
        (Signal::Break(ctrl_break()?), Meaning::End, "Ctrl-Break"),
        (Signal::Close(ctrl_close()?), Meaning::End, "the end of its console"),
        (Signal::Shutdown(ctrl_shutdown()?), Meaning::End, "the system's shutdown"),
        // Services are told of whoever logs off.
        (Signal::Logoff(ctrl_logoff()?), Meaning::Nothing, "the end of a user's session"),
    ];
    Ok(all.map(|(signal, meaning, name)| (signal, meaning, name.to_owned())).into())
}
