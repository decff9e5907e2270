//! Giving a client a token without waiting until somebody polls it.

use rdkafka::client::{Client, ClientContext};
use rdkafka_sys as sys;
use std::ffi::{CStr, CString, c_char};
use std::ptr;

/// Sets a client's OAUTHBEARER token, valid until that many ms since the epoch. Errors: librdkafka's words.
pub(crate) fn set_token<C: ClientContext>(
    client: &Client<C>,
    token: &str,
    principal: &str,
    expires_ms: i64,
) -> Result<(), String> {
    let text = |text: &str| CString::new(text).map_err(|_| "the token holds a null character".to_owned());
    let (token, principal) = (text(token)?, text(principal)?);
    let mut why: [c_char; 512] = [0; 512];
    // SAFETY: the client lives as long as it is borrowed; both texts and the buffer outlive the call, which copies them.
    let code = unsafe {
        sys::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            token.as_ptr(),
            expires_ms,
            principal.as_ptr(),
            ptr::null_mut(),
            0,
            why.as_mut_ptr(),
            why.len(),
        )
    };
    if code == sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    // SAFETY: librdkafka ends what it writes with a null character within the length given; the buffer began as zeros.
    let why = unsafe { CStr::from_ptr(why.as_ptr()) };
    Err(why.to_string_lossy().into_owned())
}
