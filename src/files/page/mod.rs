//! `--html`: one page that holds the map, reads it and recomputes any path of it. No network, no library.

mod cells;
mod document;
mod fit;
mod pack;
mod script;
mod theme;

pub use cells::PageTexts;

use super::deferred::DeferredFile;
use super::flags::{Flag, FlagKind, Scope};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::draw::Style;
use crate::engine::{Output, wasm};
use crate::store::WholeFile;
use crate::sweep::{FormulaSweep, RequestError, SweepAxis, TileOutcomes};
use cells::Cells;
use document::{Document, has_more_between};
use fit::Fit;
use std::io;
use std::path::Path;

/// `--html`
pub const HTML: Flag = Flag {
    scope: Scope::Formulas,
    ..Flag::new(
        "html",
        FlagKind::File,
        "FILE",
        "A page with the map to move, read and follow, for any browser; it needs no connection (formulas only)",
    )
};

pub const ROW: OutputRow =
    OutputRow { name: "page", flags: &[&HTML], own_run: false, note: None, check: Some(check), create };

fn check(context: &OutputContext<'_>) -> Result<(), RequestError> {
    let asked = context.flags.path(&HTML).zip(context.sweep.formula());
    asked.map_or(Ok(()), |(path, spec)| check_size(spec, path))
}

fn create(context: &OutputContext<'_>) -> Created {
    let Some((path, spec)) = context.flags.path(&HTML).zip(context.sweep.formula()) else { return Ok(None) };
    let page = Page::new(spec, context.style, path)?;
    Ok(Some(Box::new(PageFile { page, file: context.file(&HTML.typed(), path)? })))
}

/// A page, and where it goes.
struct PageFile {
    page: Page,
    file: DeferredFile,
}

impl Output for PageFile {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.page.tile(tile)
    }
}

impl FileOutput for PageFile {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        let texts = PageTexts { report: finished.report, footer: finished.footer };
        let html = self.page.html(finished.summary, finished.known, texts)?;
        Ok(vec![self.file.written(html.as_bytes())?])
    }
}

/// More cells than this would make a page that browsers open slowly.
pub const MAX_PAGE_CELLS: usize = 1 << 20;
/// Likewise for the numbers of the data that go with it.
const MAX_PAGE_DATA: usize = 1 << 18;

/// More numbers than this are not kept to say where cells came to rest.
const MAX_ENDS: usize = 1 << 24;

/// In this order: whether it is light or dark, its colours and style, data, functions of the formula, program of the page.
const TEMPLATE: &str = include_str!("page.html");
const SHEET: &str = include_str!("page.css");
const DRAWING: [&str; 5] = [
    include_str!("descent.js"),
    include_str!("axes.js"),
    include_str!("plots.js"),
    include_str!("map.js"),
    include_str!("paths.js"),
];
/// Where there is a model.
const FITTING: &str = include_str!("fit.js");
/// Where descents can be made anew.
const LIVING: &str = concat!(include_str!("kernel.js"), include_str!("rest.js"), include_str!("live.js"));
/// Where there are derived columns.
const COLUMNS: &str = include_str!("columns.js");
const READING: &str = include_str!("page.js");

/// Refuses what a page cannot hold, with the way out.
fn check_size(spec: &FormulaSweep, path: &Path) -> Result<(), RequestError> {
    let refuse = |what: String| Err(RequestError::new("--html", path.display(), what));
    let (cells, most) = (spec.cells(), MAX_PAGE_CELLS);
    if cells > most {
        return refuse(format!(
            "the sweep has {cells} cells and a page holds {most}; take fewer values per axis, or --npy DIR instead"
        ));
    }
    let tables = spec.data.iter().flat_map(|data| &data.tables);
    let numbers: usize = tables.map(|table| table.columns.iter().map(Vec::len).sum::<usize>()).sum();
    if numbers > MAX_PAGE_DATA {
        return refuse(format!(
            "the data has {numbers} numbers and a page holds {MAX_PAGE_DATA}; take fewer rows, columns or seeds"
        ));
    }
    Ok(())
}

/// Whether there are descents between those of the map: it has two axes, and one of them has values between those of the sweep.
fn is_live(spec: &FormulaSweep) -> bool {
    let has_more = |y: &SweepAxis| has_more_between(&spec.x, &spec.x_lines) || has_more_between(y, &spec.y_lines);
    spec.y.as_ref().is_some_and(has_more)
}

/// Gathers the map as tiles come.
pub struct Page {
    spec: FormulaSweep,
    style: Style,
    cells: Cells,
}

impl Page {
    /// An empty map, for a sweep that a page can hold.
    ///
    /// # Errors
    /// Too many cells or too much data, with the way out.
    pub fn new(spec: &FormulaSweep, style: Style, path: &Path) -> Result<Self, RequestError> {
        check_size(spec, path)?;
        let derived = vec![Vec::new(); spec.derived.len()];
        let parameters = spec.objective.parameters().len();
        let ends = vec![Vec::new(); if spec.cells() * parameters <= MAX_ENDS { parameters } else { 0 }];
        Ok(Self { spec: spec.clone(), style, cells: Cells { ends, derived, ..Cells::default() } })
    }

    /// The page.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub fn html(&self, summary: &Summary, known: &Known, texts: PageTexts<'_>) -> io::Result<String> {
        let fit = Fit::of(&self.spec);
        let model = fit.as_ref().map(|fit| &fit.document);
        let kernel = if is_live(&self.spec) { wasm::kernels(&self.spec) } else { None };
        let living = kernel.as_ref().map_or("", |_| LIVING);
        let document = Document::new(&self.spec, self.style, &self.cells, summary, known, (texts, model, kernel))?;
        // Nothing of a formula may end the script it stands in.
        let data = serde_json::to_string(&document)?.replace('<', "\\u003c");
        let palette = self.style.palette;
        let sheet = theme::colours(palette) + SHEET;
        let columns = if self.spec.derived.is_empty() { "" } else { COLUMNS };
        let fitting = fit.as_ref().map_or("", |_| FITTING);
        let functions = script::script(&self.spec.program) + &fit.map_or(String::new(), |fit| fit.script());
        let program = DRAWING.concat() + fitting + columns + living + READING;
        let parts = [theme::scheme(palette).to_owned(), sheet, data, functions, program];
        let mut between = TEMPLATE.split("/*PART*/");
        let first = between.next().unwrap_or_default().to_owned();
        Ok(parts.into_iter().zip(between).fold(first, |page, (part, rest)| page + &part + rest))
    }
}

impl Output for Page {
    /// Tiles follow each other in y-major order of their cells.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.cells.outcomes.extend_from_slice(&tile.outcome);
        self.cells.keys.extend((0..tile.tile.cells()).map(|cell| self.style.shade.key(tile, cell)));
        self.cells.steps.extend_from_slice(&tile.steps);
        self.cells.losses.extend_from_slice(&tile.loss_final);
        for (all, values) in self.cells.ends.iter_mut().zip(&tile.parameters) {
            all.extend(values.iter().map(|value| *value as f32));
        }
        for (all, values) in self.cells.derived.iter_mut().zip(&tile.derived) {
            all.extend_from_slice(values);
        }
        Ok(())
    }
}
