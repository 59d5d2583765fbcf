//! Where a plugin's thread has the connection of a call: a ring of slots that are there for ever.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::ThreadId;
use std::time::Instant;

use tenon_plugin_api::contract::ErrorV1;

use super::borrow::{BorrowedConnection, Traces, revoked};
use super::error::error;
use super::failure::Fault;
use super::lent_connection::LentConnection;

/// Where a plugin's thread has the connection of a call handed over. It is there for ever, so that a plugin
/// which keeps the handle against all rules finds an empty slot, and not memory that is no longer there.
pub struct ConnectionSlot {
    thread: ThreadId,
    /// Whether another thread has tried.
    misused: AtomicBool,
    borrowed: RefCell<Option<BorrowedConnection>>,
}

/// The slots of one thread, used in turn: what was kept from one call is not what the next ones are handed.
struct SlotRing {
    slots: [ConnectionSlot; SLOTS],
    next: Cell<usize>,
}

/// How many calls a handle that was kept is seen to be kept for.
const SLOTS: usize = 64;

/// A call that a thread is in.
type CurrentCall = (Instant, Option<&'static ConnectionSlot>);

thread_local! {
    /// The call that this thread is in: until when it has time, and the slot where its connection lies.
    static CURRENT: Cell<Option<CurrentCall>> = const { Cell::new(None) };
    static RING: &'static SlotRing = Box::leak(Box::new(SlotRing::new()));
}

impl SlotRing {
    fn new() -> Self {
        let thread = std::thread::current().id();
        let slot =
            |_| ConnectionSlot { thread, misused: AtomicBool::new(false), borrowed: RefCell::new(None) };
        Self { slots: std::array::from_fn(slot), next: Cell::new(0) }
    }

    fn take(&'static self) -> &'static ConnectionSlot {
        self.next.set((self.next.get() + 1) % SLOTS);
        &self.slots[self.next.get()]
    }
}

impl std::fmt::Debug for ConnectionSlot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionSlot").field("thread", &self.thread).finish_non_exhaustive()
    }
}

impl ConnectionSlot {
    /// What lies there, for this thread.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&BorrowedConnection) -> Result<T, ErrorV1>,
    ) -> Result<T, ErrorV1> {
        // Before anything else of it is touched, which belongs to its own thread.
        if std::thread::current().id() != self.thread {
            self.misused.store(true, Ordering::Relaxed);
            let message = "the borrowed connection was used on another thread than the call's";
            return Err(error(Fault::OtherThread, 500, message));
        }
        self.borrowed.borrow().as_ref().map_or_else(|| Err(revoked()), work)
    }

    /// Whether another thread has tried since this was asked last.
    pub(super) fn was_misused(&self) -> bool {
        self.misused.swap(false, Ordering::Relaxed)
    }
}

/// Hands the connection to a plugin for one call, on this thread. Gives it back unless the call's deadline
/// has passed, and what was sent over it.
pub fn with_lease<T>(
    borrowed: BorrowedConnection,
    call: impl FnOnce(&ConnectionSlot) -> T,
) -> (T, Option<LentConnection>, Traces) {
    let take_back = borrowed.taken_back();
    let slot = RING.with(|ring| ring.take());
    let deadline = borrowed.deadline();
    slot.borrowed.replace(Some(borrowed));
    let result = within(deadline, Some(slot), || call(slot));
    slot.borrowed.take();
    let (lent, traces) = take_back();
    (result, lent, traces)
}

/// Hands a connection that another thread has borrowed to a plugin on this thread, for one call. It is that
/// thread's to give back.
pub(super) fn with_slot<T>(borrowed: BorrowedConnection, call: impl FnOnce(&ConnectionSlot) -> T) -> T {
    let slot = RING.with(|ring| ring.take());
    let deadline = borrowed.deadline();
    slot.borrowed.replace(Some(borrowed));
    let result = within(deadline, Some(slot), || call(slot));
    slot.borrowed.take();
    result
}

/// Makes a call on this thread that has time until then; without a slot it has no connection.
pub(super) fn within<T>(
    deadline: Instant,
    slot: Option<&'static ConnectionSlot>,
    call: impl FnOnce() -> T,
) -> T {
    let former = CURRENT.replace(Some((deadline, slot)));
    let result = call();
    CURRENT.set(former);
    result
}

/// The call that this thread is in.
pub(super) fn current() -> Option<CurrentCall> {
    CURRENT.get()
}
