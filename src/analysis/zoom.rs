//! Where to look closer.

use super::window::{Place, Window};
use crate::sweep::Outcome;

/// The window around a place, `factor` times smaller along each axis, and within the old one.
///
/// Gives with it the corner at which it begins, as a place of the old one.
pub fn closer(window: &Window, at: Place, factor: f64) -> (Window, Place) {
    let width = 1.0 / factor;
    let from = at.map(|at| (at - width / 2.0).clamp(0.0, 1.0 - width));
    let y = window.y.as_ref().map(|y| y.part(from[1], from[1] + width));
    (Window { x: window.x.part(from[0], from[0] + width), y }, from)
}

/// The cell of a map that is most contested in the next window: next to another outcome, and with outcomes around it that are
/// as mixed as can be, in coherent regions; dust, cells that are alone, counts against it. None where there is no boundary.
pub fn most_contested(outcomes: &[Outcome], (nx, ny): (usize, usize), factor: f64) -> Option<(usize, usize)> {
    let at = |x: usize, y: usize| outcomes[y * nx + x];
    let near = |x: usize, y: usize| {
        let left = (x > 0).then(|| at(x - 1, y));
        let below = (y > 0).then(|| at(x, y - 1));
        let right = (x + 1 < nx).then(|| at(x + 1, y));
        let above = (y + 1 < ny).then(|| at(x, y + 1));
        [left, below, right, above].into_iter().flatten()
    };
    let dust = Sums::new((nx, ny), |x, y| near(x, y).all(|other| other != at(x, y)));
    let mut known: Vec<Outcome> = outcomes.to_vec();
    known.sort_unstable();
    known.dedup();
    let each: Vec<Sums> = known.iter().map(|outcome| Sums::new((nx, ny), |x, y| at(x, y) == *outcome)).collect();
    let half = [(nx as f64 / factor / 2.0).ceil() as usize, (ny as f64 / factor / 2.0).ceil() as usize];
    let score = |x: usize, y: usize| {
        let (xs, ys) =
            ((x.saturating_sub(half[0]), (x + half[0]).min(nx)), (y.saturating_sub(half[1]), (y + half[1]).min(ny)));
        let cells = ((xs.1 - xs.0) * (ys.1 - ys.0)) as f64;
        let share = |sums: &Sums| f64::from(sums.within(xs, ys)) / cells;
        let mixed: f64 = each.iter().map(share).filter(|share| *share > 0.0).map(|share| -share * share.ln()).sum();
        mixed * (1.0 - share(&dust)).powi(4)
    };
    let boundary = (0..ny)
        .flat_map(|y| (0..nx).map(move |x| (x, y)))
        .filter(|(x, y)| near(*x, *y).any(|other| other != at(*x, *y)));
    boundary.max_by(|a, b| score(a.0, a.1).total_cmp(&score(b.0, b.1)))
}

/// How many cells are marked, below and left of each.
struct Sums {
    nx: usize,
    of: Vec<u32>,
}

impl Sums {
    fn new((nx, ny): (usize, usize), is: impl Fn(usize, usize) -> bool) -> Self {
        let mut of = vec![0; (nx + 1) * (ny + 1)];
        for y in 0..ny {
            let mut row = 0;
            for x in 0..nx {
                row += u32::from(is(x, y));
                of[(y + 1) * (nx + 1) + x + 1] = of[y * (nx + 1) + x + 1] + row;
            }
        }
        Self { nx, of }
    }

    fn within(&self, xs: (usize, usize), ys: (usize, usize)) -> u32 {
        let at = |x: usize, y: usize| self.of[y * (self.nx + 1) + x];
        at(xs.1, ys.1) + at(xs.0, ys.0) - at(xs.0, ys.1) - at(xs.1, ys.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Span;
    use Outcome::{Converged as C, Diverged as D};

    #[test]
    fn a_closer_window_has_its_values_from_the_old_one_and_stays_within() {
        let x = Span { lo: 1.0, hi: 16.0, log: true };
        let y = Some(Span { lo: -1.0, hi: 1.0, log: false });
        let (closer, from) = closer(&Window { x, y }, [0.5, 0.9], 4.0);
        assert!(
            (closer.x.lo - 4.0 / 2.0_f64.sqrt()).abs() < 1e-12 && (closer.x.hi - 4.0 * 2.0_f64.sqrt()).abs() < 1e-12
        );
        assert_eq!(closer.y, Some(Span { lo: 0.5, hi: 1.0, log: false }), "not beyond the edge");
        assert_eq!(from[1], 0.75);
    }

    #[test]
    fn a_straight_boundary_is_looked_at_and_dust_is_not() {
        // A clean edge to the left, single cells to the right.
        let outcome =
            |x: usize, y: usize| if x < 10 || (x > 40 && x.is_multiple_of(2) && y.is_multiple_of(2)) { C } else { D };
        let map: Vec<Outcome> = (0..64 * 64).map(|cell| outcome(cell % 64, cell / 64)).collect();
        let (x, _) = most_contested(&map, (64, 64), 4.0).expect("there is a boundary");
        assert!((9..=10).contains(&x), "{x}");
        assert_eq!(most_contested(&[C; 64 * 64], (64, 64), 4.0), None);
    }
}
