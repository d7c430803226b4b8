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

#[cfg(test)]
mod tests {
    use super::super::groups::LaneGroups;

    const ALL: u64 = 0b1111;

    /// Twelve cells in three groups of four lanes.
    fn groups() -> LaneGroups<f32> {
        LaneGroups::new(12, 4, 1, 10)
    }

    /// What a group writes down of all its lanes: each its cell and a half.
    fn written(groups: &LaneGroups<f32>, group: usize) -> Vec<f64> {
        let mut to = vec![0.0; 12];
        let numbers: Vec<f32> = groups.cells(group).iter().map(|cell| *cell as f32 + 0.5).collect();
        groups.places(group, ALL).write((&numbers, None), &mut to);
        to
    }

    #[test]
    fn whole_groups_are_written_as_their_lanes_are() {
        let groups = groups();
        let (mut at_once, mut one_by_one) = (vec![0_u32; 12], vec![0_u32; 12]);
        assert!(groups.places(1, ALL).whole && !groups.places(1, 0b0111).whole);
        groups.places(1, ALL).fill(7, &mut at_once);
        groups.places(1, 0b0101).fill(7, &mut one_by_one);
        groups.places(1, 0b1010).fill(7, &mut one_by_one);
        assert_eq!((&at_once, at_once[4..8].to_vec()), (&one_by_one, vec![7; 4]));
        assert_eq!(written(&groups, 1), [0.0, 0.0, 0.0, 0.0, 4.5, 5.5, 6.5, 7.5, 0.0, 0.0, 0.0, 0.0]);
    }

    /// Two descents of the last group take the places of two that ended: their cells are elsewhere.
    #[test]
    fn a_group_that_others_joined_is_written_lane_by_lane() {
        let mut groups = groups();
        (groups.marks[0].active, groups.marks[2].active) = (0b0110, 0b0011);
        groups.compact(8, 5);
        assert_eq!((groups.count(), groups.cells(0)), (2, &[8, 1, 2, 9][..]));
        assert!(!groups.places(0, ALL).whole && groups.places(1, ALL).whole);
        assert_eq!(written(&groups, 0), [0.0, 1.5, 2.5, 0.0, 0.0, 0.0, 0.0, 0.0, 8.5, 9.5, 0.0, 0.0]);
    }
}
