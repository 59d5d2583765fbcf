//! The end of a call: its transaction's, on the plugin's thread, and what the session goes back as.

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::future::join;
use tokio::sync::oneshot::Sender;

use crate::load::{Answer, CallFailure, Lent, Loan};
use crate::postgres::pool::{Late, Session};

/// How a call ended.
#[derive(Debug)]
pub(super) enum End {
    /// And its transaction with it, as it should.
    Answered(Result<Answer, CallFailure>),
    Uncommitted(tokio_postgres::Error),
    /// Its connection was closed.
    Closed(Result<Answer, CallFailure>),
    /// The server did not say in time whether it was committed.
    Late,
}

/// What a plugin has returned, and what it was lent.
#[derive(Debug)]
pub(super) struct Returned {
    pub answer: Result<Answer, CallFailure>,
    /// `None` if its connection was closed.
    pub loan: Option<Loan>,
}

impl Returned {
    /// Ends the transaction, tells how that went, and gives the session back as a new one is, or closes it. The
    /// server may take so long for each.
    pub(super) fn end(self, lent: &Lent, limit: Duration, tell: Sender<End>) {
        let Self { answer, loan } = self;
        // Nobody may be there any more to be told.
        let Some(loan) = loan else { return drop(tell.send(End::Closed(answer))) };
        if !lent.has_begun() {
            loan.give_back(true);
            return drop(tell.send(End::Answered(answer)));
        }
        let session = &loan.connection;
        let is_clean = if answer.is_ok() && lent.only_read() && session.may_roll_readings_back() {
            roll_back(session, limit, || drop(tell.send(End::Answered(answer))))
        } else {
            end_and_clean(session, answer, limit, tell)
        };
        loan.give_back(is_clean);
    }
}

/// Ends a transaction that has nothing to commit, for which nobody needs to wait. Says whether the session is clean.
fn roll_back(session: &Session, limit: Duration, tell: impl FnOnce()) -> bool {
    let by_hand = session.by_hand();
    let mut work = pin!(by_hand.roll_back());
    // Sent before the answer is told: by then others want this processor.
    let ended = session.start(work.as_mut());
    tell();
    let ended = ended.map_or_else(|| session.wait(Instant::now() + limit, work), Ok);
    matches!(ended, Ok(Ok(())))
}

/// Ends the call's transaction, and takes back what it left in the session, which is sent at once; only the former
/// is waited for before it is told. Says whether the session is clean.
fn end_and_clean(
    session: &Session,
    answer: Result<Answer, CallFailure>,
    limit: Duration,
    tell: Sender<End>,
) -> bool {
    // COMMIT of a transaction that a failed statement has broken succeeds, and is a rollback: a plugin that
    // passed over the error would be told that all is well. The empty SELECT fails in such a transaction.
    let end = if answer.is_ok() { "SELECT; COMMIT" } else { "ROLLBACK" };
    let by_hand = session.by_hand();
    let mut untold = Some((tell, answer));
    let ended = async {
        let ended = by_hand.batch_execute(end).await;
        if let Some((tell, answer)) = untold.take() {
            let _ = tell.send(ended.map_or_else(End::Uncommitted, |()| End::Answered(answer)));
        }
    };
    // It fails in a transaction that has not ended.
    let cleaned = session.wait(Instant::now() + limit, join(ended, by_hand.clean()));
    if let (Err(Late), Some((tell, _))) = (&cleaned, untold) {
        let _ = tell.send(End::Late);
    }
    matches!(cleaned, Ok(((), Ok(()))))
}
