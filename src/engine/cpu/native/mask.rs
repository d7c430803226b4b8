//! Some lanes of a group, as bits.

use crate::expr::Real;
use multiversion::multiversion;

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

/// The lanes whose flags are not zero.
pub fn flagged<T: Real>(flags: &[T]) -> Mask {
    differing(flags, &[T::ZERO; MAX_LANES])
}

/// The lanes whose magnitudes are not above a limit, compared as bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn within<T: Real>(values: &[T], limit: T::Bits) -> Mask {
    gather(values.len(), |lane| values[lane].magnitude_bits() <= limit)
}

/// The lanes whose magnitudes are above limits of their own, likewise.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn above<T: Real>(values: &[T], limits: &[T]) -> Mask {
    let limits = &limits[..values.len()];
    gather(values.len(), |lane| values[lane].magnitude_bits() > limits[lane].magnitude_bits())
}

/// The lanes whose values do not have the same bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn differing<T: Real>(values: &[T], others: &[T]) -> Mask {
    let others = &others[..values.len()];
    gather(values.len(), |lane| values[lane].to_bits() != others[lane].to_bits())
}

/// Those of the first `lanes` lanes for which something holds. First a byte each, which a processor does for many at a time, as
/// long as they are found by number: compilers leave pairs of iterators one by one. Then a product brings the lowest bits of eight
/// bytes together in its highest byte.
#[inline(always)]
pub fn gather(lanes: usize, holds: impl Fn(usize) -> bool) -> Mask {
    let mut bytes = [0_u8; MAX_LANES];
    bytes[..lanes].iter_mut().enumerate().for_each(|(lane, byte)| *byte = u8::from(holds(lane)));
    let (eights, _) = bytes.as_chunks::<8>();
    let of_eight = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.iter().enumerate().fold(0, |all, (at, eight)| all | of_eight(eight) << (8 * at))
}

#[cfg(test)]
mod tests {
    use super::{differing, flagged, gather, lanes_of, within};
    use crate::expr::Real;

    #[test]
    fn every_lane_has_its_bit() {
        let pattern = |lane: usize| lane * lane % 7 < 3;
        let mask = gather(64, pattern);
        assert!((0..64).all(|lane| (mask >> lane & 1 == 1) == pattern(lane)));
        assert_eq!(lanes_of(gather(19, |_| true)).last(), Some(18));
    }

    #[test]
    fn bits_are_compared_and_not_numbers() {
        let values = [0.0_f32, -0.0, f32::NAN, f32::INFINITY, -2.0];
        assert_eq!(flagged(&values), 0b11110);
        assert_eq!(differing(&values, &[0.0, 0.0, f32::NAN, f32::INFINITY, 2.0]), 0b10010);
        assert_eq!(within(&values, f32::MAX_FINITE_BITS), 0b10011);
    }
}
