//! `--html`: one page that holds the map, reads it and recomputes any path of it. No network, no library.

mod cells;
mod descent;
mod document;
mod fit;
mod kernels;
mod living;
mod pack;
mod policy;
mod script;
mod theme;

pub use cells::PageTexts;

use super::deferred::DeferredFile;
use super::flags::{Flag, FlagKind, Scope};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::analysis::Summary;
use crate::analysis::theory::Known;
use crate::draw::Style;
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::{Place, RequestError, Sweep, TileOutcomes};
use cells::Cells;
use descent::DescentDocument;
use document::Document;
use fit::Fit;
use kernels::Kernels;
use std::io;
use std::path::Path;

/// `--html`
pub const HTML: Flag = Flag {
    scope: Scope::Every,
    ..Flag::new(
        "html",
        FlagKind::File,
        "FILE",
        "A page with the map to move, read and follow, for any browser; it needs no connection",
    )
};

pub const ROW: OutputRow =
    OutputRow { name: "page", flags: &[&HTML], own_run: false, note: None, check: Some(check), create };

fn check(context: &OutputContext<'_>) -> Result<(), RequestError> {
    context.flags.path(&HTML).map_or(Ok(()), |path| check_size(context.sweep, path))
}

fn create(context: &OutputContext<'_>) -> Created {
    let Some(path) = context.flags.path(&HTML) else { return Ok(None) };
    let page = Page::new(context.sweep, context.style, path)?;
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
        let texts = PageTexts { report: finished.report, footer: finished.footer, asked: finished.asked };
        let html = self.page.html(finished.summary, finished.known, texts)?;
        Ok(vec![self.file.written(html.as_bytes())?])
    }
}

/// More cells than this would make a page that browsers open slowly.
pub const MAX_PAGE_CELLS: usize = 1 << 20;
/// Likewise for the numbers of the data that go with it, and of histories.
const MAX_PAGE_DATA: usize = 1 << 18;
const MAX_PAGE_HISTORY: usize = 1 << 22;

/// More numbers than this are not kept to say where cells came to rest.
const MAX_ENDS: usize = 1 << 24;

/// In this order: what it may do, whether it is light or dark, its colours and style, data, functions of the formula with the
/// program of the page.
const TEMPLATE: &str = include_str!("page.html");
const SHEET: &str = include_str!("page.css");
const DRAWING: [&str; 12] = [
    include_str!("descent.js"),
    include_str!("axes.js"),
    include_str!("plots.js"),
    include_str!("map.js"),
    include_str!("paths.js"),
    include_str!("constant.js"),
    include_str!("colour.js"),
    include_str!("state.js"),
    include_str!("panel.js"),
    include_str!("ranges.js"),
    include_str!("advice.js"),
    include_str!("save.js"),
];
/// Where there is a model.
const FITTING: &str = include_str!("fit.js");
/// Where descents can be made anew.
const LIVING: &str = concat!(
    include_str!("kernel.js"),
    include_str!("rest.js"),
    include_str!("gpu.js"),
    include_str!("live.js"),
    include_str!("switch.js")
);
/// Where there are columns beside losses, steps and outcomes.
const COLUMNS: &str = include_str!("columns.js");
/// Where there are networks, whose trainings nobody makes anew in a page.
const TRAINING: &str = include_str!("training.js");
const READING: &str = include_str!("page.js");

