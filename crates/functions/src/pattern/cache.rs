//! Compiled patterns, kept by each thread: a constant pattern is compiled once, and so are the few that a column repeats.

use std::cell::RefCell;
use std::rc::Rc;

use super::Pattern;
use crate::Error;

/// Most patterns that a thread keeps. Each may take some megabytes in the worst case, usually some kilobytes.
const KEPT_MAX: usize = 16;

thread_local! {
    /// The one used last stands at the end.
    static KEPT: RefCell<Vec<(Box<str>, Rc<Pattern>)>> = const { RefCell::new(Vec::new()) };
}

/// Patterns of the rows of a batch.
#[derive(Debug, Default)]
pub(crate) struct Patterns<'a> {
    last: Option<(&'a str, Rc<Pattern>)>,
}

impl<'a> Patterns<'a> {
    /// The compiled pattern for `java`.
    pub(crate) fn get(&mut self, java: &'a str) -> Result<Rc<Pattern>, Error> {
        if let Some((last, pattern)) = &self.last
            && *last == java
        {
            return Ok(Rc::clone(pattern));
        }
        let pattern = kept(java)?;
        self.last = Some((java, Rc::clone(&pattern)));
        Ok(pattern)
    }
}

fn kept(java: &str) -> Result<Rc<Pattern>, Error> {
    KEPT.with_borrow_mut(|kept| {
        let (text, pattern) = match kept.iter().position(|(text, _)| **text == *java) {
            Some(at) => kept.remove(at),
            None => (java.into(), Rc::new(Pattern::new(java)?)),
        };
        if kept.len() >= KEPT_MAX {
            kept.remove(0);
        }
        kept.push((text, Rc::clone(&pattern)));
        Ok(pattern)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patterns_used_last_are_kept() {
        let get = |java: &str| Patterns::default().get(java).unwrap();
        let first = get("a+");
        assert!(Rc::ptr_eq(&first, &get("a+")));
        for other in 0..KEPT_MAX - 1 {
            get(&format!("b{{{other}}}"));
        }
        assert!(Rc::ptr_eq(&first, &get("a+")));
        for other in 0..KEPT_MAX {
            get(&format!("c{{{other}}}"));
        }
        assert!(!Rc::ptr_eq(&first, &get("a+")));
        assert!(Patterns::default().get("(").is_err());
        assert_eq!(KEPT.with_borrow(Vec::len), KEPT_MAX);
    }
}
