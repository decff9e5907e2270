//! Damage to token lists: nearly valid statements.

use crate::chance::{Chance, happens, one_of};
use crate::token::Token;

/// How many changes a damaged statement gets at most.
const CHANGES_MAX: usize = 3;

/// Tokens that damage brings in.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    ">>",
    "<>",
    ",",
    ".",
    ";",
    "->",
    ":=",
    "=>",
    "=",
    "==",
    "||",
    "-",
    "--",
    "/*",
    "*/",
    "+",
    "'",
    "''",
    "`",
    "\"",
    "$",
    "${X}",
    "${",
    "é",
    "\u{1F600}",
    "\0",
    "1",
    "1.",
    ".5",
    "1e5",
    "1E400",
    "0x1F",
    "99999999999999999999",
    "1a",
    "NOT",
    "SELECT",
    "FROM",
    "AS",
    "NULL",
    "AND",
    "IS",
    "ARRAY",
    "MAP",
    "STRUCT",
    "DECIMAL",
    "CASE",
    "END",
    "X",
    "*",
    "%",
    "\\",
    "JOIN",
    "ON",
    "WITHIN",
    "WINDOW",
    "GROUP",
    "BY",
    "EMIT",
    "CHANGES",
    "LIMIT",
    "UNION",
    "ALL",
    "WITH",
    "KEY",
    "INT",
    "VALUES",
    "CREATE",
    "STREAM",
    "DAYS",
    "WHEN",
];

/// A few changes: tokens taken out, doubled, swapped, replaced, put in, or a stretch of another statement put in.
pub(crate) fn damage(tokens: &mut Vec<Token>, other: &[Token], chance: &mut Chance) {
    let changes = if happens(chance, 65) { 1 } else { chance.usize(2..=CHANGES_MAX) };
    for _ in 0..changes {
        let length = tokens.len();
        let at = chance.usize(0..=length);
        match chance.u8(0..8) {
            0 if at < length => {
                tokens.remove(at);
            }
            1 => {
                let stretch: Vec<Token> = tokens.iter().skip(at).take(chance.usize(1..6)).cloned().collect();
                tokens.splice(at..at, stretch);
            }
            2 if length > 1 => tokens.swap(at % length, chance.usize(0..length)),
            3 if at < length => {
                if let (Some(token), Some(piece)) = (tokens.get_mut(at), piece(chance)) {
                    *token = piece;
                }
            }
            4 => {
                let from = chance.usize(0..=other.len());
                let stretch: Vec<Token> = other.iter().skip(from).take(chance.usize(1..12)).cloned().collect();
                tokens.splice(at..at, stretch);
            }
            5 if at < length => tokens.truncate(at.max(1)),
            6 if at < length => misspell(tokens.get_mut(at), chance),
            _ => {
                if let Some(piece) = piece(chance) {
                    tokens.insert(at, piece);
                }
            }
        }
    }
}

fn piece(chance: &mut Chance) -> Option<Token> {
    one_of(chance, PIECES).map(|piece| Token::exact(*piece))
}

/// A character less, or one twice.
fn misspell(token: Option<&mut Token>, chance: &mut Chance) {
    let Some(token) = token else { return };
    let mut characters: Vec<char> = token.text.chars().collect();
    let at = chance.usize(0..characters.len().max(1));
    match characters.get(at).copied() {
        Some(_) if chance.bool() => {
            characters.remove(at);
        }
        Some(character) => characters.insert(at, character),
        None => {}
    }
    token.text = characters.into_iter().collect();
}
