//! Reads a grammar: rules, alternatives with weights, and how deep each at least goes.

use std::collections::HashMap;

/// A part of a rule.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    /// A keyword.
    Word(String),
    /// A symbol.
    Symbol(String),
    /// Drawn by chance or by what the catalog holds.
    Leaf(String),
    /// Another rule, by its number.
    Rule(usize),
    /// One of several.
    Choice(Choice),
    /// May be missing.
    Maybe(Choice),
    /// Any number of times.
    Many(Choice),
}

/// Alternatives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
    /// Each with its weight.
    pub(crate) of: Vec<Alternative>,
}

/// One of several ways on.
#[derive(Debug, Clone)]
pub(crate) struct Alternative {
    /// How often it is chosen beside the others.
    pub(crate) weight: u32,
    /// What it consists of.
    pub(crate) parts: Vec<Part>,
    /// How many levels of rules it at least takes.
    pub(crate) depth: u32,
}

/// A grammar.
#[derive(Debug)]
pub(crate) struct Grammar {
    rules: Vec<Choice>,
    numbers: HashMap<String, usize>,
}

impl Grammar {
    /// Reads the notation that `dialect.ebnf` describes. Errors say in which rule something is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut definitions: Vec<(String, String)> = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            match (line.split_once(" = ").filter(|_| !line.starts_with(' ')), definitions.last_mut()) {
                (Some((name, definition)), _) => definitions.push((name.trim().to_owned(), definition.to_owned())),
                (None, Some((_, definition))) => {
                    definition.push(' ');
                    definition.push_str(line);
                }
                (None, None) => return Err(format!("before the first rule: {line}")),
            }
        }
        let numbers: HashMap<String, usize> =
            definitions.iter().enumerate().map(|(number, (name, _))| (name.clone(), number)).collect();
        if numbers.len() < definitions.len() {
            return Err("a rule is defined twice".to_owned());
        }
        let mut rules = Vec::new();
        for (name, definition) in &definitions {
            let words: Vec<&str> = definition.split_whitespace().collect();
            let mut reader = Reader { words: &words, at: 0, numbers: &numbers };
            let choice = reader.choice().map_err(|e| format!("{name}: {e}"))?;
            if reader.at < words.len() {
                return Err(format!("{name}: {} closes nothing", words.get(reader.at).copied().unwrap_or_default()));
            }
            rules.push(choice);
        }
        let mut grammar = Self { rules, numbers };
        grammar.measure();
        match grammar.rules.iter().position(|rule| rule.depth() == u32::MAX) {
            Some(endless) => Err(format!("{:?} never ends", definitions.get(endless).map(|(name, _)| name))),
            None => Ok(grammar),
        }
    }

    /// The rule of that number.
    pub(crate) fn rule(&self, number: usize) -> Option<&Choice> {
        self.rules.get(number)
    }

    /// The number of the rule of that name.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        self.numbers.get(name).copied()
    }

    /// Finds the least depth of everything, from the leaves upwards, until nothing changes.
    fn measure(&mut self) {
        loop {
            let depths: Vec<u32> = self.rules.iter().map(Choice::depth).collect();
            self.rules.iter_mut().for_each(|rule| rule.measure(&depths));
            if depths.iter().copied().eq(self.rules.iter().map(Choice::depth)) {
                return;
            }
        }
    }
}

impl Choice {
    /// The least depth of its alternatives.
    pub(crate) fn depth(&self) -> u32 {
        self.of.iter().map(|alternative| alternative.depth).min().unwrap_or(0)
    }

    fn measure(&mut self, rules: &[u32]) {
        for alternative in &mut self.of {
            let depths = alternative.parts.iter_mut().map(|part| match part {
                Part::Word(_) | Part::Symbol(_) | Part::Leaf(_) => 0,
                Part::Rule(number) => rules.get(*number).copied().unwrap_or(u32::MAX).saturating_add(1),
                Part::Choice(choice) => {
                    choice.measure(rules);
                    choice.depth()
                }
                // What may be missing needs no depth.
                Part::Maybe(choice) | Part::Many(choice) => {
                    choice.measure(rules);
                    0
                }
            });
            alternative.depth = depths.max().unwrap_or(0);
        }
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
    numbers: &'a HashMap<String, usize>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<&str> {
        let word = self.words.get(self.at).copied();
        self.at += 1;
        word
    }

    /// `[weight] part … | …`
    fn choice(&mut self) -> Result<Choice, String> {
        let mut choice = Choice::default();
        loop {
            let weight = self.words.get(self.at).and_then(|word| word.parse().ok());
            self.at += usize::from(weight.is_some());
            let mut parts = Vec::new();
            while self.words.get(self.at).is_some_and(|word| !["|", ")", "]", "}"].contains(word)) {
                parts.push(self.part()?);
            }
            if parts.is_empty() {
                return Err("an empty alternative".to_owned());
            }
            choice.of.push(Alternative { weight: weight.unwrap_or(1), parts, depth: u32::MAX });
            if self.words.get(self.at) != Some(&"|") {
                return Ok(choice);
            }
            self.at += 1;
        }
    }

    fn part(&mut self) -> Result<Part, String> {
        let word = self.next().unwrap_or_default().to_owned();
        match word.as_str() {
            "(" => self.group(")").map(Part::Choice),
            "[" => self.group("]").map(Part::Maybe),
            "{" => self.group("}").map(Part::Many),
            _ => {
                if let Some(symbol) = word.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
                    return Ok(Part::Symbol(symbol.to_owned()));
                }
                if let Some(leaf) = word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
                    return Ok(Part::Leaf(leaf.to_owned()));
                }
                if word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') {
                    return Ok(Part::Word(word));
                }
                let number = self.numbers.get(&word).copied();
                number.map(Part::Rule).ok_or_else(|| format!("no rule {word}"))
            }
        }
    }

    fn group(&mut self, close: &str) -> Result<Choice, String> {
        let choice = self.choice()?;
        match self.next() {
            Some(word) if word == close => Ok(choice),
            other => Err(format!("{close} expected, not {other:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_are_the_least() {
        let grammar = Grammar::read("a = b | 3 X b\nb = ( c | Y ) [ a ]\n  | '(' a ')'\nc = <leaf> { c }").unwrap();
        let depth = |name: &str| grammar.rule(grammar.number(name).unwrap()).unwrap().depth();
        assert_eq!((depth("a"), depth("b"), depth("c")), (1, 0, 0));
        assert_eq!(grammar.rule(0).unwrap().of[1].weight, 3);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, wrong) in [
            ("a = b", "no rule b"),
            ("a = X a", "never ends"),
            ("a = ( X", "expected"),
            ("a = X )", "closes nothing"),
            ("a = X |", "empty"),
            ("a = X\na = Y", "twice"),
            ("X", "before the first"),
        ] {
            let error = Grammar::read(text).unwrap_err();
            assert!(error.contains(wrong), "{text}: {error}");
        }
    }

    #[test]
    fn the_dialect_reads() {
        assert!(Grammar::read(include_str!("dialect.ebnf")).is_ok());
    }
}
