//! The sources that a query reads, chosen before its items are made, so that these can name their columns.

use millstream_plan::Source;
use millstream_types::{Column, SqlType};

use crate::chance::{happens, one_of};
use crate::derive::Derivation;
use crate::leaf::PLAIN_NAMES;
use crate::token::Token;

/// How many joins a query has at most.
const JOINS_MAX: usize = 3;

/// A source of a query.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    /// Its name; `None` for a query in its place.
    pub(crate) name: Option<String>,
    /// Its alias.
    pub(crate) alias: Option<String>,
    /// Its columns, as far as they are known.
    pub(crate) columns: Vec<Column>,
}

/// The sources of one query.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    /// All of them, in the order of the text.
    pub(crate) reads: Vec<Read>,
    /// How many of them the text has named already.
    named: usize,
}

impl Derivation<'_> {
    /// Opens a query with sources of its own.
    pub(crate) fn open_scope(&mut self) {
        let joins = if happens(self.chance, 75) { 0 } else { self.chance.usize(1..=JOINS_MAX) };
        let reads = (0..=joins).map(|_| self.read()).collect();
        self.scopes.push(Scope { reads, named: 0 });
    }

    fn read(&mut self) -> Read {
        let alias = match happens(self.chance, 40) {
            true => one_of(self.chance, PLAIN_NAMES).map(|name| (*name).to_owned()),
            false => None,
        };
        let sources = self.world.sources();
        match one_of(self.chance, &sources) {
            Some(source) if happens(self.chance, 95) => {
                Read { name: Some(source.name.clone()), alias, columns: columns(source) }
            }
            _ => Read { name: None, alias, columns: Vec::new() },
        }
    }

    /// `source [[AS] alias]` of the next source of the query, or a query in its place.
    pub(crate) fn relation(&mut self) {
        let next = self.scopes.last_mut().and_then(|scope| {
            scope.named += 1;
            scope.reads.get(scope.named - 1).cloned()
        });
        match next {
            Some(Read { name: Some(name), alias, .. }) => {
                self.tokens.push(Token::name(&name));
                if let Some(alias) = alias {
                    if happens(self.chance, 50) {
                        self.tokens.push(Token::word("AS"));
                    }
                    self.tokens.push(Token::name(&alias));
                }
            }
            _ if self.tired() => self.tokens.push(Token::word("NOWHERE")),
            _ => self.rule("derived"),
        }
    }

    /// The joins of the query: one for each source that is not named yet.
    pub(crate) fn joins(&mut self) {
        while self.scopes.last().is_some_and(|scope| scope.named < scope.reads.len()) {
            self.rule("join");
        }
    }

    /// `a.x = b.y`, of the last source named and one before it, of columns of one type if there are such.
    pub(crate) fn join_columns(&mut self) {
        let named: Vec<Read> = match self.scopes.last() {
            Some(scope) => scope.reads.iter().take(scope.named).cloned().collect(),
            None => Vec::new(),
        };
        let (Some((right, before)), true) = (named.split_last(), named.len() > 1) else {
            return self.rule("condition");
        };
        let Some(left) = one_of(self.chance, before).cloned() else {
            return self.rule("condition");
        };
        let pairs: Vec<(&Column, &Column)> =
            left.columns.iter().flat_map(|l| right.columns.iter().map(move |r| (l, r))).collect();
        let alike: Vec<(&Column, &Column)> = pairs.iter().copied().filter(|(l, r)| l.ty == r.ty).collect();
        let pairs = if happens(self.chance, 80) && !alike.is_empty() { alike } else { pairs };
        let Some((l, r)) = one_of(self.chance, &pairs).copied() else {
            return self.rule("condition");
        };
        self.qualified(&left, l);
        self.tokens.push(Token::exact("="));
        self.qualified(right, r);
    }

    fn qualified(&mut self, read: &Read, column: &Column) {
        let qualifier = read.alias.as_ref().or(read.name.as_ref());
        if let Some(qualifier) = qualifier {
            self.tokens.extend([Token::name(qualifier), Token::exact(".")]);
        }
        self.tokens.push(Token::name(&column.name));
    }

    /// A column of the query whose type is wanted; `false` if it has none.
    pub(crate) fn column(&mut self, wanted: impl Fn(&SqlType) -> bool) -> bool {
        let reads = self.scopes.last().map_or(&[][..], |scope| scope.reads.as_slice());
        let fitting: Vec<(&Read, &Column)> = reads
            .iter()
            .flat_map(|read| read.columns.iter().map(move |column| (read, column)))
            .filter(|(_, column)| wanted(&column.ty))
            .collect();
        let Some((read, column)) = one_of(self.chance, &fitting).map(|(r, c)| ((*r).clone(), (*c).clone())) else {
            return false;
        };
        // Of several sources, a column is better named with its own.
        let qualify = if reads.len() > 1 { 80 } else { 15 };
        if happens(self.chance, qualify) {
            self.qualified(&read, &column);
        } else {
            self.tokens.push(Token::name(&column.name));
        }
        true
    }

    /// The name by which a source of the query is known.
    pub(crate) fn qualifier(&mut self) {
        let reads = self.scopes.last().map_or(&[][..], |scope| scope.reads.as_slice());
        let name = one_of(self.chance, reads).and_then(|read| read.alias.clone().or_else(|| read.name.clone()));
        self.tokens.push(name.map_or_else(|| Token::word("NOWHERE"), |name| Token::name(&name)));
    }
}

/// All columns of a source that a query may name.
fn columns(source: &Source) -> Vec<Column> {
    source.schema.columns().to_vec()
}
