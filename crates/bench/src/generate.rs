//! `bench gen`: a data set as a file, or only its checksum.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::Result;
use crate::data::{Amount, Data};
use crate::orders::CUSTOMERS;

/// What to generate.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Which data set.
    #[arg(long, value_enum, default_value = "orders")]
    data: Data,
    /// How many orders, or impressions and clicks together, or persons, auctions and bids together.
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
    /// Distinct keys of the orders.
    #[arg(long, default_value_t = CUSTOMERS)]
    keys: u32,
    /// Write the values to this file, one a line.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Generates, and prints how many records and bytes there are, and the checksum of keys and values.
pub(crate) fn run(options: &Options) -> Result<()> {
    let amount = Amount { records: options.records, customers: options.keys };
    if let Some(path) = &options.out {
        let mut file = BufWriter::new(std::fs::File::create(path)?);
        options.data.each(amount, &mut |_, _, value| {
            file.write_all(value)?;
            Ok(file.write_all(b"\n")?)
        })?;
        file.flush()?;
    }
    let (checksum, records, bytes) = options.data.checksum(amount)?;
    let mean = bytes as f64 / records.max(1) as f64;
    println!("{records} records, {bytes} bytes, {mean:.1} bytes each, checksum {checksum:016x}");
    Ok(())
}
