//! `dimension.json` and `dimension.png`: what the boundary of the map is made of.

use super::deferred::DeferredFile;
use super::fact::Fact;
use super::flags::{Flag, FlagKind};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::analysis::Window;
use crate::analysis::dimension::{
    Boundary, LabelOf, Labeller, Labels, LastPlace, Pairs, Uncertainty, drawn, listed, minimum_of,
};
use crate::draw::{Style, dimension_picture};
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::{Column, FormulaSweep, Precision, Request, RequestError, Sweep, TileOutcomes};
use std::io;

/// `--dimension`
pub const DIMENSION: Flag = Flag::new(
    "dimension",
    FlagKind::Text,
    "arrived|diverged|outcome|minimum",
    "What the boundary of the cells that arrived (diverged; between outcomes; between minima) is made of: its dimension by boxes and \
     by pairs of descents, its entropy, beside boundaries of known dimension, as DIR/dimension.json and .png",
);

pub const ROW: OutputRow =
    OutputRow { name: "dimension", flags: &[&DIMENSION], own_run: true, note: None, check: Some(check), create };

/// Pairs at each distance.
const PAIRS: u32 = 1 << 15;
/// From one distance to the next: half a decade.
const RATIO: f64 = 0.316_227_766_016_837_94;
/// A distance is at least so many units in the last place.
const GRAINS: f64 = 1024.0;
/// The smallest distance that is asked.
const SMALLEST: f64 = 1e-9;
/// Most cells of the boundary whose last place is changed.
const MOST_FLIPPED: usize = 4096;
/// Points along an axis with which boxes of three sides are counted.
const FEWEST: usize = 65;

/// Labels as tiles come.
struct Gathered {
    of: LabelOf,
    minimum: Option<Column>,
    grid: Labels,
    request: Option<Request>,
    style: Style,
    files: [DeferredFile; 2],
}

fn asked(context: &OutputContext<'_>) -> Result<Option<LabelOf>, RequestError> {
    let Some(word) = context.flags.text(&DIMENSION) else { return Ok(None) };
    let wrong = |message: String| RequestError::new(&DIMENSION.typed(), word, message);
    let of = LabelOf::from_word(word);
    let of = of.ok_or_else(|| wrong(format!("is none of {}", LabelOf::WORDS.join(", "))))?;
    let grid = context.sweep;
    if grid.nx() < FEWEST || (grid.y.is_some() && grid.ny() < FEWEST) {
        return Err(wrong(format!("needs {FEWEST} values along each axis, better 2^n + 1 such as 1025; take more")));
    }
    if of == LabelOf::Minimum && minimum_of(grid).is_none() {
        return Err(wrong("which minimum was reached must be measured for that; add --measure minimum".to_owned()));
    }
    Ok(Some(of))
}

fn check(context: &OutputContext<'_>) -> Result<(), RequestError> {
    asked(context).map(drop)
}

fn create(context: &OutputContext<'_>) -> Created {
    let Some(of) = asked(context)? else { return Ok(None) };
    let sweep = context.sweep;
    let file = |name: &str| context.file(&DIMENSION.typed(), &context.folder.join(name));
    Ok(Some(Box::new(Gathered {
        of,
        minimum: minimum_of(sweep).cloned(),
        grid: Labels { nx: sweep.nx(), ny: sweep.ny(), of: Vec::with_capacity(sweep.cells()) },
        request: context.request.cloned(),
        style: context.style,
        files: [file("dimension.json")?, file("dimension.png")?],
    })))
}

impl Output for Gathered {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let label = |cell: usize| self.of.of(tile, self.minimum.as_ref(), cell);
        self.grid.of.extend((0..tile.outcome.len()).map(label));
        Ok(())
    }
}

impl FileOutput for Gathered {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        let mut found = Boundary::of(self.of, &self.grid);
        match self.further(finished) {
            Ok((uncertainty, last_place)) => {
                if uncertainty.fitted.is_none() {
                    found.unknown.push("too few pairs differ for an exponent".to_owned());
                }
                (found.uncertainty, found.last_place) = (Some(uncertainty), Some(last_place));
            }
            Err(Without::Because(why)) => found.unknown.push(format!("no pairs of descents: {why}")),
            Err(Without::Failed(error)) => return Err(error),
        }
        finished.said.borrow_mut().extend(told(&found));
        let json = serde_json::to_vec_pretty(&found).map_err(io::Error::other)?;
        let picture = dimension_picture(finished.sweep, &found, self.style, finished.footer)?;
        let [document, image] = self.files;
        Ok(vec![document.written(&json)?, image.written(&picture)?])
    }
}

/// Why there are no further descents.
enum Without {
    Because(String),
    Failed(OutputError),
}

