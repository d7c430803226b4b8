//! Where the numbers of some lanes of a group are written down.

use super::mask::{Mask, lanes_of};
use crate::expr::Real;

/// Some lanes, and the cells that they follow.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    pub lanes: Mask,
    /// Of every lane of the group.
    pub cells: &'a [usize],
    /// Whether these are all lanes, and their cells follow each other: then whole vectors are written.
    pub whole: bool,
}

impl Places<'_> {
    /// Writes one number down for all of them.
    pub fn fill<N: Copy>(&self, number: N, to: &mut [N]) {
        if self.whole {
            return to[self.cells[0]..][..self.cells.len()].fill(number);
        }
        lanes_of(self.lanes).for_each(|lane| to[self.cells[lane]] = number);
    }

    /// Writes a number of each lane down; where it has a low part, with it.
    pub fn write<T: Real>(&self, (high, low): (&[T], Option<&[T]>), to: &mut [f64]) {
        match low {
            None if self.whole => {
                let to = &mut to[self.cells[0]..][..high.len()];
                to.iter_mut().zip(high).for_each(|(to, number)| *to = number.to_f64());
            }
            None => lanes_of(self.lanes).for_each(|lane| to[self.cells[lane]] = high[lane].to_f64()),
            Some(low) => {
                lanes_of(self.lanes).for_each(|lane| to[self.cells[lane]] = high[lane].to_f64() + low[lane].to_f64());
            }
        }
    }
}
