//! The host of the call that a thread is in.
#![expect(unsafe_code, reason = "the host is lent for a call, and a thread-local outlives it")]

use std::cell::Cell;
use std::mem;
use std::ptr;

use crate::contract::HostV2;

thread_local! {
    static HOST: Cell<Option<*const dyn HostV2>> = const { Cell::new(None) };
}

/// Does a call's work; while it is under way, [`with`] finds its host.
pub(crate) fn during<T>(host: Option<&dyn HostV2>, work: impl FnOnce() -> T) -> T {
    // The pointer is used while the call is under way alone: `Former` takes it away, also by a panic.
    let host = host.map(ptr::from_ref);
    // SAFETY: only the lifetime is forgotten, see above.
    let host =
        host.map(|host| unsafe { mem::transmute::<*const (dyn HostV2 + '_), *const dyn HostV2>(host) });
    let _former = Former(HOST.replace(host));
    work()
}

/// Hands over the host of the call that this thread is in, if there is one.
pub(crate) fn with<T>(work: impl FnOnce(&dyn HostV2) -> T) -> Option<T> {
    // A thread that ends has no call any more.
    let host = HOST.try_with(Cell::get).ok().flatten()?;
    // SAFETY: the call is under way, and the host outlives it.
    Some(work(unsafe { &*host }))
}

/// Puts back what was there before.
struct Former(Option<*const dyn HostV2>);

impl Drop for Former {
    fn drop(&mut self) {
        HOST.set(self.0);
    }
}
