//! `bench gen`: the data set as a file, or only its checksum.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use crate::Result;
use crate::checksum::Checksum;
use crate::orders::{Orders, SEED};

/// What to generate.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// How many orders.
    #[arg(long, default_value_t = 2_000_000)]
    records: u64,
    /// Seed; published figures use the default.
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// Write the values to this file, one a line.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// Generates, and prints how many records and bytes there are, and the checksum of keys and values.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut file = options.out.as_ref().map(std::fs::File::create).transpose()?.map(BufWriter::new);
    let mut orders = Orders::new(options.seed);
    let mut checksum = Checksum::new();
    let mut value = Vec::new();
    let mut bytes = 0_u64;
    for _ in 0..options.records {
        let order = orders.next(&mut value);
        checksum.write(&order.key());
        checksum.write(&value);
        bytes += value.len() as u64;
        if let Some(file) = &mut file {
            file.write_all(&value)?;
            file.write_all(b"\n")?;
        }
    }
    if let Some(mut file) = file {
        file.flush()?;
    }
    let mean = bytes as f64 / options.records.max(1) as f64;
    println!("{} records, {bytes} bytes, {mean:.1} bytes each, checksum {:016x}", options.records, checksum.value());
    Ok(())
}
