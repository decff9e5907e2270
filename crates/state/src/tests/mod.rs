//! Stores against models, from seeds.

mod copies;
mod damage;
mod disks;
mod fixtures;
mod model;
mod ordered_model;
mod restore;
mod threads;
mod windows;

/// Seeds that a model test runs through.
const SEEDS: u64 = 1500;
