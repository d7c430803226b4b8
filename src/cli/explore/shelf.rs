//! The last few of what was made, by number.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Keeps the last so many; numbers are never used again.
#[derive(Debug)]
pub struct Shelf<T> {
    most: usize,
    kept: Mutex<Kept<T>>,
}

/// The number that was given last, and what is kept under its numbers.
type Kept<T> = (u64, VecDeque<(u64, Arc<T>)>);

impl<T> Shelf<T> {
    pub fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// Keeps it, in place of the oldest where there are enough, and gives its number.
    pub fn put(&self, value: T) -> u64 {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (next, values) = &mut *kept;
        *next += 1;
        values.push_back((*next, Arc::new(value)));
        if values.len() > self.most {
            values.pop_front();
        }
        *next
    }

    /// What has this number, if it is still there.
    pub fn get(&self, number: u64) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.iter().find(|(known, _)| *known == number).map(|(_, value)| Arc::clone(value))
    }

    /// All that are there.
    pub fn all(&self) -> Vec<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.1.iter().map(|(_, value)| Arc::clone(value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Shelf;

    #[test]
    fn the_last_are_kept() {
        let shelf = Shelf::new(2);
        let numbers = ["a", "b", "c"].map(|text| shelf.put(text));
        let found = numbers.map(|number| shelf.get(number).map(|text| *text));
        assert_eq!(found, [None, Some("b"), Some("c")]);
        assert_eq!(shelf.get(99), None);
    }
}
