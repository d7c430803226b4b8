//! Which descents, of those whose stop test held, could not have stayed where they are: they rest on a saddle or a maximum.
//!
//! Asked here, of what every engine hands over, so that all give the same answer.

use crate::sweep::{
    FormulaSweep, GradientDerivative, KnobsAndPoint, MOST_ASKED, Outcome, StopTest, Sweep, TileOutcomes,
};

/// Tells `unstable` from `converged`.
pub struct Rest<'a> {
    asked: Option<(&'a FormulaSweep, GradientDerivative<'a>)>,
}

/// Cells that are asked about together.
const TOGETHER: usize = 1024;

impl<'a> Rest<'a> {
    /// For the descents of a sweep. Where the user's own condition ends them, and for networks, nothing is asked.
    pub fn of(sweep: &'a Sweep) -> Self {
        Self::of_formula(sweep.formula().map(AsRef::as_ref))
    }

    /// For those of a formula.
    pub fn of_formula(spec: Option<&'a FormulaSweep>) -> Self {
        let spec = spec.filter(|spec| matches!(spec.program.stop, StopTest::Gradient(_)));
        let asked = spec.and_then(|spec| Some((spec, GradientDerivative::new(spec, MOST_ASKED)?)));
        Self { asked }
    }

    /// Gives the descents of a tile that rest where none would stay the word for it. `place` is where on the map a cell of the
    /// tile is.
    pub fn tell(&self, tile: &mut TileOutcomes, place: impl Fn(usize) -> (usize, usize)) {
        let Some((spec, derivative)) = &self.asked else { return };
        let converged = |cell: &usize| tile.outcome[*cell] == Outcome::Converged;
        let Some(first) = (0..tile.outcome.len()).find(converged) else { return };
        // Mostly all are of one kind.
        if derivative.is_constant() && !unstable(spec, derivative, tile, &[first], &place)[0] {
            return;
        }
        let converged: Vec<usize> = (first..tile.outcome.len()).filter(converged).collect();
        for cells in converged.chunks(TOGETHER) {
            let found = unstable(spec, derivative, tile, cells, &place);
            for (cell, _) in cells.iter().zip(found).filter(|(_, unstable)| *unstable) {
                tile.outcome[*cell] = Outcome::Unstable;
            }
        }
    }
}

fn unstable(
    spec: &FormulaSweep,
    derivative: &GradientDerivative<'_>,
    tile: &TileOutcomes,
    cells: &[usize],
    place: &impl Fn(usize) -> (usize, usize),
) -> Vec<bool> {
    let point = |cell: &usize| tile.parameters.iter().map(|values| values[*cell]).collect();
    let points: Vec<Vec<f64>> = cells.iter().map(point).collect();
    let knobs = |cell: &usize| {
        let (x, y) = place(*cell);
        spec.knob_values(x, y)
    };
    let knobs: Vec<Vec<f64>> = cells.iter().map(knobs).collect();
    let asked: Vec<KnobsAndPoint<'_>> =
        knobs.iter().zip(&points).map(|(knobs, point)| KnobsAndPoint { knobs, point }).collect();
    derivative.unstable(&asked)
}
