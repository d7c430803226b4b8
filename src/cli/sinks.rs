//! The files of a sweep: made before it runs, fed while it runs, named when it is done.

use crate::analysis::theory::Known;
use crate::analysis::{Kept, Summary, Tally};
use crate::cli::deferred_file::{DeferredFile, MAX_UNASKED_CSV, unwritable};
use crate::cli::extras::{Extras, style};
use crate::cli::flags::SweepArguments;
use crate::draw::{Heatmap, LinePlot, Style};
use crate::engine::Output;
use crate::files::{CsvOutput, NpyOutput, Page, PageTexts};
use crate::store::{AtomicFile, Digest};
use crate::sweep::{FormulaSweep, RequestError, Sweep, SweepCommon, TileOutcomes};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

enum Csv {
    File(CsvOutput<BufWriter<File>>, AtomicFile),
    Stdout(CsvOutput<io::Stdout>),
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

impl Drawn {
    /// `None` where no picture is wanted.
    fn create(arguments: &SweepArguments, spec: &SweepCommon) -> Result<Option<Self>, RequestError> {
        let style = style(arguments);
        let (picture, name) = match spec.y {
            Some(_) => (Picture::Heatmap(Heatmap::new(spec, style)), "heatmap.png"),
            None => (Picture::LinePlot(LinePlot::new(spec, style)), "curve.png"),
        };
        let path = arguments.png.clone().unwrap_or_else(|| arguments.out.join(name));
        let png = (!arguments.no_png).then(|| DeferredFile::create("--png", &path)).transpose()?;
        let svg = arguments.svg.as_ref().map(|path| DeferredFile::create("--svg", path)).transpose()?;
        Ok((png.is_some() || svg.is_some()).then_some(Self { picture, png, svg }))
    }

    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        match &mut self.picture {
            Picture::Heatmap(heatmap) => heatmap.tile(tile),
            Picture::LinePlot(plot) => plot.tile(tile),
        }
    }

    fn finish(self, summary: &Summary, known: &Known, footer: &str) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        if let Some(file) = self.png {
            files.push(file.finish(&match &self.picture {
                Picture::Heatmap(heatmap) => heatmap.png(summary, known, footer)?,
                Picture::LinePlot(plot) => plot.png(summary, known, footer)?,
            })?);
        }
        if let Some(file) = self.svg {
            files.push(file.finish(&match &self.picture {
                Picture::Heatmap(heatmap) => heatmap.svg(summary, known, footer)?,
                Picture::LinePlot(plot) => plot.svg(summary, known, footer)?,
            })?);
        }
        Ok(files)
    }
}

/// Everything a sweep writes.
pub struct Sinks {
    pub tally: Tally,
    pub digest: Digest,
    /// The map, where it is to be checked.
    pub kept: Option<Kept>,
    csv: Option<Csv>,
    npy: Option<NpyOutput>,
    picture: Option<Drawn>,
    page: Option<(Page, DeferredFile)>,
    extras: Extras,
    manifest: DeferredFile,
}

impl Sinks {
    /// Creates every file.
    ///
    /// # Errors
    /// A path that cannot be written: nothing is left behind then.
    pub fn create(arguments: &SweepArguments, spec: &Sweep) -> Result<Self, RequestError> {
        let out = &arguments.out;
        check_distinct(arguments)?;
        let extras = Extras::create(arguments, spec)?;
        let manifest = DeferredFile::create("--out", &out.join("sweep.json"))?;
        let csv_path = arguments.csv.clone().unwrap_or_else(|| out.join("losses.csv"));
        let unasked = arguments.csv.is_none() && spec.cells() > MAX_UNASKED_CSV;
        let wants_csv = !arguments.no_csv && !unasked;
        let npy = arguments
            .npy
            .as_ref()
            .map(|folder| NpyOutput::new(folder, spec).map_err(|error| unwritable("--npy", folder, &error)));
        let picture = Drawn::create(arguments, spec)?;
        let npy = npy.transpose()?;
        let page = arguments.html.as_deref().zip(spec.formula());
        let page = page.map(|(path, spec)| create_page(path, spec, style(arguments))).transpose()?;
        // Last, because its header may go straight to stdout.
        let csv = if wants_csv { Some(create_csv(&csv_path, spec)?) } else { None };
        let kept = arguments.check.map(|_| Kept::new(spec));
        Ok(Self { tally: Tally::new(spec), digest: Digest::new(spec), kept, csv, npy, picture, page, extras, manifest })
    }

