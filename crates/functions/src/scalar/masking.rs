//! What the MASK functions share: signatures, classes of characters, and the loop.

use std::sync::LazyLock;

use arrow::array::{ArrayRef, Int32Array, StringArray};
use regex::Regex;

use crate::{Arg, Call, Error, Overload, Param, ParamType, Returns, TextColumn, View, utf16};

pub(super) const TEXT: Param = Param { name: "text", ty: ParamType::String };
pub(super) const COUNT: Param = Param { name: "count", ty: ParamType::Integer };
pub(super) const UPPER: Param = Param { name: "upper", ty: ParamType::String };
pub(super) const LOWER: Param = Param { name: "lower", ty: ParamType::String };
pub(super) const DIGIT: Param = Param { name: "digit", ty: ParamType::String };
pub(super) const OTHER: Param = Param { name: "other", ty: ParamType::String };

/// The signatures of those that mask a part: with a count, with or without masks.
pub(super) const fn of_part(eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> [Overload; 2] {
    [overload(&[TEXT, COUNT], eval), overload(&[TEXT, COUNT, UPPER, LOWER, DIGIT, OTHER], eval)]
}

pub(super) const fn overload(params: &'static [Param], eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> Overload {
    // A mask of several characters fails, and so does a negative count.
    Overload { params, variadic: false, returns: Returns::Type(ParamType::String), fallible: true, eval }
}

/// Masks all of each text.
pub(super) fn whole(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let masks = Masks::new(call.args.get(1..).unwrap_or_default())?;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        mask(text.get(row).map(|text| (text, 0, usize::MAX)), &masks.at(row)?, &mut out)?;
    }
    Ok(out.finish())
}

/// Masks the UTF-16 units from one position to another, which follow from a text's length and the count.
pub(super) fn part(call: &Call<'_>, range: fn(usize, usize) -> (usize, usize)) -> Result<ArrayRef, Error> {
    let text = call.arg(0)?.view::<StringArray>()?;
    let count = call.arg(1)?.view::<Int32Array>()?;
    let masks = Masks::new(call.args.get(2..).unwrap_or_default())?;
    let mut out = TextColumn::default();
    for row in 0..call.rows {
        let given = match text.get(row).zip(count.get(row)) {
            None => None,
            Some((text, count)) => {
                let count = usize::try_from(count)
                    .map_err(|_| Error::Data(format!("The count of a mask must not be negative, but is {count}")))?;
                let (from, to) = range(utf16::len(text), count);
                Some((text, from, to))
            }
        };
        mask(given, &masks.at(row)?, &mut out)?;
    }
    Ok(out.finish())
}

/// The mask arguments of a call, if it has any.
struct Masks<'a>(Vec<View<'a, StringArray>>);

/// What stands in for the characters of each class; `None` leaves them as they are.
struct Mask {
    upper: Option<char>,
    lower: Option<char>,
    digit: Option<char>,
    other: Option<char>,
}

impl<'a> Masks<'a> {
    fn new(args: &'a [Arg]) -> Result<Self, Error> {
        Ok(Self(args.iter().map(|a| a.view()).collect::<Result<_, _>>()?))
    }

    fn at(&self, row: usize) -> Result<Mask, Error> {
        let [upper, lower, digit, other] = self.0.as_slice() else {
            return Ok(Mask { upper: Some('X'), lower: Some('x'), digit: Some('n'), other: Some('-') });
        };
        let one = |mask: &View<'_, StringArray>| match mask.get(row) {
            None => Ok(None),
            Some(text) => match text.chars().next() {
                Some(c) if utf16::len(text) == 1 => Ok(Some(c)),
                _ => Err(Error::Data(format!("A mask must be one character, but is '{text}'"))),
            },
        };
        Ok(Mask { upper: one(upper)?, lower: one(lower)?, digit: one(digit)?, other: one(other)? })
    }
}

impl Mask {
    /// What stands in for a character.
    fn of(&self, c: char) -> Option<char> {
        match c {
            'A'..='Z' => self.upper,
            'a'..='z' => self.lower,
            '0'..='9' => self.digit,
            // Java looks at UTF-16 units: half a character has no class.
            c if c.is_ascii() || c.len_utf16() == 2 => self.other,
            c if is(&UPPERCASE, c) => self.upper,
            c if is(&LOWERCASE, c) => self.lower,
            c if is(&DECIMAL, c) => self.digit,
            _ => self.other,
        }
    }
}

type Category = LazyLock<Option<Regex>>;

static UPPERCASE: Category = LazyLock::new(|| Regex::new(r"\p{Lu}").ok());
static LOWERCASE: Category = LazyLock::new(|| Regex::new(r"\p{Ll}").ok());
static DECIMAL: Category = LazyLock::new(|| Regex::new(r"\p{Nd}").ok());

fn is(category: &Category, c: char) -> bool {
    category.as_ref().is_some_and(|category| category.is_match(c.encode_utf8(&mut [0; 4])))
}

/// Appends a text with the units `from..to` masked, or null.
fn mask(given: Option<(&str, usize, usize)>, mask: &Mask, out: &mut TextColumn) -> Result<(), Error> {
    let Some((text, from, to)) = given else {
        out.null();
        return Ok(());
    };
    let mut unit = 0;
    for c in text.chars() {
        let stand_in = mask.of(c);
        let masked = |unit: usize| stand_in.filter(|_| (from..to).contains(&unit));
        if c.len_utf16() == 1 {
            push(masked(unit).unwrap_or(c), out)?;
        } else if masked(unit).or(masked(unit + 1)).is_none() {
            push(c, out)?;
        } else {
            // Half of a surrogate pair becomes `?`, as it does when Java writes such text as UTF-8.
            push(masked(unit).unwrap_or('?'), out)?;
            push(masked(unit + 1).unwrap_or('?'), out)?;
        }
        unit += c.len_utf16();
    }
    out.end();
    Ok(())
}

fn push(c: char, out: &mut TextColumn) -> Result<(), Error> {
    out.push(c.encode_utf8(&mut [0; 4]))
}
