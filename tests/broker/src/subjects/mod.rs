//! The checks, a file for each subject; [`crate::every_check`] lists them.

pub(crate) mod cleaning;
pub(crate) mod configs;
pub(crate) mod delete_records;
pub(crate) mod fencing;
pub(crate) mod fetch;
pub(crate) mod frames;
pub(crate) mod groups;
pub(crate) mod idempotence;
pub(crate) mod membership;
pub(crate) mod offsets;
pub(crate) mod produce;
pub(crate) mod records;
pub(crate) mod scale;
pub(crate) mod topics;
pub(crate) mod transactions;
pub(crate) mod versions;
pub(crate) mod waiting;
