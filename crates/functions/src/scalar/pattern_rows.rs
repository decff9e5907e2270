//! What the functions with a pattern share: one value a row by the pattern and the zone of its row, each compiled once.

use std::fmt::Display;
use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, PrimitiveArray, StringArray};

use crate::arg::View;
use crate::java_time::{Pattern, Zone};
use crate::{Call, Error, Param, ParamType, TextColumn};

/// What is read, as the first argument.
pub(super) const TEXT: Param = Param { name: "text", ty: ParamType::String };

/// The pattern, as the second argument.
pub(super) const FORMAT: Param = Param { name: "format", ty: ParamType::String };

/// The time zone, as the third argument.
pub(super) const ZONE: Param = Param { name: "zone", ty: ParamType::String };

/// Most patterns or zones that a batch keeps compiled.
const MAX_COMPILED: usize = 16;

/// What texts were compiled to.
pub(super) struct Compiled<T> {
    compile: fn(&str) -> Result<T, Error>,
    kept: Vec<(String, T)>,
    /// Where the last one that was asked for stands, which is asked for next too as a rule.
    last: usize,
}

impl<T> Compiled<T> {
    /// Nothing yet.
    pub(super) fn new(compile: fn(&str) -> Result<T, Error>) -> Self {
        Self { compile, kept: Vec::new(), last: 0 }
    }

    /// What `text` is compiled to.
    pub(super) fn get(&mut self, text: &str) -> Result<&T, Error> {
        let is_kept = |(kept, _): &(String, T)| kept == text;
        if !self.kept.get(self.last).is_some_and(is_kept) {
            self.last = match self.kept.iter().position(is_kept) {
                Some(place) => place,
                None => self.add(text)?,
            };
        }
        self.kept.get(self.last).map(|(_, compiled)| compiled).ok_or_else(|| Error::Fatal("nothing compiled".into()))
    }

    fn add(&mut self, text: &str) -> Result<usize, Error> {
        let entry = (text.to_owned(), (self.compile)(text)?);
        if self.kept.len() == MAX_COMPILED {
            self.kept.remove(0);
        }
        self.kept.push(entry);
        Ok(self.kept.len() - 1)
    }
}

/// The zone of each row: argument 2, or the same for all where the call has none.
enum Zones<'a> {
    One(Zone),
    Named(View<'a, StringArray>, Compiled<Zone>),
}

impl<'a> Zones<'a> {
    fn of(call: &Call<'a>, default: Zone) -> Result<Self, Error> {
        match call.args.get(2) {
            None => Ok(Self::One(default)),
            Some(arg) => Ok(Self::Named(arg.view()?, Compiled::new(Zone::of))),
        }
    }

    /// The id in the row's argument; `None` when that is null, `Some(None)` when there is no argument.
    fn id(&self, row: usize) -> Option<Option<&str>> {
        match self {
            Self::One(_) => Some(None),
            Self::Named(ids, _) => ids.get(row).map(Some),
        }
    }

    fn get(&mut self, row: usize) -> Result<Zone, Error> {
        match self {
            Self::One(zone) => Ok(*zone),
            Self::Named(ids, compiled) => compiled.get(ids.get(row).unwrap_or_default()).copied(),
        }
    }
}

/// The text of each row's value by the pattern in argument 1 and the zone in argument 2 or `zone`. Any null gives null.
///
/// `subject` says what could not be formatted.
pub(super) fn format<V: Copy>(
    call: &Call<'_>,
    zone: Zone,
    value: impl Fn(usize) -> Option<V>,
    write: fn(&Pattern, V, Zone, &mut String) -> Result<(), Error>,
    subject: fn(V) -> String,
) -> Result<ArrayRef, Error> {
    let formats = call.arg(1)?.view::<StringArray>()?;
    let (mut patterns, mut zones) = (Compiled::new(Pattern::of), Zones::of(call, zone)?);
    let (mut out, mut text) = (TextColumn::default(), String::new());
    for row in 0..call.rows {
        let (Some(value), Some(format), Some(_)) = (value(row), formats.get(row), zones.id(row)) else {
            out.null();
            continue;
        };
        text.clear();
        let written = zones.get(row).and_then(|zone| write(patterns.get(format)?, value, zone, &mut text));
        written.map_err(|why| {
            Error::Data(format!("Failed to format {} with formatter '{format}': {why}", subject(value)))
        })?;
        out.push(&text)?;
        out.end();
    }
    Ok(out.finish())
}

/// The value of each row's text in argument 0 by the pattern in argument 1 and the zone in argument 2 or `zone`. Any null
/// gives null.
///
/// `what` names the value, and where it says so the default zone is named in errors.
pub(super) fn parse<T: ArrowPrimitiveType, P>(
    call: &Call<'_>,
    zone: Zone,
    what: What,
    compile: fn(&str) -> Result<P, Error>,
    read: fn(&P, &str, Zone) -> Result<T::Native, Error>,
) -> Result<ArrayRef, Error> {
    let (texts, formats) = (call.arg(0)?.view::<StringArray>()?, call.arg(1)?.view::<StringArray>()?);
    let (mut patterns, mut zones) = (Compiled::new(compile), Zones::of(call, zone)?);
    let mut out = PrimitiveArray::<T>::builder(call.rows);
    for row in 0..call.rows {
        let (Some(text), Some(format), Some(_)) = (texts.get(row), formats.get(row), zones.id(row)) else {
            out.append_null();
            continue;
        };
        let read = zones.get(row).and_then(|zone| read(patterns.get(format)?, text, zone));
        let value = read.map_err(|why| {
            let place = match zones.id(row).flatten() {
                Some(id) => format!(" at timezone '{id}'"),
                None if what.shows_zone => format!(" at timezone '{zone}'"),
                None => String::new(),
            };
            failure(what.name, text, &place, format, &why)
        })?;
        out.append_value(value);
    }
    Ok(Arc::new(out.finish().with_data_type(call.returns.clone())))
}

/// What is read from texts, for errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct What {
    /// `timestamp`, `date`, `time`
    pub(super) name: &'static str,
    /// Whether the zone is shown even where the call names none.
    pub(super) shows_zone: bool,
}

/// Long texts are cut: the message goes into a ledger record.
fn failure(name: &str, text: &str, place: &str, format: &str, why: &dyn Display) -> Error {
    let mut shown = text.to_owned();
    if let Some((at, _)) = shown.char_indices().nth(64) {
        shown.truncate(at);
        shown.push('…');
    }
    Error::Data(format!("Failed to parse {name} '{shown}'{place} with formatter '{format}': {why}"))
}
