//! Our patterns against a table of Java's answers.
