//! Over real loopback sockets: framing, bounds, and clients that stall.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::budget::Budget;
use super::*;
use crate::broker::test_node;
use crate::config::{BrokerConfig, Limits};

/// How long a test waits for what must happen, ms.
const PATIENCE_MS: u64 = 20_000;

/// A listening server over a node of its own.
struct Fixture {
    server: Arc<Server>,
    threads: Arc<Threads>,
    _lock: Arc<std::fs::File>,
    _folder: tempfile::TempDir,
}

impl Fixture {
    fn new(limits: Limits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let node = Arc::new(test_node(BrokerConfig { limits, ..BrokerConfig::new(folder.path()) }));
        let lock = Arc::new(std::fs::File::create(folder.path().join("lock")).unwrap());
        let threads = Arc::new(Threads::new(&lock));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server::start(node, listener, Arc::clone(&threads)).unwrap();
        Self { server, threads, _lock: lock, _folder: folder }
    }

    fn client(&self) -> TcpStream {
        let client = TcpStream::connect(self.server.address).unwrap();
        client.set_read_timeout(Some(Duration::from_millis(PATIENCE_MS))).unwrap();
        client.set_nodelay(true).unwrap();
        client
    }

    /// Connections that are open at the broker.
    fn open(&self) -> usize {
        self.server.connections.lock().open.len()
    }

    /// Stops; `false`: threads are left.
    fn stop(&self) -> bool {
        self.server.node.stopping.store(true, Ordering::Release);
        self.server.close();
        self.threads.wait(PATIENCE_MS)
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        self.stop();
    }
}

/// ApiVersions version 0 with a correlation id, with its length.
fn request(correlation: u32) -> Vec<u8> {
    let c = correlation.to_be_bytes();
    [&[0, 0, 0, 10, 0, 18, 0, 0][..], &c, &[0, 0]].concat()
}

/// Reads an answer; gives its correlation id.
fn answer(client: &mut TcpStream) -> u32 {
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    client.read_exact(&mut body).unwrap();
    u32::from_be_bytes(body[..4].try_into().unwrap())
}

/// Whether the broker closes the connection; whatever it still sends is read.
fn is_closed(client: &mut TcpStream) -> bool {
    let mut bytes = [0; 4096];
    loop {
        match client.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::ConnectionReset => return true,
            Err(_) => return false,
        }
    }
}

/// Waits until something is so that other threads bring about.
fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let bell = Waiter::default();
    for _ in 0..PATIENCE_MS / 5 {
        if is_so() {
            return;
        }
        bell.wait(5);
    }
    panic!("{what}");
}

#[test]
fn requests_are_answered_however_they_are_cut() {
    let fixture = Fixture::new(Limits::default());
    let mut client = fixture.client();
    for cut in 0..=request(0).len() {
        let bytes = request(cut as u32);
        client.write_all(&bytes[..cut]).unwrap();
        client.write_all(&bytes[cut..]).unwrap();
        assert_eq!(answer(&mut client), cut as u32);
    }
    for byte in request(99) {
        client.write_all(&[byte]).unwrap();
    }
    assert_eq!(answer(&mut client), 99);
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let fixture = Fixture::new(Limits::default());
    let mut client = fixture.client();
    let all: Vec<u8> = (0..5_000).flat_map(request).collect();
    let mut writer = client.try_clone().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || writer.write_all(&all).unwrap());
        for correlation in 0..5_000 {
            assert_eq!(answer(&mut client), correlation);
        }
    });
}

