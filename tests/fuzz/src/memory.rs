//! Whether a process grows: its resident memory over a run.

/// Growth that is allowed between the first and the last part of the run, KiB. Caches fill up, and the allocator keeps
/// what a hundred threads gave back; a leak of a hundred bytes a frame is more after a million frames.
const ALLOWED_KIB: u64 = 48 << 10;

/// Samples of a process's memory, with the number of frames sent until then.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    samples: Vec<(u64, u64)>,
}

impl Memory {
    /// Notes a sample, KiB.
    pub(crate) fn note(&mut self, frames: u64, rss_kib: u64) {
        self.samples.push((frames, rss_kib));
    }

    /// The median between two shares of the run, in percent of its frames; 0 without samples.
    pub(crate) fn between(&self, from: u64, to: u64) -> u64 {
        let total = self.samples.last().map_or(0, |(frames, _)| *frames);
        let within = |frames: u64| frames * 100 >= total * from && frames * 100 <= total * to;
        let mut part = self.samples.iter().filter(|(f, _)| within(*f)).map(|(_, kib)| *kib).collect::<Vec<_>>();
        part.sort_unstable();
        part.get(part.len() / 2).copied().unwrap_or(0)
    }

    /// The figures for people.
    pub(crate) fn line(&self) -> String {
        let parts = [(0, 2), (2, 10), (10, 25), (25, 40), (40, 60), (60, 80), (80, 100)];
        let parts = parts.map(|(from, to)| format!("{from}-{to} %: {:.1}", self.between(from, to) as f64 / 1024.0));
        format!("resident memory of the broker, MiB (medians): {}", parts.join(", "))
    }

    /// Errors: the process has grown since it was warm.
    pub(crate) fn check(&self) -> Result<(), String> {
        let (warm, end) = (self.between(25, 45), self.between(80, 100));
        if warm > 0 && end > warm + ALLOWED_KIB {
            return Err(format!("memory grows: {warm} KiB when warm, {end} KiB at the end; {}", self.line()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_from_noise() {
        let run = |kib: fn(u64) -> u64| {
            let mut memory = Memory::default();
            (0..1000).for_each(|frame| memory.note(frame, kib(frame)));
            memory
        };
        let steady = run(|frame| 50_000 + frame % 7 * 3_000);
        steady.check().unwrap();
        assert_eq!(steady.between(0, 100), 59_000);
        assert!(run(|frame| 50_000 + frame * 100).check().is_err());
        Memory::default().check().unwrap();
    }
}
