//! A shared socket over a socket pair: inline, and in turn with the runtime.

use std::io::{Read, Write as _};
use std::os::unix::net::UnixStream as Socket;
use std::thread;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::*;

fn pair() -> (Arc<SharedSocket>, Socket) {
    let (ours, theirs) = Socket::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    (SharedSocket::new(ours.into(), Kind::Unix), theirs)
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

/// What can be read inline without waiting; `None` if there is nothing yet.
fn read(socket: &SharedSocket, room: usize) -> Option<Vec<u8>> {
    let mut space = vec![0; room];
    let mut buffer = ReadBuf::new(&mut space);
    match socket.read(&mut buffer) {
        Poll::Ready(read) => {
            read.unwrap();
            Some(buffer.filled().to_vec())
        }
        Poll::Pending => None,
    }
}

#[test]
fn what_comes_is_read_is_inline_in_pieces_and_its_end_too() {
    let (socket, mut other) = pair();
    socket.set_inline(true);
    assert_eq!(read(&socket, 4), None);
    other.write_all(b"abcdef").unwrap();
    // Nobody has said that there is something to read: only waiting does.
    assert_eq!(read(&socket, 4), None);
    socket.wait(soon()).unwrap();
    assert_eq!((read(&socket, 4).unwrap(), read(&socket, 4).unwrap()), (b"abcd".to_vec(), b"ef".to_vec()));
    assert_eq!(read(&socket, 4), None);
    drop(other);
    socket.wait(soon()).unwrap();
    assert_eq!(read(&socket, 4).unwrap(), b"");
}

#[test]
fn waiting_ends_with_the_deadline_and_not_before() {
    let (socket, other) = pair();
    socket.set_inline(true);
    let began = Instant::now();
    assert_eq!(socket.wait(began + Duration::from_millis(60)), Err(DeadlineExceeded));
    assert!(began.elapsed() >= Duration::from_millis(60));
    assert_eq!(socket.wait(began), Err(DeadlineExceeded), "one that has passed");
    drop(other);
}

#[test]
fn a_socket_that_takes_no_more_is_waited_for_until_it_does() {
    let (socket, mut other) = pair();
    socket.set_inline(true);
    let piece = vec![7; 1 << 16];
    let mut written = 0;
    let full = loop {
        match socket.write(&piece) {
            Poll::Ready(length) => written += length.unwrap(),
            Poll::Pending => break written,
        }
    };
    assert_eq!(
        socket.wait(Instant::now() + Duration::from_millis(30)),
        Err(DeadlineExceeded),
        "nobody has read"
    );
    let reader = thread::spawn(move || {
        let mut all = vec![0; full];
        other.read_exact(&mut all).unwrap();
        (all, other)
    });
    socket.wait(soon()).unwrap();
    assert!(matches!(socket.write(b"x"), Poll::Ready(Ok(1))));
    assert!(reader.join().unwrap().0.iter().all(|byte| *byte == 7));
}

#[tokio::test]
async fn inline_and_runtime_take_turns_and_nothing_is_lost_between_them() {
    let (socket, other) = pair();
    other.set_nonblocking(true).unwrap();
    let mut other = UnixStream::from_std(other).unwrap();
    let mut stream = SwitchableStream::new(Arc::clone(&socket));
    for number in 0..200_u32 {
        let message = number.to_be_bytes();
        other.write_all(&message).await.unwrap();
        let mut come = [0; 4];
        if number % 3 == 0 {
            socket.set_inline(true);
            let mut buffer = ReadBuf::new(&mut come);
            while buffer.remaining() > 0 {
                let read = std::future::poll_fn(|context| {
                    Poll::Ready(Pin::new(&mut stream).poll_read(context, &mut buffer))
                });
                if read.await.is_pending() {
                    socket.wait(soon()).unwrap();
                }
            }
        } else {
            socket.set_inline(false);
            stream.read_exact(&mut come).await.unwrap();
        }
        assert_eq!(come, message);
        stream.write_all(&come).await.unwrap();
        let mut back = [0; 4];
        other.read_exact(&mut back).await.unwrap();
        assert_eq!(back, message);
    }
    stream.shutdown().await.unwrap();
    assert_eq!(other.read(&mut [0; 4]).await.unwrap(), 0, "the end is told");
}
