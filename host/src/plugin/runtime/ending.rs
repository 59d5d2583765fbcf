//! The end of a call: its transaction's, on the plugin's thread, and what the session goes back as.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join;
use tokio::sync::oneshot::Sender;

use super::CallError;
use crate::database::pool::{DeadlineExceeded, Session, SessionResidue};
use crate::plugin::load::{Answer, CallFailure, CallState, LentConnection, Traces};

/// How a call ended.
#[derive(Debug)]
pub(super) enum End {
    /// There was no connection to be had.
    NotBegun(CallError),
    /// The call ended with its transaction, as it should.
    Answered(Result<Answer, CallFailure>),
    Uncommitted(tokio_postgres::Error),
    /// The call's connection was closed.
    Closed(Result<Answer, CallFailure>),
    /// The server did not say in time whether it was committed.
    DeadlineExceeded,
}

/// What a plugin has returned, and what it was lent.
#[derive(Debug)]
pub(super) struct Returned {
    pub answer: Result<Answer, CallFailure>,
    /// `None` if its connection was closed.
    pub loan: Option<LentConnection>,
    pub traces: Traces,
    /// SQL that is sent right before the COMMIT.
    pub seal: Option<Arc<str>>,
}

impl Returned {
    /// Ends the transaction, tells how that went, and gives the session back as the next one may have it, or
    /// closes it. The server may take so long for each.
    pub(super) fn end(self, plugin: &Arc<str>, lent: &CallState, limit: Duration, tell: Sender<End>) {
        let Self { answer, loan, traces, seal } = self;
        // Nobody may be there any more to be told.
        let Some(loan) = loan else { return drop(tell.send(End::Closed(answer))) };
        let session = &loan.connection;
        // A statement that failed may leave the transaction broken and without an end, which cleaning fails
        // of.
        // So may a seal.
        let is_clean = traces.is_sound() && traces.was_plain() && session.was_clean_lately();
        let cleans = !is_clean || seal.is_some();
        let left =
            || Some(if cleans { SessionResidue::Clean } else { SessionResidue::By(Arc::clone(plugin)) });
        lent.observe(&traces);
        let ending = Ending { session, limit, cleans };
        let ended = if let (Some(seal), Ok(_), true) = (&seal, &answer, traces.is_sound()) {
            ending.commit_sealed(answer, traces.has_begun(), seal, tell)
        } else if !traces.has_begun() {
            if !traces.has_sent() || !cleans {
                loan.give_back(Some(SessionResidue::By(Arc::clone(plugin))));
                return drop(tell.send(End::Answered(answer)));
            }
            let _ = tell.send(End::Answered(answer));
            ending.clean()
        } else if answer.is_ok() && lent.only_read(&traces) && session.may_roll_readings_back() {
            ending.roll_back(|| drop(tell.send(End::Answered(answer))))
        } else {
            // COMMIT of a transaction that a failed statement has broken succeeds, and is a rollback: a
            // plugin that passed over the error would be told that all is well. The empty SELECT fails in
            // such a transaction.
            let end = match (&answer, traces.is_sound()) {
                (Ok(_), true) => "COMMIT",
                (Ok(_), false) => "SELECT; COMMIT",
                (Err(_), _) => "ROLLBACK",
            };
            ending.end_and_clean(answer, end, tell)
        };
        let left = ended.then(left).flatten();
        loan.give_back(left);
    }
}

/// How a transaction is ended.
struct Ending<'a> {
    session: &'a Session,
    limit: Duration,
    /// Whether the session is made like a new one behind it.
    cleans: bool,
}

impl Ending<'_> {
    /// Where there is no transaction to be ended.
    fn clean(&self) -> bool {
        let inline = self.session.driven_inline();
        matches!(self.session.wait(Instant::now() + self.limit, inline.clean()), Ok(Ok(())))
    }

    /// Ends a transaction that has nothing to commit, for which nobody needs to wait. Says whether all went
    /// well.
    fn roll_back(&self, tell: impl FnOnce()) -> bool {
        let inline = self.session.driven_inline();
        let mut work = pin!(inline.roll_back(self.cleans));
        // Sent before the answer is told: by then others want this processor.
        let ended = self.session.start(work.as_mut());
        tell();
        let ended = ended.map_or_else(|| self.session.wait(Instant::now() + self.limit, work), Ok);
        matches!(ended, Ok(Ok(())))
    }

    /// Ends the call's transaction with the seal as its last statement; a call that has sent nothing has one
    /// for the seal alone. Where that fails, nothing is kept of either.
    fn commit_sealed(
        &self,
        answer: Result<Answer, CallFailure>,
        has_begun: bool,
        seal: &str,
        tell: Sender<End>,
    ) -> bool {
        let begin = if has_begun { "" } else { "BEGIN READ WRITE; " };
        self.end_and_clean(answer, &format!("{begin}{seal}; COMMIT"), tell)
    }

    /// Ends the call's transaction, and takes back what it left in the session, which is sent at once; only
    /// the former is waited for before it is told. Says whether all went well.
    fn end_and_clean(&self, answer: Result<Answer, CallFailure>, end: &str, tell: Sender<End>) -> bool {
        let inline = self.session.driven_inline();
        let mut untold = Some((tell, answer));
        let ended = async {
            let ended = inline.batch_execute(end).await;
            if let Some((tell, answer)) = untold.take() {
                let _ = tell.send(match ended {
                    // Nothing was to be committed, and nothing was.
                    Err(error) if answer.is_ok() => End::Uncommitted(error),
                    _ => End::Answered(answer),
                });
            }
        };
        let clean = async { if self.cleans { inline.clean().await } else { Ok(()) } };
        // It fails in a transaction that has not ended.
        let cleaned = self.session.wait(Instant::now() + self.limit, join(ended, clean));
        if let (Err(DeadlineExceeded), Some((tell, _))) = (&cleaned, untold) {
            let _ = tell.send(End::DeadlineExceeded);
        }
        matches!(cleaned, Ok(((), Ok(()))))
    }
}
