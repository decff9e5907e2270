//! Finding the field that a name in a payload means, fast for the names that come every time.

/// How far past the expected name another remembered one is looked for: fields that some records leave out.
const LOOK_AHEAD: usize = 4;
/// No more names of one object are remembered, and none that is longer: what is odd is looked up each time.
const REMEMBERED_MAX: usize = 512;
const REMEMBERED_LENGTH_MAX: usize = 256;

/// The field that a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    /// Position of the field.
    pub(crate) field: usize,
    /// Whether it is the field's very name, rather than the same in upper case.
    pub(crate) exact: bool,
}

/// The names of a struct's fields. ksqlDB's rule for JSON: a field takes the value of exactly its name; failing that,
/// of a name whose upper case is its name.
///
/// Records of a topic carry the same names in the same order, so what the last ones meant is remembered by position,
/// also for names that mean nothing here: the usual name costs one comparison.
#[derive(Debug)]
pub(crate) struct Names {
    sorted: Vec<(Box<str>, usize)>,
    /// The same in upper case, where names match in any case; else only names that are in upper case do.
    folded: Option<Vec<(Box<str>, usize)>>,
    remembered: Vec<Remembered>,
    upper: String,
}

/// A name as it came, and what it means.
#[derive(Debug, Default)]
struct Remembered {
    name: String,
    /// How a JSON object begins with it: in quotes, the colon behind. Empty when it has characters that JSON escapes.
    member: String,
    found: Option<Found>,
}

impl Remembered {
    fn set(&mut self, name: &str, found: Option<Found>) {
        self.name.clear();
        self.name.push_str(name);
        self.member.clear();
        if !name.contains(|c: char| c < ' ' || matches!(c, '"' | '\\')) {
            self.member.extend(["\"", name, "\":"]);
        }
        self.found = found;
    }
}

impl Names {
    /// Fields of these names, in this order. `any_case`: they are found whatever case they have themselves.
    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>, any_case: bool) -> Self {
        let mut sorted: Vec<(Box<str>, usize)> =
            names.enumerate().map(|(field, name)| (Box::from(name), field)).collect();
        sorted.sort();
        let folded = any_case.then(|| {
            let mut folded: Vec<(Box<str>, usize)> =
                sorted.iter().map(|(name, field)| (name.to_uppercase().into(), *field)).collect();
            folded.sort();
            folded
        });
        Self { sorted, folded, remembered: Vec::new(), upper: String::new() }
    }

    /// How the next member begins, as JSON has it, if it is the one that came there before; see [`Names::came`].
    #[inline]
    pub(crate) fn expected(&self, cursor: usize) -> Option<&str> {
        self.remembered.get(cursor).map(|r| r.member.as_str()).filter(|member| !member.is_empty())
    }

    /// What the name means that was expected and has come.
    #[inline]
    pub(crate) fn came(&self, cursor: &mut usize) -> Option<Found> {
        let found = self.remembered.get(*cursor).and_then(|r| r.found);
        *cursor += 1;
        found
    }

    /// The field that `name` means. `cursor` is 0 before an object's first name and belongs to this object.
    #[inline]
    pub(crate) fn find(&mut self, cursor: &mut usize, name: &str) -> Option<Found> {
        for (ahead, known) in self.remembered.iter().skip(*cursor).take(LOOK_AHEAD).enumerate() {
            if known.name == name {
                *cursor += ahead + 1;
                return known.found;
            }
        }
        self.look_up(cursor, name)
    }

    #[cold]
    fn look_up(&mut self, cursor: &mut usize, name: &str) -> Option<Found> {
        let found = match position(&self.sorted, name) {
            Some(field) => Some(Found { field, exact: true }),
            None => {
                self.upper.clear();
                self.upper.extend(name.chars().flat_map(char::to_uppercase));
                let folded = self.folded.as_ref().unwrap_or(&self.sorted);
                position(folded, &self.upper).map(|field| Found { field, exact: false })
            }
        };
        if *cursor < REMEMBERED_MAX && name.len() <= REMEMBERED_LENGTH_MAX {
            if *cursor == self.remembered.len() {
                self.remembered.push(Remembered::default());
            }
            if let Some(known) = self.remembered.get_mut(*cursor) {
                known.set(name, found);
            }
            *cursor += 1;
        }
        found
    }
}

fn position(sorted: &[(Box<str>, usize)], name: &str) -> Option<usize> {
    let at = sorted.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
    sorted.get(at).map(|(_, field)| *field)
}

#[cfg(test)]
mod tests {
    use super::{Found, Names};

    /// Looks up one object's names after another and says what each meant: `2` exact, `~2` folded, `-` none.
    fn meanings(names: &mut Names, object: &[&str]) -> String {
        let mut cursor = 0;
        let found = object.iter().map(|name| match names.find(&mut cursor, name) {
            Some(Found { field, exact: true }) => field.to_string(),
            Some(Found { field, exact: false }) => format!("~{field}"),
            None => "-".to_owned(),
        });
        found.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn exact_names_win_over_folded_ones_whatever_came_before() {
        let mut names = Names::new(["ID", "lower", "STRASSE", "MIXED"].into_iter(), false);
        for _ in 0..2 {
            assert_eq!(
                meanings(&mut names, &["ID", "id", "lower", "LOWER", "straße", "Mixed", "x"]),
                "0 ~0 1 - ~2 ~3 -"
            );
            assert_eq!(meanings(&mut names, &["x", "lower", "ID"]), "- 1 0");
            assert_eq!(meanings(&mut names, &[]), "");
        }
    }

    #[test]
    fn names_match_in_any_case_where_they_may() {
        let mut names = Names::new(["id", "Name", "ID"].into_iter(), true);
        assert_eq!(meanings(&mut names, &["ID", "id", "NAME", "name", "Name", "x"]), "2 0 ~1 ~1 1 -");
    }

    #[test]
    fn left_out_and_reordered_names_are_found() {
        let mut names = Names::new(["A", "B", "C", "D", "E", "F", "G"].into_iter(), false);
        for object in [&["A", "B", "C", "D", "E", "F", "G"][..], &["A", "D", "G"], &["G", "A"], &["A", "A", "C", "B"]] {
            let expected: Vec<_> = object.iter().map(|n| (n.as_bytes()[0] - b'A').to_string()).collect();
            assert_eq!(meanings(&mut names, object), expected.join(" "));
        }
    }
}
