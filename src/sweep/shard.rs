//! A part of a sweep, to be run by itself and put together with the others later.

use std::fmt;
use std::ops::Range;

/// Part `number` of `of`, from 1. Which cells it has follows from the grid alone, not from machine or engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    of: u32,
}

/// More parts than this are refused: each is a process and a folder.
const MOST: u32 = 1_000_000;

impl Shard {
    /// Reads `K/N`.
    ///
    /// # Errors
    /// What is wrong with the text, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let whole = |part: &str| part.parse::<u32>().ok().filter(|number| *number > 0);
        let parts = text.split_once('/').and_then(|(number, of)| Some((whole(number)?, whole(of)?)));
        match parts {
            Some((number, of)) if number <= of && of <= MOST => Ok(Self { number, of }),
            Some((_, of)) if of > MOST => Err(format!("{of} parts are more than {MOST}")),
            _ => Err("expected K/N, part K of N from 1, such as 2/8".to_owned()),
        }
    }

    /// Whether the part has one of things that are dealt out in turn, by its number from 0.
    pub fn takes(self, number: usize) -> bool {
        number % self.of as usize == self.number as usize - 1
    }

    /// The cells of the part, counted y-major: whole rows where there is one for each part, else cells. No part is more
    /// than one row (or cell) larger than another.
    ///
    /// # Errors
    /// There are more parts than cells.
    pub fn range(self, nx: usize, ny: usize) -> Result<Range<usize>, String> {
        let unit = if ny >= self.of as usize { nx } else { 1 };
        let units = nx * ny / unit;
        if units < self.of as usize {
            return Err(format!("the sweep has {units} cells; take at most that many parts"));
        }
        // Below 10⁹ units and 10⁶ parts, so the product fits.
        let end = |number: u32| (units as u64 * u64::from(number) / u64::from(self.of)) as usize * unit;
        Ok(end(self.number - 1)..end(self.number))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}
