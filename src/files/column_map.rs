//! `map-COLUMN.png`: a map of one column of results.

use super::deferred::DeferredFile;
use super::flags::{Flag, FlagKind};
use super::output::{Created, FileOutput, Finished, OutputContext, OutputError, OutputRow};
use crate::draw::{ClassMap, ColumnMap, NumberMap, Style};
use crate::engine::Output;
use crate::store::WholeFile;
use crate::sweep::{Column, ColumnScale, Measure, RequestError, SweepCommon, TileOutcomes};
use std::io;

/// `--map`
pub const MAP: Flag = Flag::new(
    "map",
    FlagKind::Texts,
    "COLUMN",
    "Also a map of one column of results, such as loss_final or test_accuracy, as DIR/map-COLUMN.png",
);

pub const ROW: OutputRow =
    OutputRow { name: "maps", flags: &[&MAP], own_run: false, note: None, check: Some(check), create };

fn check(context: &OutputContext<'_>) -> Result<(), RequestError> {
    context.flags.texts(&MAP).iter().try_for_each(|name| column_map(context, name).map(drop))
}

fn create(context: &OutputContext<'_>) -> Created {
    let names = context.flags.texts(&MAP);
    let maps = names.iter().map(|name| {
        let map = column_map(context, name)?;
        Ok((map, context.file(&MAP.typed(), &context.folder.join(format!("map-{name}.png")))?))
    });
    let maps = Maps(maps.collect::<Result<_, RequestError>>()?);
    Ok((!names.is_empty()).then(|| Box::new(maps) as Box<dyn FileOutput>))
}

fn column_map(context: &OutputContext<'_>, name: &str) -> Result<Box<dyn NumberMap>, RequestError> {
    let wrong = |message: String| Err(RequestError::new(&MAP.typed(), name, message));
    let grid = context.sweep;
    if grid.y.is_none() {
        return wrong("the sweep has one axis, and a map has two; vary two names".to_owned());
    }
    if context.flags.texts(&MAP).iter().filter(|other| *other == name).count() > 1 {
        return wrong("is asked for twice".to_owned());
    }
    if let Some(column) = grid.numbers().find(|column| column.name == name) {
        return Ok(number_map(grid, column, context.style));
    }
    if name.parse::<Measure>().is_ok() {
        return wrong(format!("is a column only where it is measured; add --measure {name}"));
    }
    let known: Vec<&str> = grid.numbers().map(|column| column.name.as_str()).collect();
    wrong(format!("no column of numbers is called so; there are {}", known.join(", ")))
}

/// An empty map of a column of numbers, or of classes.
pub fn number_map(grid: &SweepCommon, column: &Column, style: Style) -> Box<dyn NumberMap> {
    match column.style.scale {
        ColumnScale::Classes => Box::new(ClassMap::new(grid, column, style)),
        _ => Box::new(ColumnMap::new(grid, column, style)),
    }
}

/// Each map, and where it goes.
struct Maps(Vec<(Box<dyn NumberMap>, DeferredFile)>);

impl Output for Maps {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.0.iter_mut().try_for_each(|(map, _)| map.tile(tile))
    }
}

impl FileOutput for Maps {
    fn finish(self: Box<Self>, finished: &Finished<'_>) -> Result<Vec<WholeFile>, OutputError> {
        self.0.into_iter().map(|(map, file)| Ok(file.written(&map.png(finished.footer)?)?)).collect()
    }
}