impl Gathered {
    /// Pairs of descents at smaller and smaller distances; and the boundary's own cells with another last place.
    fn further(&self, finished: &Finished<'_>) -> Result<(Uncertainty, LastPlace), Without> {
        let because = |why: &str| Without::Because(why.to_owned());
        let spec = finished.sweep.formula().ok_or_else(|| because("the sweep is of a network"))?;
        let request = self.request.as_ref().ok_or_else(|| because("the sweep was put together from parts"))?;
        let run = finished.run_sweeps.ok_or_else(|| because("no engine is at hand"))?;
        let window = Window::of(spec).map_err(Without::Because)?;
        let sweep = Sweep::from(spec);
        let runs = Runs { request, spec, labeller: Labeller::new(self.of, &sweep, finished.known), run };
        let unit = if spec.precision == Precision::F64 { f64::EPSILON } else { f64::from(f32::EPSILON) };
        let least = (GRAINS * window.grain(unit)).max(SMALLEST);
        let on_boundary = self.grid.on_boundary();
        if on_boundary.is_empty() {
            return Err(because("all cells have one label, and there is no boundary"));
        }
        // Up to a step of the grid.
        let largest = 1.0 / (self.grid.nx.max(self.grid.ny) - 1) as f64;
        let distances: Vec<f64> = std::iter::successors(Some(largest), |last| Some(last * RATIO))
            .take_while(|epsilon| *epsilon >= least)
            .collect();
        let points: Vec<_> = (0..PAIRS).map(|number| drawn(&self.grid, &on_boundary, number)).collect();
        let here = runs.labels(&points.iter().map(|(point, _)| window.values(*point)).collect::<Vec<_>>())?;
        let mut pairs = Vec::new();
        for epsilon in distances {
            let moved: Vec<[f64; 2]> =
                points.iter().map(|(point, direction)| window.values(beside(*point, *direction, epsilon))).collect();
            let there = runs.labels(&moved)?;
            let differ = here.iter().zip(&there).filter(|(a, b)| a != b).count() as u64;
            pairs.push(Pairs { epsilon, pairs: u64::from(PAIRS), differ });
        }
        Ok((Uncertainty::of(pairs), self.last_place(&on_boundary, &runs)?))
    }

    fn last_place(&self, all: &[usize], runs: &Runs<'_>) -> Result<LastPlace, Without> {
        let spec = runs.spec;
        // The number next to 0 is none that a descent can have.
        let has_next = |cell: &usize| spec.x.axis.value(cell % self.grid.nx) != 0.0;
        let cells = all.iter().copied().filter(has_next).step_by(all.len().div_ceil(MOST_FLIPPED));
        let cells: Vec<usize> = cells.collect();
        if cells.is_empty() {
            return Ok(LastPlace { cells: 0, flipped: 0 });
        }
        let moved = |cell: &usize| {
            let (x, y) = (cell % self.grid.nx, cell / self.grid.nx);
            let value = spec.precision.round(spec.x.axis.value(x));
            let next =
                if spec.precision == Precision::F64 { value.next_up() } else { f64::from((value as f32).next_up()) };
            [next, spec.y.as_ref().map_or(0.0, |axis| axis.axis.value(y))]
        };
        let labels = runs.labels(&cells.iter().map(moved).collect::<Vec<_>>())?;
        let flipped = cells.iter().zip(&labels).filter(|(cell, label)| self.grid.of[**cell] != **label).count() as u64;
        Ok(LastPlace { cells: cells.len() as u64, flipped })
    }
}

/// The point at a distance, on the side where it stays in the window.
fn beside(point: [f64; 2], direction: [f64; 2], epsilon: f64) -> [f64; 2] {
    let along = |at: usize| {
        let (there, back) = (point[at] + epsilon * direction[at], point[at] - epsilon * direction[at]);
        if (0.0..=1.0).contains(&there) { there } else { back }
    };
    [along(0), along(1)]
}

/// Runs descents from anywhere on the map.
struct Runs<'a> {
    request: &'a Request,
    spec: &'a FormulaSweep,
    labeller: Labeller<'a>,
    run: &'a super::output::RunSweeps<'a>,
}

impl Runs<'_> {
    fn labels(&self, values: &[[f64; 2]]) -> Result<Vec<u16>, Without> {
        let sweep = listed(self.request, self.spec, values).map_err(|error| Without::Because(error.to_string()))?;
        let mut labels = Vec::with_capacity(values.len());
        let ran = (self.run)(&[&sweep], &mut |_, tile| {
            labels.extend(self.labeller.labels(tile));
            Ok(())
        });
        ran.map(|()| labels).map_err(Without::Failed)
    }
}

/// For people.
fn told(found: &Boundary) -> Vec<Fact> {
    let with = |slope: Option<crate::analysis::dimension::LogFit>| {
        slope.map_or_else(
            || "unknown, because there are too few boxes".to_owned(),
            |fit| format!("{:.3} (slopes from {:.2} to {:.2})", fit.slope, fit.from, fit.to),
        )
    };
    let mut lines = vec![format!(
        "{} by boxes; {} has {}, known {:.2}; {} has {}, known {:.3}",
        with(found.boxes.fitted),
        found.smooth.what,
        with(found.smooth.boxes.fitted),
        found.smooth.known,
        found.rough.what,
        with(found.rough.boxes.fitted),
        found.rough.known
    )];
    if let Some((by_pairs, fit)) = found.by_pairs().zip(found.uncertainty.as_ref().and_then(|pairs| pairs.fitted)) {
        lines.push(format!(
            "{by_pairs:.3} by pairs of descents: uncertainty exponent {:.3}, {} distances",
            fit.slope, fit.points
        ));
    }
    lines.push(format!(
        "basin entropy {:.4}, of boundary boxes {} (smooth {}; above ln 2 = 0.693: fractal)",
        found.entropy.all,
        found.entropy.boundary.map_or_else(|| "none".to_owned(), |entropy| format!("{entropy:.3}")),
        found.smooth_entropy.boundary.map_or_else(|| "none".to_owned(), |entropy| format!("{entropy:.3}")),
    ));
    if let Some(LastPlace { cells, flipped }) = found.last_place {
        lines.push(format!("{flipped} of {cells} boundary cells change with the last place of x"));
    }
    lines.extend(found.unknown.iter().map(|why| format!("unknown: {why}")));
    let label = |at: usize| if at == 0 { "dimension" } else { "" };
    lines.into_iter().enumerate().map(|(at, line)| Fact { label: label(at), parts: vec![line] }).collect()
}
