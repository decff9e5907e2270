//! Bank.

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Transfers.
    pub transfers: u64,
    /// Accounts.
    pub accounts: u32,
    /// Seed.
    pub seed: u64,
}

/// Runs.
///
/// # Errors
/// None yet.
pub fn run(_options: &Options) -> Result<(String, bool), String> {
    Err("not yet".into())
}
