//! `history.png` and `history-sharpness.png`: what trainings did on their way, as curves.

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
    let file = |name: &str| context.file(FOLDER, &context.folder.join(name));
    let sharpness = curves.has_sharpness().then(|| file("history-sharpness.png")).transpose()?;
    Ok(Some(Box::new(Drawn { file: file("history.png")?, curves, sharpness })))
}

struct Drawn {
    curves: Curves,
    file: DeferredFile,
    sharpness: Option<DeferredFile>,
}

impl Output for Drawn {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.curves.tile(tile)
    }
}

impl FileOutput for Drawn {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        let mut files = vec![self.file.written(&self.curves.png(finished.footer)?)?];
        if let Some(file) = self.sharpness {
            files.push(file.written(&self.curves.sharpness_png(finished.footer)?)?);
        }
        Ok(files)
    }
}
