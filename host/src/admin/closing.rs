//! A port that is about to be closed. A connection that is being made then would be reset once it has sent
//! its request, and nobody who may not ask twice could ask another host.

use std::io;
use std::net::TcpListener;
use std::time::Duration;

use socket2::{SockFilter, SockRef};

/// How long a handshake that has begun may take to end.
pub(super) const HANDSHAKE: Duration = Duration::from_millis(100);

/// Where a TCP header has its flags, and the two of them that only the first packet of a connection has so.
const FLAGS: u32 = 13;
const SYN: u32 = 0x02;
const SYN_AND_ACK: u32 = 0x12;

/// Has the kernel pass over all who ask for a further connection, and over nobody who has begun to. They ask
/// again after a second, and find the port closed.
pub(super) fn pass_over_new(listener: &TcpListener) -> io::Result<()> {
    let load = code(libc::BPF_LD | libc::BPF_B | libc::BPF_ABS);
    let and = code(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K);
    let equals = code(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K);
    let give = code(libc::BPF_RET | libc::BPF_K);
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(load, 0, 0, FLAGS),
        SockFilter::new(and, 0, 0, SYN_AND_ACK),
        SockFilter::new(equals, 0, 1, SYN),
        SockFilter::new(give, 0, 0, 0),
        SockFilter::new(give, 0, 0, u32::MAX),
    ])
}

#[expect(clippy::cast_possible_truncation, reason = "codes of filters have 16 bits")]
const fn code(of: u32) -> u16 {
    of as u16
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn who_has_begun_is_heard_and_who_comes_later_is_not_answered() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let address = listener.local_addr().unwrap();
            let mut early = TcpStream::connect(address).unwrap();
            pass_over_new(&listener).unwrap();
            let late = TcpStream::connect_timeout(&address, Duration::from_millis(300));
            assert_eq!(late.unwrap_err().kind(), io::ErrorKind::TimedOut);
            let (mut accepted, _) = listener.accept().unwrap();
            early.write_all(b"still here").unwrap();
            early.shutdown(std::net::Shutdown::Write).unwrap();
            let mut heard = String::new();
            accepted.read_to_string(&mut heard).unwrap();
            assert_eq!(heard, "still here");
        }
    }
}
