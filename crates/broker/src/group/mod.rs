//! Consumer groups: membership, and the offsets that they commit.
//!
//! Membership is Kafka's classic group protocol: [`machine`] holds a group and the turns of a rebalance, [`join`],
//! [`sync`] and [`timeouts`] what moves it, [`groups`] the table of all. It is memory only; members join again after a
//! restart. Offsets ([`offsets`]) are durable in the journal.

mod groups;
#[cfg(test)]
mod groups_tests;
mod join;
mod machine;
mod member;
mod offsets;
#[cfg(test)]
mod random_tests;
mod slot;
mod subscription;
mod sync;
#[cfg(test)]
mod tests;
mod timeouts;

#[cfg(test)]
pub(crate) use groups::DescribedMember;
pub(crate) use groups::{Described, Groups, Listed};
#[cfg(test)]
pub(crate) use machine::GroupState;
#[cfg(test)]
pub(crate) use member::JoinedMember;
pub(crate) use member::{Join, Joined, Protocol, Sync, Synced};
pub(crate) use offsets::{Committed, Offsets};
