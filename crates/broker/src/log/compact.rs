//! Compaction as far as the log itself is concerned: which segments may be rewritten, and taking the result in.
