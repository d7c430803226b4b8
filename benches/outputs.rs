//! The files of a sweep of 1 Mi cells, computing excluded: rows of `losses.csv` per second, cells of `heatmap.png` and of
//! the `.npy` columns per second.
//!
//! What is measured is checked in the same run: the CSV and the columns must read back to the outcomes they were given,
//! and the picture must not depend on how the map was cut.

#[path = "../tests/common/tiles.rs"]
mod tiles;

use alphasweep::analysis::theory::Known;
use alphasweep::analysis::{Summary, Tally};
use alphasweep::draw::{Heatmap, Style};
use alphasweep::engine::Output;
use alphasweep::engine::collect;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::files::{CsvOutput, NpyOutput};
use alphasweep::sweep::{Axis, FormulaSweep, Outcome, Request, TileOutcomes, cut};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::fs::File;
use std::io::{BufWriter, Write, sink};
use std::time::Duration;
use tiles::part;

const SIDE: usize = 1024;
/// As many cells as the CPU engine hands over at once.
const TILE_CELLS: usize = 1 << 19;

fn outputs(criterion: &mut Criterion) {
    let request = Request::parse("lecture").expect("a row").steps(100);
    let request = request.vary("alpha", Axis::log(1e-10, 10.0, SIDE).expect("an axis"));
    let spec = request.vary_start(Axis::lin(-10.0, 10.0, SIDE).expect("an axis")).resolve().expect("a sweep");
    let all = collect(&CpuEngine::new(None).expect("the CPU engine"), &spec.clone().into()).expect("a map");
    let tiles: Vec<TileOutcomes> = cut(SIDE, SIDE, TILE_CELLS).map(|tile| part(&all, tile)).collect();
    let folder = tempfile::tempdir().expect("a folder");

    let mut group = criterion.benchmark_group("outputs");
    group.sample_size(10).throughput(Throughput::Elements(all.tile.cells() as u64));
    check_csv(&csv(&spec, &tiles, Vec::new()), &all);
    group.bench_function("csv, text alone", |bencher| bencher.iter(|| csv(&spec, &tiles, sink())));
    let path = folder.path().join("losses.csv");
    let file = || BufWriter::with_capacity(1 << 20, File::create(&path).expect("a file"));
    group.bench_function("csv, file", |bencher| bencher.iter(|| csv(&spec, &tiles, file()).flush()));

    let npy = || {
        let mut output = NpyOutput::new(folder.path(), &spec).expect("files");
        feed(&mut output, &tiles);
        output.finish().expect("files")
    };
    npy();
    let steps = std::fs::read(folder.path().join("steps.npy")).expect("a column");
    let written = steps[steps.len() - 4 * all.steps.len()..].chunks_exact(4);
    assert!(written.map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).eq(all.steps.iter().copied()), "steps.npy");
    group.bench_function("npy, files", |bencher| bencher.iter(npy));

    let summary = tally(&spec, &tiles);
    assert_eq!(summary.cells, all.tile.cells() as u64);
    group.bench_function("summary", |bencher| bencher.iter(|| tally(&spec, &tiles)));
    let whole = heatmap(&spec, std::slice::from_ref(&all), &summary);
    assert!(whole == heatmap(&spec, &tiles, &summary), "the picture depends on the tiles");
    let mut other = all.clone();
    other.outcome.fill(Outcome::Diverged);
    assert!(whole != heatmap(&spec, &[other], &summary), "the picture does not show the map");
    group.bench_function("heatmap", |bencher| bencher.iter(|| heatmap(&spec, &tiles, &summary)));
    group.finish();
}

fn feed(output: &mut impl Output, tiles: &[TileOutcomes]) {
    tiles.iter().try_for_each(|tile| output.tile(tile)).expect("an output");
}

fn csv<W: Write + Send>(spec: &FormulaSweep, tiles: &[TileOutcomes], writer: W) -> W {
    let mut output = CsvOutput::new(writer, spec).expect("a header");
    feed(&mut output, tiles);
    output.finish().expect("all rows")
}

/// Every number of the text is the number it was made of.
fn check_csv(text: &[u8], all: &TileOutcomes) {
    let mut rows = 0;
    for (cell, row) in csv::Reader::from_reader(text).records().enumerate() {
        let row = row.expect("a row");
        let real = |at: usize| row[at].parse::<f64>().unwrap_or(f64::NAN);
        assert_eq!((real(2) as f32).to_bits(), (all.loss_start[cell] as f32).to_bits(), "loss_start of {row:?}");
        assert_eq!((real(3) as f32).to_bits(), (all.loss_final[cell] as f32).to_bits(), "loss_final of {row:?}");
        assert_eq!(real(4).to_bits(), all.parameters[0][cell].to_bits(), "beta_final of {row:?}");
        assert_eq!((row[5].parse(), &row[6]), (Ok(all.steps[cell]), all.outcome[cell].word()), "{row:?}");
        rows += 1;
    }
    assert_eq!(rows, all.tile.cells());
}

fn tally(spec: &FormulaSweep, tiles: &[TileOutcomes]) -> Summary {
    let mut tally = Tally::new(spec);
    feed(&mut tally, tiles);
    tally.finish(Duration::from_secs(1))
}

fn heatmap(spec: &FormulaSweep, tiles: &[TileOutcomes], summary: &Summary) -> Vec<u8> {
    let mut heatmap = Heatmap::new(spec, Style::default());
    feed(&mut heatmap, tiles);
    heatmap.png(summary, &Known::of(spec, None), "").expect("a picture")
}

criterion_group!(benches, outputs);
criterion_main!(benches);
