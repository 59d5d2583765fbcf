//! All orders in which holder and owner of a lease can come to it.

mod sync {
    pub(super) use loom::sync::{Mutex, MutexGuard, atomic};
}
#[allow(clippy::duplicate_mod, reason = "it is to be compiled with the types of the model as well")]
#[path = "lease.rs"]
mod lease;

use std::sync::atomic::{AtomicUsize, Ordering};

use loom::sync::Arc;
use loom::thread;

use self::lease::{Keep, Lease, Lendable};

/// Counts how often it was closed.
#[derive(Debug)]
struct Counted(std::sync::Arc<AtomicUsize>);

impl Lendable for Counted {
    fn close(self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

fn lease() -> (Arc<Lease<Counted, ()>>, std::sync::Arc<AtomicUsize>) {
    let closed = std::sync::Arc::<AtomicUsize>::default();
    (Arc::new(Lease::new(Counted(std::sync::Arc::clone(&closed)))), closed)
}

#[test]
fn what_is_lent_is_returned_or_closed_and_never_both() {
    loom::model(|| {
        let (lease, closed) = lease();
        let owner = {
            let lease = Arc::clone(&lease);
            thread::spawn(move || lease.revoke())
        };
        let used = lease.with(|_, ()| ((), Keep::Keep));
        let (returned, ()) = lease.give_back(true);
        let revoked = owner.join().unwrap();
        assert_eq!(revoked, returned.is_none(), "one of them has ended it");
        assert_eq!(usize::from(revoked), closed.load(Ordering::SeqCst));
        assert!(revoked || used.is_some());
        assert!(lease.with(|_, ()| ((), Keep::Keep)).is_none(), "nothing is lent any more");
    });
}

#[test]
fn what_a_holder_never_returns_is_closed_once() {
    loom::model(|| {
        let (lease, closed) = lease();
        let holder = {
            let lease = Arc::clone(&lease);
            thread::spawn(move || lease.with(|_, ()| ((), Keep::Keep)).is_some())
        };
        assert!(lease.revoke());
        holder.join().unwrap();
        assert!(lease.revoke(), "once more, as for one who hangs");
        assert_eq!(closed.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn who_is_late_returns_nothing() {
    loom::model(|| {
        let (lease, closed) = lease();
        let owner = {
            let lease = Arc::clone(&lease);
            thread::spawn(move || lease.revoke())
        };
        assert!(lease.give_back(false).0.is_none());
        assert!(owner.join().unwrap());
        assert_eq!(closed.load(Ordering::SeqCst), 1);
    });
}
