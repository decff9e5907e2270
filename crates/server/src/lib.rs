//! REST API, command topic, statements, push queries, metrics.
