//! Cases that are not held to the letter: not counted at all, or relaxed in one named detail.

use std::collections::BTreeMap;

use millstream_sqltest::json::{Json, parse};

/// How strict a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// Needs what exists only on the Java test class path: not counted.
    Exclude,
    /// An expected error is compared by its category alone: its words are those of another implementation's parts.
    Category,
    /// Relaxed in a detail that this runner does not check.
    Detail,
}

/// The tiers of the cases that are not strict, by id.
#[derive(Debug, Clone, Default)]
pub struct Fairness(BTreeMap<String, Tier>);

impl Fairness {
    /// Reads a fairness file.
    ///
    /// # Errors
    /// A line is not JSON.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut tiers = BTreeMap::new();
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            let json = parse(line.as_bytes())?;
            let reasons = json.get("reasons").map(ToString::to_string).unwrap_or_default();
            let tier = match json.text_of("tier") {
                Some("exclude") => Tier::Exclude,
                _ if reasons.contains("category") => Tier::Category,
                _ => Tier::Detail,
            };
            if let Some(id) = json.get("id").and_then(Json::text) {
                tiers.insert(id.to_owned(), tier);
            }
        }
        Ok(Self(tiers))
    }

    /// The tier of a case; `None`: strict.
    pub fn of(&self, id: &str) -> Option<Tier> {
        self.0.get(id).copied()
    }
}
