//! Tests of the format (filled below).
