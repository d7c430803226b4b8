//! `heatmap.png` or, of one axis, `curve.png`; and the same as SVG.

use super::deferred::DeferredFile;
use super::flags::{Flag, FlagKind};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use super::style::{NO_THEORY, PALETTE, SCALE, SHADE};
use crate::draw::{Heatmap, LinePlot};
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::TileOutcomes;
use std::io;

/// `--png`
pub const PNG: Flag =
    Flag::new("png", FlagKind::File, "FILE", "The picture's path instead of DIR/heatmap.png (DIR/curve.png in 1-D)");
/// `--svg`
pub const SVG: Flag = Flag::new("svg", FlagKind::File, "FILE", "The picture as SVG too");
/// `--no-png`
pub const NO_PNG: Flag =
    Flag { conflicts: Some("png"), ..Flag::new("no-png", FlagKind::Without, "", "Draw no picture") };

pub const ROW: OutputRow = OutputRow {
    name: "picture",
    flags: &[&PNG, &SVG, &PALETTE, &SHADE, &SCALE, &NO_THEORY, &NO_PNG],
    own_run: false,
    note: None,
    check: None,
    create,
};

fn create(context: &OutputContext<'_>) -> Created {
    let name = if context.sweep.y.is_some() { "heatmap.png" } else { "curve.png" };
    let wanted = !context.flags.is_given(&NO_PNG);
    let (flag, path) = context.path(&PNG, name);
    let png = wanted.then(|| context.file(&flag, &path)).transpose()?;
    let svg = context.file_of(&SVG)?;
    if png.is_none() && svg.is_none() {
        return Ok(None);
    }
    let picture = match context.sweep.y {
        Some(_) => Picture::Heatmap(Heatmap::new(context.sweep, context.style)),
        None => Picture::LinePlot(LinePlot::new(context.sweep, context.style)),
    };
    Ok(Some(Box::new(Drawn { picture, png, svg })))
}

enum Picture {
    Heatmap(Heatmap),
    LinePlot(LinePlot),
}

/// A picture and the files that it goes to.
struct Drawn {
    picture: Picture,
    png: Option<DeferredFile>,
    svg: Option<DeferredFile>,
}

impl Output for Drawn {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        match &mut self.picture {
            Picture::Heatmap(heatmap) => heatmap.tile(tile),
            Picture::LinePlot(plot) => plot.tile(tile),
        }
    }
}

impl FileOutput for Drawn {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        let Finished { summary, known, footer, .. } = finished;
        let mut files = Vec::new();
        if let Some(file) = self.png {
            files.push(file.written(&match &self.picture {
                Picture::Heatmap(heatmap) => heatmap.png(summary, known, footer)?,
                Picture::LinePlot(plot) => plot.png(summary, known, footer)?,
            })?);
        }
        if let Some(file) = self.svg {
            files.push(file.written(&match &self.picture {
                Picture::Heatmap(heatmap) => heatmap.svg(summary, known, footer)?,
                Picture::LinePlot(plot) => plot.svg(summary, known, footer)?,
            })?);
        }
        Ok(files)
    }
}
