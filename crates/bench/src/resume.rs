//! What an interrupted benchmark has measured already: rounds that its `--json` file holds whole.

use std::path::Path;

use crate::Result;
use crate::measure::Run;

/// Results of all whole rounds of that benchmark; `alike` says whether one belongs to it, `variants` are those of a round.
pub(crate) fn whole_rounds(path: &Path, variants: &[String], alike: impl Fn(&Run) -> bool) -> Result<Vec<Run>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(format!("{}: {e}", path.display()).into()),
    };
    // Lines of other kinds of benchmarks, and one that was cut off, are not of this.
    let runs = text.lines().filter_map(|line| serde_json::from_str::<Run>(line).ok());
    let runs: Vec<Run> = runs.filter(|run| alike(run) && variants.contains(&run.variant)).collect();
    let whole = |round| variants.iter().all(|name| runs.iter().any(|run| run.round == round && run.variant == *name));
    Ok(runs.iter().filter(|run| whole(run.round)).cloned().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines;
    use crate::report::tests::run;
    use crate::variant::Variant;

    #[test]
    fn only_whole_rounds_of_the_same_benchmark_count() {
        let path = std::env::temp_dir().join(format!("millstream-bench-resume-{}", std::process::id()));
        let mut file = std::fs::File::create(&path).unwrap();
        lines::write(&[run(Variant::Copy, 0, 1.0), run(Variant::AtLeastOnce, 0, 2.0)], &mut file).unwrap();
        lines::write(&[run(Variant::Copy, 1, 1.0)], &mut file).unwrap();
        let mut other = run(Variant::AtLeastOnce, 1, 2.0);
        other.keys = 7;
        lines::write(&[other], &mut file).unwrap();
        std::io::Write::write_all(&mut file, b"{\"bench\":\"latency\"}\n{\"query\":\"b2\",\"vari").unwrap();
        let variants = ["C".to_owned(), "b2_alo".to_owned()];
        let found = whole_rounds(&path, &variants, |run| run.keys == 100_000).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            found.iter().map(|run| (run.round, run.variant.as_str())).collect::<Vec<_>>(),
            [(0, "C"), (0, "b2_alo")]
        );
        assert!(whole_rounds(&path, &variants, |_| true).unwrap().is_empty());
    }
}
