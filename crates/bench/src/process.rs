//! What this process has used so far, as the kernel counts it: CPU seconds of all its threads, librdkafka's included,
//! and its largest resident size.

use crate::Result;

/// Clock ticks per second in `/proc`: the kernel's user-space unit, 100 on every Linux that Rust runs on.
const TICKS_PER_S: f64 = 100.0;

/// User and system CPU seconds of the process so far.
pub(crate) fn cpu_s() -> Result<f64> {
    parse_cpu_s(&std::fs::read_to_string("/proc/self/stat")?).ok_or_else(|| "/proc/self/stat is not as expected".into())
}

/// As [`cpu_s`], of another process of this machine.
pub(crate) fn cpu_s_of(pid: u32) -> Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    parse_cpu_s(&stat).ok_or_else(|| format!("{path} is not as expected").into())
}

/// The largest resident size so far, in MB.
pub(crate) fn peak_rss_mb() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kb = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    Ok(kb.ok_or("/proc/self/status has no VmHWM")? / 1024.0)
}

/// The load average of the last minute.
pub(crate) fn load() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/loadavg")?;
    Ok(text.split(' ').next().unwrap_or_default().parse()?)
}

/// Fields 14 and 15 of `/proc/PID/stat`. The second field, the name in brackets, may hold anything.
fn parse_cpu_s(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_time_stands_behind_the_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 500 0 0 0 150 25 9 9 20 0 3 0 100 1 2";
        assert_eq!(parse_cpu_s(stat), Some(1.75));
        assert_eq!(parse_cpu_s("7 nonsense"), None);
    }

    #[test]
    fn this_process_uses_time_and_memory() {
        assert!(cpu_s().unwrap() >= 0.0 && peak_rss_mb().unwrap() > 0.5 && load().unwrap() >= 0.0);
    }
}
