//! Headers of fetched and produced records.
//!
//! Asking librdkafka for the headers of a record that has none costs two allocations, which is as much as fetching the
//! record; most records have none. So their number of bytes is looked up first, where librdkafka keeps it.

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::sync::LazyLock;

use millstream_engine::link::Header;
use rdkafka_sys as sys;

use super::{bytes_of, parts};

/// The release of librdkafka whose `rd_kafka_msg_t` [`Fetched`] is.
const KNOWN_VERSION: c_int = 0x020c_01ff;

/// Whether the linked library is that release.
static KNOWN: LazyLock<bool> = LazyLock::new(|| {
    // SAFETY: no arguments, no state.
    sys::RD_KAFKA_VERSION == KNOWN_VERSION && unsafe { sys::rd_kafka_version() } == KNOWN_VERSION
});

/// The beginning of librdkafka's `rd_kafka_msg_t`, of which a fetched message is the first field.
#[repr(C)]
struct Fetched {
    message: sys::rd_kafka_message_t,
    link: [*mut c_void; 2],
    flags: c_int,
    timestamp_type: c_int,
    timestamp: i64,
    /// Headers that have been parsed.
    parsed: *mut c_void,
    status: c_int,
    broker_id: i32,
    /// Bytes of those that have not; the first is their number.
    unparsed_len: i32,
}

/// Appends the headers of a fetched message without error, whose timestamp is `timestamp`; `given` is the pointer to it
/// that librdkafka gave.
#[inline]
pub(super) fn headers_of<'m>(
    message: &'m sys::rd_kafka_message_t,
    given: *const sys::rd_kafka_message_t,
    timestamp: i64,
    out: &mut Vec<Header<'m>>,
) {
    if !surely_none(message, given, timestamp) {
        ask(message, out);
    }
}

/// Whether the message has no headers, told without asking for them; false when it cannot be told so.
#[inline]
fn surely_none(message: &sys::rd_kafka_message_t, given: *const sys::rd_kafka_message_t, timestamp: i64) -> bool {
    if !*KNOWN {
        return false;
    }
    // SAFETY: in the release that is linked, a message that a consumer was given without error is the first field of an
    // `rd_kafka_msg_t`, which begins as `Fetched` does. It is only read, while it is borrowed, and through the pointer that
    // librdkafka gave, which reaches all of it.
    let fetched = unsafe { &*given.cast::<Fetched>() };
    // One byte is the number 0. The timestamp, which is known by other means, tells that the fields are where they should
    // be.
    let none = fetched.timestamp == timestamp && fetched.parsed.is_null() && (0..=1).contains(&fetched.unparsed_len);
    debug_assert!(!none || asked(message).is_empty(), "headers were overlooked");
    none
}

#[cfg(debug_assertions)]
fn asked(message: &sys::rd_kafka_message_t) -> Vec<Header<'_>> {
    let mut out = Vec::new();
    ask(message, &mut out);
    out
}

#[cfg(not(debug_assertions))]
fn asked(_: &sys::rd_kafka_message_t) -> Vec<Header<'_>> {
    Vec::new()
}

/// Appends the message's headers as librdkafka gives them.
#[cold]
fn ask<'m>(message: &'m sys::rd_kafka_message_t, out: &mut Vec<Header<'m>>) {
    const NO_ERROR: sys::rd_kafka_resp_err_t = sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
    let mut list = ptr::null_mut();
    // SAFETY: a valid message and a place for its list, which belongs to the message and lives as long.
    if unsafe { sys::rd_kafka_message_headers(message, &raw mut list) } != NO_ERROR || list.is_null() {
        return;
    }
    for index in 0.. {
        let (mut key, mut value, mut len) = (ptr::null(), ptr::null(), 0);
        // SAFETY: a live list and places for what is found; nothing is found behind the last one.
        let found = unsafe { sys::rd_kafka_header_get_all(list, index, &raw mut key, &raw mut value, &raw mut len) };
        if found != NO_ERROR || key.is_null() {
            return;
        }
        // SAFETY: keys end with a NUL and live as long as the message.
        let key = unsafe { CStr::from_ptr(key) }.to_bytes();
        out.push(Header { key, value: bytes_of(value, len, message) });
    }
}

/// Headers on their way to the producer, ours until it takes them.
pub(super) struct Outbound(*mut sys::rd_kafka_headers_t);

impl Outbound {
    /// A copy of these headers; nothing at all for none.
    pub(super) fn new(headers: &[Header<'_>]) -> Self {
        if headers.is_empty() {
            return Self(ptr::null_mut());
        }
        // SAFETY: a fresh list, to which bytes are copied that live through each call. Lengths of slices fit an `isize`.
        let list = unsafe { sys::rd_kafka_headers_new(headers.len()) };
        for header in headers {
            let (value, value_len) = parts(header.value);
            let key = header.key;
            // SAFETY: as above.
            unsafe {
                sys::rd_kafka_header_add(list, key.as_ptr().cast(), key.len() as isize, value, value_len as isize)
            };
        }
        Self(list)
    }

    /// The list for the call that may take it; null for none.
    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_headers_t {
        self.0
    }

    /// It was taken: somebody else frees it.
    pub(super) fn taken(self) {
        std::mem::forget(self);
    }
}

impl Drop for Outbound {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: ours, since nobody took it.
            unsafe { sys::rd_kafka_headers_destroy(self.0) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Another release may have moved the fields: look at its `rdkafka_msg.h` before the number is changed here.
    #[test]
    fn the_linked_release_is_the_known_one() {
        assert!(*KNOWN, "headers are asked for record by record: {:#010x}", sys::RD_KAFKA_VERSION);
        assert_eq!(std::mem::offset_of!(Fetched, unparsed_len), size_of::<sys::rd_kafka_message_t>() + 6 * 8);
    }
}