    /// Feeds a tile to everything.
    ///
    /// # Errors
    /// A full disk, a closed pipe.
    pub fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.tally.tile(tile)?;
        self.digest.tile(tile)?;
        if let Some(kept) = &mut self.kept {
            kept.tile(tile)?;
        }
        match &mut self.csv {
            Some(Csv::File(csv, _)) => csv.tile(tile)?,
            Some(Csv::Stdout(csv)) => csv.tile(tile)?,
            None => {}
        }
        if let Some(npy) = &mut self.npy {
            npy.tile(tile)?;
        }
        if let Some((page, _)) = &mut self.page {
            page.tile(tile)?;
        }
        self.extras.tile(tile)?;
        self.picture.as_mut().map_or(Ok(()), |picture| picture.tile(tile))
    }

    /// Names all files but the manifest, which comes last because it lists them.
    ///
    /// # Errors
    /// A full disk, a closed pipe.
    pub fn finish(
        self,
        summary: &Summary,
        known: &Known,
        texts: PageTexts<'_>,
    ) -> io::Result<(Vec<PathBuf>, ManifestFile)> {
        let footer = texts.footer;
        let mut files = Vec::new();
        match self.csv {
            Some(Csv::File(csv, partial)) => {
                csv.finish()?.flush()?;
                files.push(partial.commit()?);
            }
            Some(Csv::Stdout(csv)) => csv.finish()?.flush()?,
            None => {}
        }
        if let Some(npy) = self.npy {
            files.extend(npy.finish()?);
        }
        if let Some(picture) = self.picture {
            files.extend(picture.finish(summary, known, footer)?);
        }
        files.extend(self.extras.finish(footer)?);
        if let Some((page, file)) = self.page {
            files.push(file.finish(page.html(summary, &known.theory, texts)?.as_bytes())?);
        }
        Ok((files, ManifestFile(self.manifest)))
    }
}

/// `sweep.json`, waiting for its contents.
pub struct ManifestFile(DeferredFile);

impl ManifestFile {
    /// Writes and names it.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self, json: &str) -> io::Result<PathBuf> {
        self.0.finish(json.as_bytes())
    }
}

/// Two outputs must not end up under one name.
fn check_distinct(arguments: &SweepArguments) -> Result<(), RequestError> {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut targets = vec![("--out", absolute(&arguments.out.join("sweep.json")))];
    let named = [
        ("--csv", &arguments.csv),
        ("--png", &arguments.png),
        ("--svg", &arguments.svg),
        ("--html", &arguments.html),
        ("--film", &arguments.film),
    ];
    for (flag, path) in named {
        let Some(path) = path else { continue };
        let target = absolute(path);
        if let Some((other, _)) = targets.iter().find(|(_, known)| *known == target) {
            let message = format!("is what {other} writes too; choose another path");
            return Err(RequestError::new(flag, path.display(), message));
        }
        targets.push((flag, target));
    }
    Ok(())
}

fn create_csv(path: &Path, spec: &SweepCommon) -> Result<Csv, RequestError> {
    let failed = |error: &io::Error| unwritable("--csv", path, error);
    if path == Path::new("-") {
        return Ok(Csv::Stdout(CsvOutput::new(io::stdout(), spec).map_err(|error| failed(&error))?));
    }
    let (partial, file) = AtomicFile::create(path).map_err(|error| failed(&error))?;
    Ok(Csv::File(CsvOutput::new(file, spec).map_err(|error| failed(&error))?, partial))
}

fn create_page(path: &Path, spec: &FormulaSweep, style: Style) -> Result<(Page, DeferredFile), RequestError> {
    Ok((Page::new(spec, style, path)?, DeferredFile::create("--html", path)?))
}
