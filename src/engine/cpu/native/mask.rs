//! Some lanes of a group, as bits.

use crate::expr::Real;

/// Lanes of a group, a bit each.
pub type Mask = u64;

/// Most lanes of a group.
pub const MAX_LANES: usize = Mask::BITS as usize;

/// The lanes of a mask, lowest first.
pub fn lanes_of(mut mask: Mask) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (mask != 0).then(|| mask.trailing_zeros() as usize);
        mask &= mask.wrapping_sub(1);
        lowest
    })
}

/// The mask of some lanes.
pub fn mask_of(lanes: impl Iterator<Item = usize>) -> Mask {
    lanes.fold(0, |all, lane| all | 1 << lane)
}

/// The first `count` lanes, at least one.
pub fn first_lanes(count: usize) -> Mask {
    Mask::MAX >> (MAX_LANES - count)
}

/// The lanes whose values are so, without a branch.
pub fn mask_where<T>(values: &[T], is_so: impl Fn(&T) -> bool) -> Mask {
    values.iter().enumerate().fold(0, |all, (lane, value)| all | Mask::from(is_so(value)) << lane)
}

/// The lanes whose flags are not zero.
pub fn flagged<T: Real>(flags: &[T]) -> Mask {
    mask_where(flags, |flag| flag.to_bits() != T::Bits::default())
}
