//! Plots as SVG: rows in groups over one axis, each with its median, its smallest and its largest, and the limits as lines.
//! Linear axes begin at nought.

use std::fmt::Write;

use super::series::Series;
use crate::statistics::Spread;

/// How a value becomes a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Axis {
    Linear,
    Log,
}

/// A row.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) label: String,
    pub(crate) series: Series,
    pub(crate) value: Spread,
}

/// Rows that belong together, and the limit that they are held against.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) label: String,
    pub(crate) rows: Vec<Row>,
    pub(crate) limit: Option<f64>,
}

/// A plot.
#[derive(Debug, Clone)]
pub(crate) struct Plot {
    pub(crate) title: String,
    /// What the axis counts.
    pub(crate) unit: String,
    /// What the lines are.
    pub(crate) limits: String,
    pub(crate) axis: Axis,
    pub(crate) groups: Vec<Group>,
}

const WIDTH: f64 = 820.0;
const LEFT: f64 = 150.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 62.0;
const ROW: f64 = 15.0;
const GAP: f64 = 9.0;
const STYLE: &str = "<style>text{font:12px system-ui,sans-serif;fill:#24292f}.h{font-weight:600;font-size:15px}\
.s{fill:#6e7781}.g{stroke:#d0d7de}.w{stroke:#24292f;stroke-width:1.4}.m{stroke:#d1242f;stroke-width:2}.a{fill:#2f6fde}\
.e{fill:#7c56d4}.p{fill:#c9742b}.q{fill:#a3541a}.t{fill:#d9a441}.f{fill:#3d8f5f}.l{fill:#8c959f}.b{fill:#fff}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.s{fill:#9198a1}.g{stroke:#3d444d}.w{stroke:#e6edf3}.b{fill:#0d1117}}\
</style>";

impl Plot {
    /// The largest value that is drawn.
    fn most(&self) -> f64 {
        let rows = self.groups.iter().flat_map(|group| group.rows.iter().map(|row| row.value.max));
        rows.chain(self.groups.iter().filter_map(|group| group.limit)).fold(0.0, f64::max)
    }

    fn least(&self) -> f64 {
        self.groups.iter().flat_map(|group| &group.rows).map(|row| row.value.min).fold(f64::INFINITY, f64::min)
    }

    /// The values at which the axis has lines: the first and the last one bound it.
    fn ticks(&self) -> Vec<f64> {
        match self.axis {
            Axis::Linear => {
                let step = step(self.most().max(1e-9));
                let count = (self.most() / step).ceil().max(1.0) as u32;
                (0..=count).map(|i| f64::from(i) * step).collect()
            }
            Axis::Log => {
                let low = self.least().max(1e-3).log10().floor() as i32;
                let high = (self.most().max(1e-3).log10().ceil() as i32).max(low + 1);
                (low..=high).map(|power| 10_f64.powi(power)).collect()
            }
        }
    }

    fn place(&self, value: f64, ticks: &[f64]) -> f64 {
        let (first, last) = (ticks.first().copied().unwrap_or(0.0), ticks.last().copied().unwrap_or(1.0));
        let part = match self.axis {
            Axis::Linear => value / last,
            Axis::Log => (value.max(first).log10() - first.log10()) / (last.log10() - first.log10()),
        };
        LEFT + part * (WIDTH - LEFT - RIGHT)
    }

