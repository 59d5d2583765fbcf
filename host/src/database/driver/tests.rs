//! What drives a connection, over a socket pair whose other end says what a server says.

use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_postgres::Client;

use super::*;
use crate::database::fake_server::{Fake, begin};

struct Place {
    runtime: Runtime,
    client: Client,
    driver: Arc<ConnectionDriver>,
    server: JoinHandle<Vec<String>>,
}

fn place() -> Place {
    let Fake { runtime, client, connection, socket, server } = begin();
    let driver = ConnectionDriver::new(socket, connection);
    runtime.spawn(Arc::clone(&driver).run());
    Place { runtime, client, driver, server }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[test]
fn thread_and_task_take_turns_in_any_order_and_each_question_is_answered() {
    let Place { runtime, client, driver, server } = place();
    for number in 0..300 {
        match number % 7 {
            // Inline, also several at once.
            0 | 1 | 4 => driver.wait(soon(), client.batch_execute("one")).unwrap().unwrap(),
            2 => {
                let both =
                    futures_util::future::join(client.batch_execute("one"), client.batch_execute("two"));
                let (one, two) = driver.wait(soon(), both).unwrap();
                one.and(two).unwrap();
            }
            // Begun inline, ended by the task.
            3 => {
                let mut work = Box::pin(client.batch_execute("one"));
                let done = driver.start(work.as_mut());
                driver.drive_by_task();
                done.unwrap_or_else(|| runtime.block_on(work)).unwrap();
            }
            _ => {
                driver.drive_by_task();
                runtime.block_on(client.batch_execute("one")).unwrap();
            }
        }
        assert!(!driver.drive_and_see_end());
    }
    drop(client);
    driver.drive_by_task();
    let twice = (0..300).filter(|number| number % 7 == 2).count();
    assert_eq!(server.join().unwrap().len(), 300 + twice);
}

#[test]
fn who_is_late_gives_up_and_whoever_comes_next_gets_his_own_answer() {
    let Place { runtime, client, driver, server } = place();
    let began = Instant::now();
    let late = driver.wait(began + Duration::from_millis(50), client.batch_execute("slow"));
    assert!(
        matches!(late, Err(DeadlineExceeded)) && began.elapsed() < Duration::from_millis(280),
        "{late:?}"
    );
    driver.wait(soon(), client.batch_execute("next")).unwrap().unwrap();
    assert!(began.elapsed() >= Duration::from_millis(290), "behind the former");
    driver.drive_by_task();
    runtime.block_on(client.batch_execute("by the task")).unwrap();
    drop(client);
    assert_eq!(server.join().unwrap(), ["slow", "next", "by the task"]);
}

#[test]
fn an_end_is_told_whoever_waits_and_whoever_looks() {
    for by_task in [false, true] {
        let Place { runtime, client, driver, server } = place();
        let ended = if by_task {
            driver.drive_by_task();
            runtime.block_on(client.batch_execute("end"))
        } else {
            driver.wait(soon(), client.batch_execute("end")).unwrap()
        };
        assert!(ended.unwrap_err().is_closed(), "by task: {by_task}");
        server.join().unwrap();
        assert!(driver.drive_and_see_end());
        assert!(driver.wait(soon(), client.batch_execute("more")).unwrap().is_err());
    }
}
