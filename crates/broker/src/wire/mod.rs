//! Requests from bytes: checked before they are decoded.
