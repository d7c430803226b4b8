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

/// So few lanes are looked at one by one: most steps at which a descent may have ended are of one or two.
const FEW: u32 = 4;

/// Those of some lanes whose magnitudes are not above a limit, compared as bits.
pub fn within<T: Real>(lanes: Mask, values: &[T], limit: T::Bits) -> Mask {
    if lanes.count_ones() > FEW {
        return lanes & all_within(values, limit);
    }
    mask_of(lanes_of(lanes).filter(|lane| values[*lane].magnitude_bits() <= limit))
}

/// Those of some lanes whose magnitudes are above limits of their own, likewise.
pub fn above<T: Real>(lanes: Mask, values: &[T], limits: &[T]) -> Mask {
    if lanes.count_ones() > FEW {
        return lanes & all_above(values, limits);
    }
    mask_of(lanes_of(lanes).filter(|lane| values[*lane].magnitude_bits() > limits[*lane].magnitude_bits()))
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn all_within<T: Real>(values: &[T], limit: T::Bits) -> Mask {
    gather(values, values, |value, _| value.magnitude_bits() <= limit)
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn all_above<T: Real>(values: &[T], limits: &[T]) -> Mask {
    gather(values, limits, |value, limit| value.magnitude_bits() > limit.magnitude_bits())
}

/// The lanes whose values do not have the same bits.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn differing<T: Real>(values: &[T], others: &[T]) -> Mask {
    gather(values, others, |value, other| value.to_bits() != other.to_bits())
}

/// The lanes for whose two numbers something holds. Sixteen at a time, each with its own bit, which are brought together by `or`: a
/// processor does that with whole vectors, where a byte for each lane takes it twice as long. There are at least as many `others`.
#[inline(always)]
fn gather<T: Real>(values: &[T], others: &[T], holds: impl Fn(T, T) -> bool) -> Mask {
    let ((sixteens, rest), (others, last)) = (values.as_chunks::<16>(), others[..values.len()].as_chunks::<16>());
    let mut all = 0;
    for (at, (sixteen, others)) in sixteens.iter().zip(others).enumerate() {
        let mut some = 0_u32;
        for lane in 0..16 {
            some |= if holds(sixteen[lane], others[lane]) { 1 << lane } else { 0 };
        }
        all |= Mask::from(some) << (16 * at);
    }
    for (lane, (value, other)) in rest.iter().zip(last).enumerate() {
        all |= Mask::from(holds(*value, *other)) << (16 * sixteens.len() + lane);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{MAX_LANES, Mask, above, all_within, differing, flagged, gather, lanes_of, mask_of, within};
    use crate::expr::Real;

    #[test]
    fn every_lane_has_its_bit() {
        let pattern = |lane: usize| lane * lane % 7 < 3;
        for lanes in [64, 32, 19, 16, 8, 2] {
            let values: Vec<f64> = (0..lanes).map(|lane| if pattern(lane) { 1.0 } else { 2.0 }).collect();
            let mask = gather(&values, &[1.0; 64], |value, other| value == other);
            assert_eq!(mask, mask_of((0..lanes).filter(|lane| pattern(*lane))), "{lanes} lanes");
        }
        assert_eq!(lanes_of(gather(&[0.0_f32; 19], &[0.0; 19], |_, _| true)).last(), Some(18));
    }

    #[test]
    fn bits_are_compared_and_not_numbers() {
        let values = [0.0_f32, -0.0, f32::NAN, f32::INFINITY, -2.0];
        assert_eq!(flagged(&values), 0b11110);
        assert_eq!(differing(&values, &[0.0, 0.0, f32::NAN, f32::INFINITY, 2.0]), 0b10010);
        assert_eq!(within(0b11111, &values, f32::MAX_FINITE_BITS), 0b10011);
    }

    #[test]
    fn a_few_lanes_are_judged_as_all_are() {
        let values: [f32; MAX_LANES] =
            std::array::from_fn(|lane| [1.0, -3.0, f32::NAN, 2.0, f32::NEG_INFINITY][lane % 5] * (lane / 5) as f32);
        let limits: [f32; MAX_LANES] = std::array::from_fn(|lane| 4.0 * (lane % 3) as f32);
        let largest = 5.0_f32.magnitude_bits();
        let [inside, over] = [within(Mask::MAX, &values, largest), above(Mask::MAX, &values, &limits)];
        assert_eq!(inside, all_within(&values, largest));
        assert!([inside, over].iter().all(|mask| (10..55).contains(&mask.count_ones())));
        for lanes in [0, 1, 1 << 63, 0b1011, 0b1_0110_1001, 0xF0F0 << 40, Mask::MAX >> 1] {
            assert_eq!(within(lanes, &values, largest), lanes & inside, "{lanes:b}");
            assert_eq!(above(lanes, &values, &limits), lanes & over, "{lanes:b}");
        }
    }
}
