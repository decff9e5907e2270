//! How long a local copy takes to become a store again: `copies KEYS VALUE_BYTES ROUNDS`.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use millstream_state::{CopyHeader, CopyReader, HashStore, write_copy};

/// Keys of an epoch.
const EPOCH: u64 = 50_000;

fn main() -> Result<(), Box<dyn Error>> {
    let numbers: Vec<u64> = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<_, _>>()?;
    let [keys, value_bytes, rounds] = numbers[..] else { return Err("copies KEYS VALUE_BYTES ROUNDS".into()) };
    let mut store = HashStore::new(1);
    let value = vec![7; usize::try_from(value_bytes)?];
    for n in 0..keys {
        store.put(format!("{n:015}").as_bytes(), Some(&value))?;
        if n % EPOCH == EPOCH - 1 {
            store.commit(None);
        }
    }
    store.commit(None);
    let path = std::env::temp_dir().join(format!("millstream-copies-{}", std::process::id()));
    let mut out = BufWriter::new(File::create(&path)?);
    #[allow(clippy::disallowed_methods, reason = "a measurement")]
    let began = Instant::now();
    write_copy(&store.reader().snapshot(), &CopyHeader { of: "it".into(), stamp: 1, written_ms: 0 }, &mut out)?;
    out.flush()?;
    let mut told = std::io::stdout();
    writeln!(told, "written in {:?}: {} bytes", began.elapsed(), std::fs::metadata(&path)?.len())?;
    for _ in 0..rounds {
        #[allow(clippy::disallowed_methods, reason = "a measurement")]
        let began = Instant::now();
        let mut copy = CopyReader::open(Box::new(File::open(&path)?))?;
        let mut store = HashStore::new(1);
        while copy.load(&mut store)?.is_some() {}
        writeln!(told, "loaded {} keys in {:?}, {} bytes of memory", store.len(), began.elapsed(), store.bytes())?;
    }
    std::fs::remove_file(path)?;
    Ok(())
}
