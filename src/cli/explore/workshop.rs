//! What the page has made: maps, whole sweeps that run for a while, paths from the engine. What it handed over is kept here too.

use super::asked::{Asked, Place};
use super::shelf::Shelf;
use crate::analysis::{Tally, explained};
use crate::cli::flags::SweepArguments;
use crate::cli::flags::problem::HeldFile;
use crate::cli::flags::requested::requested;
use crate::cli::report;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Output, Watch, collect_watched, run_into};
use crate::files::{MAX_PAGE_CELLS, Page, PageTexts, style};
use crate::sweep::{FormulaSweep, Line, Request, RequestError, Sweep, SweepAxis, SweepRequest};
use serde::Serialize;
use std::path::Path;
use std::time::Instant;

/// Most values of the axes of a map that is made at once; the page makes what lies between.
const AT_ONCE: [usize; 2] = [320, 200];
/// Maps, tables and whole sweeps that are kept of each.
const KEPT: usize = 8;

/// What is made, and what it is made from.
#[derive(Debug)]
pub struct Workshop {
    /// Data that the command line named.
    given: Option<String>,
    threads: Option<usize>,
    pub maps: Shelf<String>,
    pub tables: Shelf<HeldFile>,
}

/// How large a map is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Few cells, within a moment.
    AtOnce,
    /// As it is asked for.
    Full,
}

/// A map that was made.
#[derive(Debug, Serialize)]
pub struct Made {
    /// Its number among [`Workshop::maps`].
    pub map: u64,
    cells: usize,
    /// Cells of the sweep as it is asked for.
    of: usize,
    notes: Vec<String>,
}

/// What a request comes to.
#[derive(Debug, Serialize)]
pub struct Checked {
    parameters: Vec<String>,
    cells: usize,
    notes: Vec<String>,
}

/// How a descent went, as the engine has it.
#[derive(Debug, Serialize)]
pub struct Followed {
    outcome: &'static str,
    steps: u32,
    loss: f64,
    ends: Vec<(String, f64)>,
}

impl Workshop {
    pub fn new(given: Option<String>, threads: Option<usize>) -> Self {
        Self { given, threads, maps: Shelf::new(KEPT), tables: Shelf::new(KEPT) }
    }

    /// What a document asks for.
    ///
    /// # Errors
    /// As [`Asked::read`].
    pub fn asked(&self, bytes: &[u8]) -> Result<Asked, RequestError> {
        Asked::read(bytes, self.given.as_deref(), |number| Some((*self.tables.get(number)?).clone()))
    }

    /// Makes a map and its page.
    ///
    /// # Errors
    /// A request that cannot be; an engine that failed or was stopped.
    pub fn map(&self, asked: &SweepArguments, size: Size, watch: &Watch<'_>) -> anyhow::Result<Made> {
        let request = formula(asked)?;
        let whole = request.resolve()?;
        let spec = match size {
            Size::AtOnce => smaller(&request, &whole)?,
            Size::Full if whole.cells() > MAX_PAGE_CELLS => return Err(too_large(&whole).into()),
            Size::Full => whole.clone(),
        };
        let sweep = Sweep::from(&spec);
        let mut page = Page::new(&sweep, style(&asked.outputs), Path::new("page"))?;
        let engine = CpuEngine::new(self.threads)?;
        engine.check(&sweep)?;
        let begun = Instant::now();
        let mut tally = Tally::new(&sweep);
        run_into(&engine, &sweep, watch, &mut |tile| tally.tile(tile).and_then(|()| page.tile(tile)))??;
        let mut summary = tally.finish(begun.elapsed());
        let known = explained(&sweep, &mut summary);
        let facts = report::facts(&sweep, None, &known, &summary);
        let texts = PageTexts { report: &facts, footer: &footer(&spec), asked: &asked.asked };
        let html = page.html(&summary, &known, texts)?;
        let notes = spec.notes.iter().map(ToString::to_string).collect();
        Ok(Made { map: self.maps.put(html), cells: spec.cells(), of: whole.cells(), notes })
    }

