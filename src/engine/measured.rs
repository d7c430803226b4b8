//! What was asked to be measured of every descent, from what engines hand over: here, so that all give the same answer.

use crate::sweep::{Ended, FormulaSweep, KnobsAndPoint, Measure, Sharpness, Sweep, TileOutcomes};

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
                Measure::Sharpness => at_the_ends(spec, sharpness.as_ref(), tile, &place),
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

fn at_the_ends(
    spec: &FormulaSweep,
    sharpness: Option<&Sharpness<'_>>,
    tile: &TileOutcomes,
    place: &impl Fn(usize) -> (usize, usize),
) -> Vec<f64> {
    let cells: Vec<usize> = (0..tile.outcome.len()).collect();
    let Some(sharpness) = sharpness else { return vec![Measure::UNKNOWN; cells.len()] };
    let mut found = Vec::with_capacity(cells.len());
    for cells in cells.chunks(TOGETHER) {
        let points: Vec<Vec<f64>> =
            cells.iter().map(|cell| tile.parameters.iter().map(|values| values[*cell]).collect()).collect();
        let knobs: Vec<Vec<f64>> = cells
            .iter()
            .map(|cell| {
                let (x, y) = place(*cell);
                spec.knob_values(x, y)
            })
            .collect();
        let asked: Vec<KnobsAndPoint<'_>> =
            knobs.iter().zip(&points).map(|(knobs, point)| KnobsAndPoint { knobs, point }).collect();
        found.extend(sharpness.at(&asked).into_iter().map(|found| found.unwrap_or(Measure::UNKNOWN)));
    }
    found
}