/// Refuses what a page cannot hold, with the way out.
fn check_size(sweep: &Sweep, path: &Path) -> Result<(), RequestError> {
    let refuse = |what: String| Err(RequestError::new("--html", path.display(), what));
    let (cells, most) = (sweep.cells(), MAX_PAGE_CELLS);
    if cells > most {
        return refuse(format!(
            "the sweep has {cells} cells and a page holds {most}; take fewer values per axis, or --npy DIR instead"
        ));
    }
    let histories = sweep.history.as_ref().map_or(0, |history| history.columns.len());
    let recorded = cells.saturating_mul(sweep.records()).saturating_mul(histories);
    if recorded > MAX_PAGE_HISTORY {
        return refuse(format!(
            "the histories have {recorded} numbers and a page holds {MAX_PAGE_HISTORY}; take a larger --history N"
        ));
    }
    let tables = sweep.formula().and_then(|spec| spec.data.as_ref()).into_iter().flat_map(|data| &data.tables);
    let numbers: usize = tables.map(|table| table.columns.iter().map(Vec::len).sum::<usize>()).sum();
    if numbers > MAX_PAGE_DATA {
        return refuse(format!(
            "the data has {numbers} numbers and a page holds {MAX_PAGE_DATA}; take fewer rows, columns or seeds"
        ));
    }
    Ok(())
}

/// Gathers the map as tiles come.
pub struct Page {
    sweep: Sweep,
    style: Style,
    cells: Cells,
}

impl Page {
    /// An empty map, for a sweep that a page can hold.
    ///
    /// # Errors
    /// Too many cells or too much data, with the way out.
    pub fn new(sweep: &Sweep, style: Style, path: &Path) -> Result<Self, RequestError> {
        check_size(sweep, path)?;
        let parameters = sweep.formula().map_or(0, |spec| spec.objective.parameters().len());
        let ends = if sweep.cells() * parameters <= MAX_ENDS { parameters } else { 0 };
        let measures = sweep.columns.iter().filter(|column| matches!(column.place, Place::Measure(_))).count();
        let histories = sweep.history.as_ref().map_or(0, |history| history.columns.len());
        let [derived, measures, history] =
            [sweep.derived.len(), measures, histories].map(|lists| vec![Vec::new(); lists]);
        let ends = vec![Vec::new(); ends];
        let cells = Cells { ends, derived, measures, history, ..Cells::default() };
        Ok(Self { sweep: sweep.clone(), style, cells })
    }

    /// The page.
    ///
    /// # Errors
    /// None in practice: it writes to memory.
    pub fn html(&self, summary: &Summary, known: &Known, texts: PageTexts<'_>) -> io::Result<String> {
        let formula = self.sweep.formula().map(AsRef::as_ref);
        let fit = formula.and_then(Fit::of);
        let model = fit.as_ref().map(|fit| &fit.document);
        let kernels = formula.and_then(Kernels::of);
        let living = kernels.as_ref().map_or("", |_| LIVING);
        let descent = match formula {
            Some(spec) => DescentDocument::of_formula(spec, known, (texts, model, kernels))?,
            None => DescentDocument::of_network(&self.sweep),
        };
        let document = Document::new(&self.sweep, self.style, &self.cells, (summary, known), (texts, descent))?;
        // Nothing of a formula may end the script it stands in.
        let data = serde_json::to_string(&document)?.replace('<', "\\u003c");
        let palette = self.style.palette;
        let sheet = theme::colours(palette) + SHEET;
        let columns = if document.has_columns() { COLUMNS } else { "" };
        let fitting = fit.as_ref().map_or("", |_| FITTING);
        let training = if formula.is_none() { TRAINING } else { "" };
        let functions = formula.map_or(String::new(), |spec| script::script(&spec.program))
            + &fit.as_ref().map_or(String::new(), Fit::script);
        let program = DRAWING.concat() + fitting + columns + training + living + READING;
        let script = format!("\n\"use strict\";\n{functions}{program}");
        let sheet = format!("\n{sheet}");
        let parts = [policy::policy(&script, &sheet), theme::scheme(palette).to_owned(), sheet, data, script];
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
        let cells = &mut self.cells;
        let lists = [
            (&mut cells.derived, &tile.derived),
            (&mut cells.measures, &tile.measures),
            (&mut cells.history, &tile.history),
        ];
        for (all, values) in lists.into_iter().flat_map(|(all, values)| all.iter_mut().zip(values)) {
            all.extend_from_slice(values);
        }
        Ok(())
    }
}