#[test]
fn large_requests_are_read_whole_and_the_next_after_them() {
    // An unknown tagged field makes a request of any size.
    let fixture = Fixture::new(Limits::default());
    let mut client = fixture.client();
    for size in [10_u32, 16 << 10, 70 << 10, 300 << 10, 3 << 20] {
        let mut varint = Vec::new();
        let mut rest = size;
        while rest >= 0x80 {
            varint.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        varint.push(rest as u8);
        let head = [&[0, 18, 0, 3, 0, 0, 0, 5, 0, 0, 0][..], b"\x02a\x021", &[1, 9], &varint].concat();
        let length = (head.len() as u32 + size).to_be_bytes();
        let bytes = [&length[..], &head, &vec![7; size as usize], &request(6)].concat();
        client.write_all(&bytes).unwrap();
        assert_eq!((answer(&mut client), answer(&mut client)), (5, 6), "{size} bytes");
        assert_eq!(fixture.server.budget.used(), 0);
    }
}

#[test]
fn lengths_out_of_bounds_and_garbage_close_the_connection() {
    let fixture = Fixture::new(Limits { request_bytes: 1_000, ..Limits::default() });
    for bytes in [
        &[0xff, 0xff, 0xff, 0xff][..],
        &[0x80, 0, 0, 0],
        &[0, 0, 0x03, 0xe9],
        &[0x7f, 0xff, 0xff, 0xff, 0, 1],
        &[0, 0, 0, 0],
        b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        &[0, 0, 0, 10, 0x70, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ] {
        let mut client = fixture.client();
        client.write_all(&request(1)).unwrap();
        assert_eq!(answer(&mut client), 1);
        client.write_all(bytes).unwrap();
        assert!(is_closed(&mut client), "{bytes:?}");
    }
    let mut client = fixture.client();
    client.write_all(&request(2)).unwrap();
    assert_eq!(answer(&mut client), 2, "others are not concerned");
    eventually("their connections are forgotten", || fixture.open() == 1);
}

#[test]
fn a_request_that_is_not_finished_in_time_closes_the_connection() {
    let fixture = Fixture::new(Limits { stalled_ms: 100, ..Limits::default() });
    let mut idle = fixture.client();
    let mut stalled = fixture.client();
    stalled.write_all(&[0, 0, 1, 0, 0]).unwrap();
    assert!(is_closed(&mut stalled));
    // Bytes that trickle in do not put the end off.
    let mut slow = fixture.client();
    slow.write_all(&[0, 0, 0x10, 0]).unwrap();
    let mut sent = 0;
    let pause = Waiter::default();
    while slow.write_all(&[0]).is_ok() {
        sent += 1;
        assert!(sent < 4_000, "closed before the request is whole");
        pause.wait(10);
    }
    idle.write_all(&request(3)).unwrap();
    assert_eq!(answer(&mut idle), 3, "who has begun nothing may stay");
}

#[test]
fn a_client_that_does_not_read_is_dropped() {
    let fixture = Fixture::new(Limits { stalled_ms: 100, ..Limits::default() });
    let mut client = fixture.client();
    client.set_write_timeout(Some(Duration::from_millis(PATIENCE_MS))).unwrap();
    let many: Vec<u8> = (0..2_000).flat_map(request).collect();
    // Answers fill the buffers of both sides, then the broker stops reading, then it closes.
    let closed = (0..100_000).any(|_| client.write_all(&many).is_err());
    assert!(closed);
    eventually("the connection is forgotten", || fixture.open() == 0);
}

#[test]
fn two_hundred_connections_are_served_and_more_than_allowed_are_closed() {
    let fixture = Fixture::new(Limits { connections: 200, ..Limits::default() });
    let mut clients: Vec<_> = (0..200).map(|_| fixture.client()).collect();
    for (at, client) in clients.iter_mut().enumerate() {
        client.write_all(&request(at as u32)).unwrap();
    }
    for (at, client) in clients.iter_mut().enumerate() {
        assert_eq!(answer(client), at as u32);
    }
    let mut excess = fixture.client();
    assert!(is_closed(&mut excess));
    clients.truncate(100);
    eventually("there is room again", || fixture.open() == 100);
    let mut late = fixture.client();
    late.write_all(&request(7)).unwrap();
    assert_eq!(answer(&mut late), 7);
    assert!(fixture.stop(), "all threads end");
    assert!(clients.iter_mut().all(is_closed));
    assert_eq!(fixture.open(), 0);
}

#[test]
fn a_connection_knows_that_its_peer_has_closed() {
    let (connection, mut client) = Connection::pair();
    assert!(!connection.is_closed());
    client.write_all(b"more").unwrap();
    eventually("the bytes arrive", || connection.socket().peek(&mut [0; 4]).is_ok_and(|n| n == 4));
    assert!(!connection.is_closed());
    let mut bytes = [0; 4];
    connection.socket().read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"more", "nothing is lost by looking");
    drop(client);
    eventually("the peer has closed", || connection.is_closed());
}

#[test]
fn a_budget_lets_large_requests_wait_for_room() {
    let budget = Budget::new(100);
    let first = budget.take(60, || panic!("there is room")).unwrap();
    assert!(budget.take(41, || true).is_none(), "no room, and nobody waits for it");
    let second = budget.take(40, || false).unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| budget.take(1_000, || false).is_some());
        drop(first);
        assert!(!waiting.is_finished(), "more than there is takes everything, so it waits for all");
        drop(second);
        assert!(waiting.join().unwrap());
    });
    assert_eq!(budget.used(), 0);
}

#[test]
fn a_failed_thread_is_counted_as_ended() {
    let folder = tempfile::tempdir().unwrap();
    let lock = Arc::new(std::fs::File::create(folder.path().join("lock")).unwrap());
    let threads = Arc::new(Threads::new(&lock));
    threads.spawn("fails", || panic!("on purpose")).unwrap();
    assert!(threads.wait(PATIENCE_MS));
    assert_eq!(Arc::strong_count(&lock), 1, "it no longer holds the lock");
    drop(lock);
    assert!(threads.spawn("late", || {}).is_err(), "without the lock nothing runs");
}
