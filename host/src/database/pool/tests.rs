//! What a session of the pool goes through between its users, over a socket pair whose other end says what a
//! server says. That the statements do what they are for is seen against a real server, in the suite
//! `isolation`.

use std::thread::JoinHandle;

use super::*;
use crate::database::dial::targets;
use crate::database::fake_server::{Fake, begin};
use tokio::runtime::Runtime;

struct Place {
    runtime: Runtime,
    session: Session,
    server: JoinHandle<Vec<String>>,
}

fn place(default_read_only: bool) -> Place {
    let Fake { runtime, client, connection, socket, server } = begin();
    let driver = ConnectionDriver::new(socket, connection);
    let task = runtime.spawn(Arc::clone(&driver).run());
    let sweep = IdleCleanup { is_set: AtomicBool::new(false), runtime: runtime.handle().clone() }.into();
    let target = targets(&"host=/nowhere".parse().unwrap()).remove(0);
    let interrupt = Interrupt { token: client.cancel_token(), target }.into();
    let session = Session {
        client: ClientWrapper::new(client, task),
        driver,
        interrupt,
        default_read_only,
        writes_anywhere: AtomicBool::new(false),
        is_frozen: false,
        isolation: Isolation::Statement,
        statements: Mutex::default(),
        left: SessionResidue::Clean,
        is_stale: AtomicBool::new(false),
        caller: Mutex::new(CallerSetting::at_first(default_read_only)),
        cleaned: Instant::now(),
        given_back: Instant::now(),
        sweep,
    };
    Place { runtime, session, server }
}

impl Place {
    /// What the server was asked, now that the session ends.
    fn asked(self) -> Vec<String> {
        drop(self.session);
        // It is the task that ends the connection.
        self.server.join().unwrap()
    }

    fn pool(&self) -> SessionManager {
        let database = Database::new(&"host=/nowhere".into(), "a test", None, None).unwrap();
        let (sweep, runtime) = (Arc::clone(&self.session.sweep), self.runtime.handle().clone());
        SessionManager { sweep, database, runtime }
    }

    /// As the pool does before it hands the session out.
    fn recycle(&mut self) -> RecycleResult<DialError> {
        let pool = self.pool();
        self.runtime.block_on(pool.recycle(&mut self.session, &Metrics::default()))
    }

    /// A plugin's statement, behind what the session has to be told before.
    fn call(&self, writes: bool, sql: &str) {
        let inline = self.session.driven_inline();
        let work = async {
            inline.reset_session_state(writes, None).await?;
            inline.batch_execute(sql).await
        };
        self.session.wait(soon(), work).unwrap().unwrap();
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

fn by(plugin: &str) -> SessionResidue {
    SessionResidue::By(plugin.into())
}

#[test]
fn what_another_plugin_may_have_left_is_taken_back_with_the_next_ones_first_statement() {
    let mut place = place(true);
    for (plugin, sql) in [("a", "a1"), ("a", "a2"), ("b", "b1"), ("b", "b2")] {
        place.recycle().unwrap();
        assert!(place.session.begin_use(Some(plugin)), "{sql}");
        assert_eq!(place.session.left, SessionResidue::Unknown, "until it is said");
        place.call(false, sql);
        place.session.end_use(by(plugin));
    }
    assert!(!place.session.begin_use(None), "not as it is for the host");
    let clean = format!("{CLEAN}; {UNLOCK}");
    assert_eq!(place.asked(), ["a1", "a2", &clean, "b1", "b2"]);
}

#[test]
fn the_host_gets_a_session_that_was_cleaned() {
    let mut place = place(true);
    assert!(place.session.begin_use(Some("a")));
    place.call(false, "a1");
    place.session.end_use(by("a"));
    assert!(!place.session.begin_use(None));
    place.runtime.block_on(place.session.reset()).unwrap();
    assert!(place.session.was_clean_lately());
    place.runtime.block_on(place.session.driven_by_task().batch_execute("host")).unwrap();
    assert_eq!(place.asked(), ["a1", CLEAN, &format!("prepared: {UNLOCK}"), "host"]);
}

#[test]
fn a_session_of_which_nobody_knows_what_it_is_like_is_rolled_back_and_cleaned_before_the_next_user() {
    for (default_read_only, unlock) in [(true, format!("prepared: {UNLOCK}")), (false, UNLOCK.to_owned())] {
        let mut place = place(default_read_only);
        place.session.end_use(SessionResidue::Unknown);
        place.recycle().unwrap();
        let asked = place.asked();
        assert_eq!(asked[0], RECYCLE, "{asked:?}");
        assert!(
            asked.len() == 3 && asked.contains(&CLEAN.to_owned()) && asked.contains(&unlock),
            "{asked:?}"
        );
    }
}

#[test]
fn where_nothing_was_sent_the_session_is_not_taken_for_what_it_was_to_be() {
    let mut place = place(true);
    place.session.end_use(by("a"));
    assert!(place.session.begin_use(Some("b")));
    // The call ends before it has sent anything.
    place.session.end_use(by("b"));
    assert_eq!(place.session.left, SessionResidue::Unknown);
    place.recycle().unwrap();
    assert!(!*place.session.is_stale.get_mut());
    assert_eq!(place.asked()[0], RECYCLE);
}

#[test]
fn a_session_is_told_only_of_a_change_whether_it_may_write_by_itself() {
    let mut place = place(true);
    assert!(place.session.begin_use(Some("a")));
    for (writes, sql) in [(true, "w1"), (true, "w2"), (false, "r1"), (false, "r2")] {
        place.call(writes, sql);
    }
    place.session.end_use(by("a"));
    assert!(place.session.begin_use(Some("b")));
    place.call(true, "w3");
    let (on, off) = ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off");
    let clean = format!("{CLEAN}; {UNLOCK}; {off}");
    assert_eq!(place.asked(), [off, "w1", "w2", on, "r1", "r2", &clean, "w3"]);
}

#[test]
fn a_session_that_the_server_has_closed_is_not_handed_out() {
    for left in [SessionResidue::Clean, by("a"), SessionResidue::Unknown] {
        let mut place = place(true);
        let ended = place.session.wait(soon(), place.session.driven_inline().batch_execute("end")).unwrap();
        assert!(ended.unwrap_err().is_closed());
        place.session.end_use(left.clone());
        assert!(place.recycle().is_err(), "{left:?}");
    }
}

#[test]
fn what_may_be_sent_ahead_or_alone_is_less_behind_a_pooler_and_in_a_freeze() {
    let may = |session: &Session| {
        [
            session.may_pipeline_begin(),
            session.keeps_statements(),
            session.may_roll_readings_back(),
            session.may_read_alone(),
            session.may_write_alone(),
            session.may_leave_caller_unsaid(),
        ]
    };
    let mut own = place(true);
    assert_eq!(may(&own.session), [true; 6]);
    own.session.is_frozen = true;
    assert_eq!(may(&own.session), [true, true, true, true, false, true]);
    own.session.isolation = Isolation::Snapshot;
    assert_eq!(may(&own.session), [true, true, true, false, false, true]);
    own.session.isolation = Isolation::Serializable;
    assert_eq!(may(&own.session), [true, true, false, false, false, true]);
    assert_eq!(may(&place(false).session), [false; 6]);
}
