//! `history.png`: what trainings did on their way, as curves.

use super::deferred::{DeferredFile, FOLDER};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use super::picture::NO_PNG;
use crate::draw::Curves;
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::TileOutcomes;
use std::io;

pub const ROW: OutputRow =
    OutputRow { name: "history.png", flags: &[], own_run: false, note: None, check: None, create };

fn create(context: &OutputContext<'_>) -> Created {
    if context.flags.is_given(&NO_PNG) {
        return Ok(None);
    }
    let Some(curves) = Curves::new(context.sweep, context.style) else { return Ok(None) };
    let file = context.file(FOLDER, &context.folder.join("history.png"))?;
    Ok(Some(Box::new(Drawn { curves, file })))
}

struct Drawn {
    curves: Curves,
    file: DeferredFile,
}

impl Output for Drawn {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.curves.tile(tile)
    }
}

impl FileOutput for Drawn {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        Ok(vec![self.file.written(&self.curves.png(finished.footer)?)?])
    }
}
