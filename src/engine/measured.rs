//! What was asked to be measured of every descent, from what engines hand over: here, so that all give the same answer.

use crate::sweep::{
    Ended, FormulaSweep, GradientDerivative, KnobsAndPoint, Measure, Sweep, TileOutcomes, largest_real,
};

/// Tells the measures of descents.
pub struct Measured<'a>(Option<(&'a FormulaSweep, Option<Sharpness<'a>>)>);

/// Cells whose points are looked at together.
const TOGETHER: usize = 1024;

impl<'a> Measured<'a> {
    /// For the descents of a sweep; trainings of networks are measured by their engines.
    pub fn of(sweep: &'a Sweep) -> Self {
        Self::of_formula(sweep.formula().map(AsRef::as_ref))
    }

    /// For those of a formula.
    pub fn of_formula(spec: Option<&'a FormulaSweep>) -> Self {
        let measured = spec.filter(|spec| !spec.measures.is_empty());
        Self(measured.map(|spec| (spec, spec.measures.contains(&Measure::Sharpness).then(|| Sharpness::new(spec)))))
    }

    /// Puts the measures of a tile in the place of what they are told from; outcomes are known. `place` is where on the map a
    /// cell of the tile is.
    pub fn tell(&self, tile: &mut TileOutcomes, place: impl Fn(usize) -> (usize, usize)) {
        let Some((spec, sharpness)) = &self.0 else { return };
        let mut watched = std::mem::take(&mut tile.measures).into_iter();
        let mut places = spec.program.watched.iter();
        let found: Vec<Vec<f64>> = spec
            .measures
            .iter()
            .map(|measure| match measure {
                Measure::Sharpness => {
                    sharpness.as_ref().map_or_else(Vec::new, |sharpness| sharpness.at_the_ends(tile, &place))
                }
                measure if measure.is_watched() => {
                    let lists: Vec<Vec<f64>> = watched.by_ref().take(places.next().map_or(0, Vec::len)).collect();
                    told(*measure, spec, tile, &lists)
                }
                _ => vec![Measure::UNKNOWN; tile.outcome.len()],
            })
            .collect();
        let rounded = |value: f64| spec.precision.round(value);
        tile.measures = found.into_iter().map(|list| list.into_iter().map(rounded).collect()).collect();
    }
}

/// A measure of every cell, from the lists of what was carried for it.
fn told(measure: Measure, spec: &FormulaSweep, tile: &TileOutcomes, lists: &[Vec<f64>]) -> Vec<f64> {
    let mut watched = vec![0.0; lists.len()];
    let mut told = |cell: usize| {
        watched.iter_mut().zip(lists).for_each(|(to, list)| *to = list[cell]);
        measure.told(&Ended {
            watched: &watched,
            outcome: tile.outcome[cell],
            loss_final: tile.loss_final[cell],
            steps: tile.steps[cell],
            most_steps: spec.limits.steps,
        })
    };
    (0..tile.outcome.len()).map(|cell| told(cell).unwrap_or(Measure::UNKNOWN)).collect()
}

/// The sharpness where descents ended: the largest eigenvalue of K, which is the Hessian where the gradient is derived.
struct Sharpness<'a> {
    spec: &'a FormulaSweep,
    derivative: Option<GradientDerivative<'a>>,
}

/// Parameters of which all second derivatives are taken, for all cells at once; it is as many products as there are parameters.
const MOST: usize = 64;

impl<'a> Sharpness<'a> {
    fn new(spec: &'a FormulaSweep) -> Self {
        Self { spec, derivative: GradientDerivative::new(spec, MOST) }
    }

    fn at_the_ends(&self, tile: &TileOutcomes, place: &impl Fn(usize) -> (usize, usize)) -> Vec<f64> {
        let cells: Vec<usize> = (0..tile.outcome.len()).collect();
        let Some(derivative) = &self.derivative else {
            // Many parameters: products, cell by cell.
            let one = |cell: &usize| {
                let point: Vec<f64> = tile.parameters.iter().map(|values| values[*cell]).collect();
                crate::sweep::Sharpness::new(self.spec, place(*cell)).map_or(Measure::UNKNOWN, |found| found.at(&point))
            };
            return cells.iter().map(one).collect();
        };
        if derivative.is_constant() && !cells.is_empty() {
            return vec![self.of(derivative, tile, &cells[..1], place)[0]; cells.len()];
        }
        cells.chunks(TOGETHER).flat_map(|cells| self.of(derivative, tile, cells, place)).collect()
    }

    fn of(
        &self,
        derivative: &GradientDerivative<'_>,
        tile: &TileOutcomes,
        cells: &[usize],
        place: &impl Fn(usize) -> (usize, usize),
    ) -> Vec<f64> {
        let point = |cell: &usize| tile.parameters.iter().map(|values| values[*cell]).collect();
        let knobs = |cell: &usize| {
            let (x, y) = place(*cell);
            self.spec.knob_values(x, y)
        };
        let (points, knobs): (Vec<Vec<f64>>, Vec<Vec<f64>>) =
            (cells.iter().map(point).collect(), cells.iter().map(knobs).collect());
        let asked: Vec<KnobsAndPoint<'_>> =
            knobs.iter().zip(&points).map(|(knobs, point)| KnobsAndPoint { knobs, point }).collect();
        derivative.at(&asked).iter().map(|found| largest_real(&found.k)).collect()
    }
}
