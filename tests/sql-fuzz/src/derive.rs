//! Token lists from the grammar: a random walk through it that is bounded in depth and length.

use crate::chance::{Chance, happens};
use crate::grammar::{Alternative, Choice, Grammar, Part};
use crate::scope::Scope;
use crate::token::Token;
use crate::world::World;

/// Levels of rules after which only the shortest way to an end is taken.
const DEPTH: u32 = 28;
/// Tokens after which the same.
const TOKENS: usize = 160;
/// How often what may be missing is there, percent.
const MAYBE: u8 = 30;
/// How often one more follows, percent.
const MORE: u8 = 40;

/// A statement in the making.
pub(crate) struct Derivation<'a> {
    pub(crate) grammar: &'a Grammar,
    pub(crate) world: &'a World,
    pub(crate) chance: &'a mut Chance,
    /// What has been made so far.
    pub(crate) tokens: Vec<Token>,
    /// The sources of the queries that are being made, the innermost last.
    pub(crate) scopes: Vec<Scope>,
    depth: u32,
}

impl<'a> Derivation<'a> {
    /// A statement of that rule, without its semicolon.
    pub(crate) fn tokens(grammar: &'a Grammar, world: &'a World, chance: &'a mut Chance, rule: &str) -> Vec<Token> {
        let mut derivation = Self { grammar, world, chance, tokens: Vec::new(), scopes: Vec::new(), depth: 0 };
        derivation.rule(rule);
        derivation.tokens
    }

    /// Adds what the rule of that name makes.
    pub(crate) fn rule(&mut self, name: &str) {
        if let Some(number) = self.grammar.number(name) {
            self.number(number);
        }
    }

    fn number(&mut self, number: usize) {
        let grammar = self.grammar;
        if let Some(rule) = grammar.rule(number) {
            self.depth += 1;
            self.choice(rule);
            self.depth -= 1;
        }
    }

    /// Whether it is time to come to an end.
    pub(crate) fn tired(&self) -> bool {
        self.depth > DEPTH || self.tokens.len() > TOKENS
    }

    fn choice(&mut self, choice: &Choice) {
        let least = choice.depth();
        let tired = self.tired();
        let open = |alternative: &&Alternative| !tired || alternative.depth <= least;
        let all: u32 = choice.of.iter().filter(open).map(|alternative| alternative.weight).sum();
        let mut drawn = self.chance.u32(0..all.max(1));
        for alternative in choice.of.iter().filter(open) {
            match drawn.checked_sub(alternative.weight) {
                Some(rest) => drawn = rest,
                None => return alternative.parts.iter().for_each(|part| self.part(part)),
            }
        }
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Word(word) => self.tokens.push(Token::word(word)),
            Part::Symbol(symbol) => self.tokens.push(Token::exact(symbol)),
            Part::Leaf(leaf) => self.leaf(leaf),
            Part::Rule(number) => self.number(*number),
            Part::Choice(choice) => self.choice(choice),
            Part::Maybe(choice) => {
                if !self.tired() && happens(self.chance, MAYBE) {
                    self.choice(choice);
                }
            }
            Part::Many(choice) => {
                while !self.tired() && happens(self.chance, MORE) {
                    self.choice(choice);
                }
            }
        }
    }
}
