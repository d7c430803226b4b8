//! Boundaries whose dimension is known, through the same counts: a smooth one and a rough one.

use super::boxes::Labels;

/// The smooth one, of dimension 1 (of a line: 0). On a plane an ellipse, on a line one point.
pub fn smooth((nx, ny): (usize, usize)) -> Labels {
    let (wide, high) = ((nx - 1) as f64, (ny.max(2) - 1) as f64);
    Labels::new((nx, ny), |x, y| {
        // Nothing about it fits the grid.
        let (x, y) = (x as f64 / wide - 0.507_3, if ny == 1 { 0.0 } else { y as f64 / high - 0.492_1 });
        u16::from((x / 0.393).powi(2) + (y / 0.351).powi(2) < 1.0)
    })
}

/// The rough one. On a plane the curve of von Koch (1904), of dimension ln 4/ln 3; on a line the ends of the gaps of Cantor's middle
/// thirds, of dimension ln 2/ln 3. A graph of Weierstrass's was rejected: its counts come near to their dimension too slowly.
pub fn rough((nx, ny): (usize, usize)) -> Labels {
    let (wide, high) = ((nx - 1) as f64, (ny.max(2) - 1) as f64);
    if ny == 1 {
        return Labels::new((nx, 1), |x, _| cantor_gap(x as f64 / wide));
    }
    Labels::new((nx, ny), |x, y| {
        // Over a little more than the width, so that nothing about it fits the grid.
        let (x, y) = (x as f64 / wide * 0.963 + 0.021, (y as f64 / high - 0.371) * 0.963);
        u16::from(y <= 0.0 || is_below_koch(x, y, DEPTH))
    })
}

/// Finer than any grid.
const DEPTH: u32 = 14;

/// Whether a point is between the curve over the segment from (0, 0) to (1, 0) and that segment.
fn is_below_koch(x: f64, y: f64, depth: u32) -> bool {
    let root = 3.0_f64.sqrt();
    if depth == 0 || !(0.0..=1.0).contains(&x) || y < 0.0 || y > root / 6.0 {
        return false;
    }
    if y <= root * (x - 1.0 / 3.0).min(2.0 / 3.0 - x) {
        return true;
    }
    // Of each of the four pieces where it begins, and its direction.
    let pieces = [
        (0.0, 0.0, 1.0, 0.0),
        (1.0 / 3.0, 0.0, 0.5, root / 2.0),
        (0.5, root / 6.0, 0.5, -root / 2.0),
        (2.0 / 3.0, 0.0, 1.0, 0.0),
    ];
    pieces.into_iter().any(|(left, low, cosine, sine)| {
        let (x, y) = (3.0 * (x - left), 3.0 * (y - low));
        is_below_koch(x * cosine + y * sine, y * cosine - x * sine, depth - 1)
    })
}

/// What [`smooth`] and [`rough`] come to.
pub fn known(is_line: bool) -> (f64, f64) {
    if is_line { (0.0, 2.0_f64.ln() / 3.0_f64.ln()) } else { (1.0, 4.0_f64.ln() / 3.0_f64.ln()) }
}

/// The generation of the gap that a number is in, odd or even; of none 2.
fn cantor_gap(mut x: f64) -> u16 {
    for generation in 0..30 {
        x *= 3.0;
        let third = x.floor();
        if third == 1.0 {
            return generation % 2;
        }
        x -= third;
    }
    2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_smooth_boundary_has_dimension_1_and_a_rough_one_what_is_known_of_it() {
        for (labels, known) in [(smooth((1025, 1025)), 1.0), (rough((1025, 1025)), 1.2619)] {
            let found = labels.box_dimension().fitted.expect("many boxes").slope;
            let near = if known == 1.0 { 0.02 } else { 0.05 };
            assert!((found - known).abs() < near, "{found} for {known}");
        }
    }

    #[test]
    fn on_a_line_one_point_has_dimension_0_and_cantor_s_set_what_is_known_of_it() {
        let point = smooth((4097, 1)).box_dimension().fitted.expect("some boxes").slope;
        assert!(point.abs() < 0.02, "{point}");
        let cantor = rough((65_537, 1)).box_dimension().fitted.expect("many boxes").slope;
        assert!((cantor - 0.6309).abs() < 0.05, "{cantor}");
    }

    /// The sibling: noise fills the plane, and no boundary of a half.
    #[test]
    fn noise_has_dimension_2() {
        let mut state = 1_u64;
        let mut draw = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as u16 & 1
        };
        let of = (0..257 * 257).map(|_| draw()).collect();
        let counts = Labels { nx: 257, ny: 257, of }.box_counts();
        assert!(counts.iter().skip(2).all(|count| count.boxes == count.of), "{counts:?}");
    }
}
