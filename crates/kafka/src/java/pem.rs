//! PEM texts as Java takes them: on one line, with blanks where OpenSSL wants ends of lines.

/// The same blocks with 64 characters a line. What is in no block, and blocks with headers, stay as they are.
pub(super) fn wrapped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((begin, label)) = rest.find("-----BEGIN ").and_then(|at| {
        let label = rest.get(at + 11..)?;
        Some((at, label.get(..label.find("-----")?)?))
    }) {
        let end = format!("-----END {label}-----");
        let Some(body) = rest.get(begin + 16 + label.len()..) else { break };
        let Some(length) = body.find(&end) else { break };
        let inner = body.get(..length).unwrap_or_default();
        out.push_str(&format!("-----BEGIN {label}-----\n"));
        if inner.contains(':') {
            out.push_str(inner.trim_start());
        } else {
            let digits: Vec<char> = inner.chars().filter(|c| !c.is_whitespace()).collect();
            for line in digits.chunks(64) {
                out.extend(line);
                out.push('\n');
            }
        }
        out.push_str(&end);
        out.push('\n');
        rest = body.get(length + end.len()..).unwrap_or_default();
    }
    if out.is_empty() { text.to_owned() } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_becomes_lines() {
        let digits = "A".repeat(70);
        let (first, second) = digits.split_at(64);
        let want = format!("-----BEGIN CERTIFICATE-----\n{first}\n{second}\n-----END CERTIFICATE-----\n");
        assert_eq!(wrapped(&format!("-----BEGIN CERTIFICATE----- {digits} -----END CERTIFICATE-----")), want);
        assert_eq!(wrapped(&want), want);
        let two = format!("{want}{want}");
        assert_eq!(wrapped(&two.replace('\n', " ")), two);
        assert_eq!(wrapped("no block"), "no block");
        assert_eq!(wrapped("-----BEGIN X-----AA"), "-----BEGIN X-----AA");
    }
}