    /// Follows one descent.
    ///
    /// # Errors
    /// As [`Workshop::map`]; no cell.
    pub fn follow(&self, asked: &Asked, watch: &Watch<'_>) -> anyhow::Result<Followed> {
        let request = formula(&asked.arguments)?;
        let cell = asked.cell.ok_or_else(|| RequestError::new("the page", "", "says no cell to follow"))?;
        let spec = at_place(&request, cell)?;
        let engine = CpuEngine::new(self.threads)?;
        let sweep = Sweep::from(&spec);
        engine.check(&sweep)?;
        let found = collect_watched(&engine, &sweep, watch)?;
        let ends = spec.objective.parameters().iter().cloned();
        Ok(Followed {
            outcome: found.outcome[0].word(),
            steps: found.steps[0],
            loss: found.loss_final[0],
            ends: ends.zip(found.parameters.iter().map(|values| values[0])).collect(),
        })
    }
}

/// Whether a sweep can be made of it, and what it would be of.
///
/// # Errors
/// A request that cannot be.
pub fn check(asked: &SweepArguments) -> anyhow::Result<Checked> {
    let spec = formula(asked)?.resolve()?;
    Ok(Checked {
        parameters: spec.objective.parameters().to_vec(),
        cells: spec.cells(),
        notes: spec.notes.iter().map(ToString::to_string).collect(),
    })
}

/// Cell-steps of a whole sweep; 0 where there can be none.
pub fn work(asked: &SweepArguments) -> u64 {
    let spec = formula(asked).and_then(|request| request.resolve());
    spec.map_or(0, |spec| spec.cells() as u64 * (u64::from(spec.limits.steps) + 1))
}

/// The request of a formula; networks have no live map.
fn formula(asked: &SweepArguments) -> Result<Request, RequestError> {
    match requested(asked, asked.arithmetic.precision.on(true))? {
        SweepRequest::Formula(request) => Ok(*request),
        SweepRequest::Network(_) => {
            let name = asked.problem.objective.trim();
            let message = format!(
                "is a network, which takes longer to train than a page can wait. Type a formula here, or in a terminal: \
                 `alphasweep sweep {name} --html map.html` trains it, and makes a page of its map"
            );
            Err(RequestError::new("OBJECTIVE", name, message))
        }
    }
}

/// The same sweep with fewer values along its axes, if it has more than are made at once.
fn smaller(request: &Request, whole: &FormulaSweep) -> Result<FormulaSweep, RequestError> {
    let axes = std::iter::once(&whole.x).chain(&whole.y);
    let follows = [&whole.x_lines, &whole.y_lines].iter().any(|lines| lines.iter().any(|line| *line != Line::Axis));
    if follows || axes.clone().zip(AT_ONCE).all(|(axis, most)| axis.axis.len() <= most) {
        return Ok(whole.clone());
    }
    let fewer = |axis: &SweepAxis, most: usize| {
        let shorter = axis.axis.with_len(axis.axis.len().min(most));
        shorter.unwrap_or_else(|_| axis.axis.clone())
    };
    let made = axes
        .zip(AT_ONCE)
        .fold(request.clone().without_axes(), |made, (axis, most)| made.vary(axis.name.as_str(), fewer(axis, most)));
    made.resolve()
}

/// The descent of one cell.
fn at_place(request: &Request, cell: Place) -> Result<FormulaSweep, RequestError> {
    let whole = request.resolve()?;
    let values = std::iter::once((&whole.x, Some(cell.x))).chain(whole.y.iter().map(|axis| (axis, cell.y)));
    let mut one = request.clone().without_axes();
    for (axis, value) in values {
        let value = value.ok_or_else(|| RequestError::new("the page", "", "says no value for every axis"))?;
        let value = crate::sweep::Axis::list([value]).map_err(|why| RequestError::new("the page", value, why))?;
        one = one.vary(axis.name.as_str(), value);
    }
    one.resolve()
}

fn too_large(spec: &FormulaSweep) -> RequestError {
    let (cells, most) = (spec.cells(), MAX_PAGE_CELLS);
    let message =
        format!("the map has {cells} cells and a page holds {most}; take fewer values, or `alphasweep sweep`");
    RequestError::new("--alpha", spec.x.axis.text(), message)
}

fn footer(spec: &FormulaSweep) -> String {
    let (precision, steps) = (spec.precision, spec.limits.steps);
    format!("cpu, {precision}, up to {steps} steps  ·  alphasweep {}", env!("CARGO_PKG_VERSION"))
}
