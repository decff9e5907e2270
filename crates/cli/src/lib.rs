//! The SQL shell, over HTTP only.
