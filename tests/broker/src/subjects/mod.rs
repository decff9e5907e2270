//! The checks, a file for each subject; [`crate::every_check`] lists them.

pub(crate) mod topics;