    /// The plot as an SVG document.
    pub(crate) fn svg(&self) -> String {
        let rows: usize = self.groups.iter().map(|group| group.rows.len()).sum();
        let bottom = TOP + rows as f64 * ROW + self.groups.len() as f64 * GAP;
        let height = bottom + 60.0;
        let ticks = self.ticks();
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">{STYLE}\
             <title>{}</title><rect class=\"b\" width=\"100%\" height=\"100%\"/>\n<text class=\"h\" x=\"10\" y=\"22\">{}</text>\n",
            escape(&self.title),
            escape(&self.title)
        );
        self.legend(&mut out);
        for tick in &ticks {
            let x = self.place(*tick, &ticks);
            // Writing to a String cannot fail.
            let _ = writeln!(
                out,
                "<path class=\"g\" d=\"M{x:.1} {TOP}V{bottom:.1}\"/><text class=\"s\" x=\"{x:.1}\" y=\"{:.1}\" \
                 text-anchor=\"middle\">{}</text>",
                bottom + 15.0,
                number(*tick)
            );
        }
        let (scale, marks) = if self.axis == Axis::Log { (" (logarithmic)", "dots") } else { ("", "bars") };
        let _ = writeln!(
            out,
            "<text class=\"s\" x=\"10\" y=\"{:.1}\">{}{scale}</text>\n<text class=\"s\" x=\"10\" y=\"{:.1}\">{marks} are \
             medians, thin lines reach from the least to the most</text>",
            bottom + 34.0,
            escape(&self.unit),
            bottom + 50.0
        );
        let mut y = TOP + GAP / 2.0;
        for group in &self.groups {
            y = self.group(group, y, &ticks, &mut out);
        }
        out.push_str("</svg>\n");
        out
    }

    fn legend(&self, out: &mut String) {
        let mut known: Vec<Series> = self.groups.iter().flat_map(|g| &g.rows).map(|row| row.series).collect();
        known.sort_unstable();
        known.dedup();
        // What has no room on a line goes to the next.
        let (mut next, mut y) = (10.0, 36.0);
        let mut place = |characters: usize| {
            let width = 32.0 + characters as f64 * 6.1;
            if next + width > WIDTH {
                (next, y) = (10.0, y + 14.0);
            }
            next += width;
            (next - width, y)
        };
        for series in known {
            let (class, name) = (series.class(), series.name());
            let (x, y) = place(name.len());
            let _ = writeln!(
                out,
                "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"11\" height=\"11\"/><text x=\"{:.0}\" y=\"{:.0}\">{name}</text>",
                x + 15.0,
                y + 10.0
            );
        }
        if self.groups.iter().any(|group| group.limit.is_some()) {
            let (x, y) = place(self.limits.len());
            let _ = writeln!(
                out,
                "<path class=\"m\" d=\"M{:.0} {:.0}V{:.0}\"/><text x=\"{:.0}\" y=\"{:.0}\">{}</text>",
                x + 3.0,
                y - 1.0,
                y + 12.0,
                x + 10.0,
                y + 10.0,
                escape(&self.limits)
            );
        }
    }

    /// Draws a group from `y` on; returns where it ends.
    fn group(&self, group: &Group, y: f64, ticks: &[f64], out: &mut String) -> f64 {
        let end = y + group.rows.len() as f64 * ROW;
        let _ =
            writeln!(out, "<text x=\"10\" y=\"{:.1}\" font-weight=\"600\">{}</text>", y + 11.0, escape(&group.label));
        for (i, row) in group.rows.iter().enumerate() {
            let top = y + i as f64 * ROW;
            let Spread { median, min, max } = row.value;
            let (from, to) = (self.place(min, ticks), self.place(max, ticks));
            let middle = self.place(median, ticks);
            let class = row.series.class();
            // A bar says how much of something there is, which its length does not on a logarithmic axis.
            let _ = match self.axis {
                Axis::Linear => writeln!(
                    out,
                    "<rect class=\"{class}\" x=\"{LEFT}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                    top + 2.0,
                    (middle - LEFT).max(0.0),
                    ROW - 4.0
                ),
                Axis::Log => writeln!(
                    out,
                    "<path class=\"g\" d=\"M{LEFT} {:.1}H{middle:.1}\"/><circle class=\"{class}\" cx=\"{middle:.1}\" cy=\"{:.1}\" \
                     r=\"4.5\"/>",
                    top + ROW / 2.0,
                    top + ROW / 2.0
                ),
            };
            let _ = writeln!(
                out,
                "<path class=\"w\" d=\"M{from:.1} {:.1}H{to:.1}\"/><text class=\"s\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
                 <text class=\"s\" x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                top + ROW / 2.0,
                to.max(middle) + 7.0,
                top + 11.0,
                number(median),
                LEFT - 6.0,
                top + 11.0,
                escape(&row.label)
            );
        }
        if let Some(limit) = group.limit {
            let x = self.place(limit, ticks);
            let _ = writeln!(out, "<path class=\"m\" d=\"M{x:.1} {:.1}V{end:.1}\"/>", y - 1.0);
        }
        end + GAP
    }
}

/// A step of 1, 2 or 5 times a power of ten of which some six reach that far.
fn step(most: f64) -> f64 {
    let power = 10_f64.powf((most / 6.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    steps.iter().map(|step| step * power).find(|step| most / step <= 7.0).unwrap_or(power * 10.0)
}

fn number(value: f64) -> String {
    let text =
        if value.abs() >= 100.0 || value == value.trunc() { format!("{value:.0}") } else { format!("{value:.2}") };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(axis: Axis, max: f64) -> Plot {
        let value = Spread { median: max / 2.0, min: max / 4.0, max };
        let rows = vec![Row { label: "a < b".to_owned(), series: Series::AtLeastOnce, value }];
        let groups = vec![Group { label: "b2".to_owned(), rows, limit: Some(max / 3.0) }];
        Plot { title: "T".to_owned(), unit: "s".to_owned(), limits: "limit".to_owned(), axis, groups }
    }

    #[test]
    fn axes_hold_what_is_drawn_and_linear_ones_begin_at_nought() {
        for most in [0.03, 1.0, 1.29, 7.0, 36.0, 99.9, 1234.0] {
            let ticks = plot(Axis::Linear, most).ticks();
            assert!(ticks[0] == 0.0 && *ticks.last().unwrap() >= most && (2..=9).contains(&ticks.len()), "{ticks:?}");
            let plot = plot(Axis::Log, most);
            let ticks = plot.ticks();
            assert!(ticks[0] <= most / 4.0 && *ticks.last().unwrap() >= most, "{ticks:?}");
            assert!(plot.place(most, &ticks) <= WIDTH - RIGHT + 1e-6);
        }
    }

    #[test]
    fn a_legend_without_room_goes_on_below() {
        let mut plot = plot(Axis::Linear, 10.0);
        assert!(!plot.svg().contains("y=\"60\""));
        let value = plot.groups[0].rows[0].value;
        let all = [
            Series::ExactlyOnce,
            Series::PeerAtLeastOnce,
            Series::PeerExactlyOnce,
            Series::Tuned,
            Series::Flink,
            Series::Limit,
        ];
        plot.groups[0].rows.extend(all.map(|series| Row { label: String::new(), series, value }));
        let text = plot.svg();
        assert!(text.contains("y=\"46\">exactly once") && text.contains("y=\"60\">Flink"), "{text}");
    }

    #[test]
    fn bars_are_as_long_as_their_medians() {
        let text = plot(Axis::Linear, 10.0).svg();
        // Half of the axis, which ends at 10.
        assert!(text.contains("width=\"300.0\"") && text.contains("a &lt; b"), "{text}");
        assert_eq!(
            (number(0.25), number(2.0), number(1.5), number(123.4)),
            ("0.25".into(), "2".into(), "1.5".into(), "123".into())
        );
    }
}
