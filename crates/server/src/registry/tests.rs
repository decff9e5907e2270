//! The client against a registry of this test.
