//! Files that only some sweeps have: histories of trainings, and maps of one column.

use crate::cli::deferred_file::{DeferredFile, MAX_UNASKED_CSV, unwritable};
use crate::cli::flags::SweepArguments;
use crate::draw::{ColumnMap, Curves, Style};
use crate::engine::Output;
use crate::files::HistoryCsv;
use crate::store::AtomicFile;
use crate::sweep::{RequestError, SweepCommon, TileOutcomes};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::PathBuf;

/// What was asked for besides the usual.
pub struct Extras {
    history: Option<(HistoryCsv<BufWriter<File>>, AtomicFile)>,
    curves: Option<(Curves, DeferredFile)>,
    maps: Vec<(ColumnMap, DeferredFile)>,
}

/// How the pictures, the page and the film of a sweep are to look.
pub fn style(arguments: &SweepArguments) -> Style {
    Style { shade: arguments.shade.shade(), theory: !arguments.no_theory, ..Style::in_palette(&arguments.palette) }
}

/// Whether there are histories, and not more rows of them than a CSV has unasked.
pub fn has_history_csv(grid: &SweepCommon) -> bool {
    grid.history.is_some() && grid.cells().saturating_mul(grid.records()) <= MAX_UNASKED_CSV
}

impl Extras {
    /// Creates every file.
    ///
    /// # Errors
    /// A column that there is not; a path that cannot be written.
    pub fn create(arguments: &SweepArguments, grid: &SweepCommon) -> Result<Self, RequestError> {
        let out = &arguments.out;
        let history = (!arguments.no_csv && has_history_csv(grid)).then(|| {
            let path = out.join("history.csv");
            let (partial, file) = AtomicFile::create(&path).map_err(|error| unwritable("--out", &path, &error))?;
            Ok((HistoryCsv::new(file, grid).map_err(|error| unwritable("--out", &path, &error))?, partial))
        });
        let curves = Curves::new(grid, style(arguments)).filter(|_| !arguments.no_png);
        let curves = curves.map(|curves| Ok((curves, DeferredFile::create("--out", &out.join("history.png"))?)));
        let maps = arguments.maps.iter().map(|name| {
            let map = column_map(arguments, grid, name)?;
            Ok((map, DeferredFile::create("--map", &out.join(format!("map-{name}.png")))?))
        });
        Ok(Self { maps: maps.collect::<Result<_, _>>()?, history: history.transpose()?, curves: curves.transpose()? })
    }

    /// Feeds a tile to everything.
    ///
    /// # Errors
    /// A full disk.
    pub fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        if let Some((history, _)) = &mut self.history {
            history.tile(tile)?;
        }
        if let Some((curves, _)) = &mut self.curves {
            curves.tile(tile)?;
        }
        self.maps.iter_mut().try_for_each(|(map, _)| map.tile(tile))
    }

    /// Names all files.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(self, footer: &str) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        if let Some((history, partial)) = self.history {
            history.finish()?;
            files.push(partial.commit()?);
        }
        if let Some((curves, file)) = self.curves {
            files.push(file.finish(&curves.png(footer)?)?);
        }
        for (map, file) in self.maps {
            files.push(file.finish(&map.png(footer)?)?);
        }
        Ok(files)
    }
}

fn column_map(arguments: &SweepArguments, grid: &SweepCommon, name: &str) -> Result<ColumnMap, RequestError> {
    let wrong = |message: String| Err(RequestError::new("--map", name, message));
    if grid.y.is_none() {
        return wrong("the sweep has one axis, and a map has two; vary two names".to_owned());
    }
    if arguments.maps.iter().filter(|other| *other == name).count() > 1 {
        return wrong("is asked for twice".to_owned());
    }
    match ColumnMap::new(grid, name, style(arguments)) {
        Some(map) => Ok(map),
        None => wrong(format!("no column of numbers is called so; there are {}", ColumnMap::names(grid).join(", "))),
    }
}
