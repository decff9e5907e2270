//! Tests of partitions.
