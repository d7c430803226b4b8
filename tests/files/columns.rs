//! Columns of results: what the rows say is what every file has; a derived column is one row and nothing else.

use crate::common::{along, asked};
use alphasweep::analysis::Tally;
use alphasweep::analysis::theory::Known;
use alphasweep::draw::Style;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::{self, Output, Watch, collect};
use alphasweep::files::{Finished, Flag, OutputContext, OutputFlags, OutputValue, Outputs, RunInfo, flags};
use alphasweep::store::{ComputedBy, Digest, RecordedFlags, Shelf, Store, SweepPlan};
use alphasweep::sweep::{
    ColumnKind, ColumnScale, ColumnStyle, DerivedRow, FormulaSweep, Shard, Sweep, SweepCommon, TileOutcomes, ValueType,
    cut_range,
};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

/// Powers of ten by which the loss fell: the throw-away column. This row is all there is of it.
static DECADES: DerivedRow = DerivedRow {
    name: "decades",
    kind: ColumnKind::Derived,
    value: ValueType::F64,
    style: ColumnStyle { scale: ColumnScale::Linear, lines: &["powers of ten by which", "the loss fell"] },
    compute: decades,
};

fn decades(_: &SweepCommon, tile: &TileOutcomes) -> Vec<f64> {
    let losses = tile.loss_start.iter().zip(&tile.loss_final);
    losses.map(|(start, last)| (start.max(1e-300) / last.max(1e-300)).log10()).collect()
}

fn sweep() -> FormulaSweep {
    let request = asked("lecture").vary("alpha", along("log:0.01:10:23")).vary_start(along("lin:-10:9:14")).steps(30);
    request.resolve().expect("a sweep")
}

fn with_decades() -> FormulaSweep {
    let spec = sweep();
    FormulaSweep { common: spec.common.with_derived(&DECADES), ..spec }
}

/// The files of a sweep, once all outputs have seen its tiles.
struct Written(TempDir);

impl Written {
    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        std::fs::read(self.0.path().join(name)).ok()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name).expect(name)).expect("text")
    }

    /// The fingerprint of the column.
    fn fingerprint(&self) -> Option<String> {
        let manifest: serde_json::Value = serde_json::from_str(&self.text("sweep.json")).expect("JSON");
        manifest["results"]["xxh3"]["decades"].as_str().map(str::to_owned)
    }
}

fn written(spec: &FormulaSweep, tiles: &[TileOutcomes]) -> Written {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |flag: &str| (flag_named(flag), OutputValue::Path(folder.path().join(flag)));
    let mut flags = OutputFlags::default();
    for (flag, given) in ["npy", "html"].map(path) {
        flags.set(flag, given);
    }
    if spec.numbers().any(|column| column.name == "decades") {
        flags.set(flag_named("map"), OutputValue::Texts(vec!["decades".to_owned()]));
    }
    let sweep = Sweep::from(spec);
    let context = OutputContext {
        sweep: &sweep,
        request: None,
        flags: &flags,
        style: Style::default(),
        folder: folder.path(),
        confined: false,
        claims: alphasweep::files::Claims::default(),
    };
    let mut outputs = Outputs::create(&context).expect("files");
    let (mut tally, mut digest) = (Tally::new(spec), Digest::new(spec));
    for tile in tiles {
        outputs.tile(tile).and_then(|()| tally.tile(tile)).and_then(|()| digest.tile(tile)).expect("room");
    }
    let mut finished = Finished {
        sweep: &sweep,
        summary: &tally.finish(Duration::ZERO),
        results: &digest.finish(),
        known: &Known::of(spec, None),
        report: &[],
        footer: "",
        asked: &RecordedFlags::default(),
        run: run_info(spec),
        said: std::cell::RefCell::default(),
        run_sweeps: None,
    };
    assert!(outputs.finish(&mut finished).expect("room").is_none());
    Written(folder)
}

fn run_info(spec: &FormulaSweep) -> RunInfo {
    let engine = ComputedBy::of(&engine::Engine::info(&engine()), &Sweep::from(spec));
    RunInfo {
        command: Vec::new(),
        engine,
        engine_reason: String::new(),
        failover: None,
        parts: Vec::new(),
        files: Vec::new(),
        repaired: None,
        check: None,
    }
}

fn flag_named(name: &str) -> &'static Flag {
    flags().into_iter().find(|flag| flag.name == name).expect(name)
}

fn engine() -> CpuEngine {
    CpuEngine::new(Some(2)).expect("an engine")
}

fn numbers(npy: &[u8]) -> Vec<f64> {
    npyz::NpyFile::new(npy).expect("NPY").into_vec().expect("numbers")
}

#[test]
fn a_derived_column_is_one_row_and_reaches_every_output() {
    let spec = with_decades();
    let map = collect(&engine(), &Sweep::from(&spec)).expect("a map");
    let expected = decades(&spec, &map);
    let written = written(&spec, std::slice::from_ref(&map));
    let (csv, page) = (written.text("losses.csv"), written.text("html"));
    let header = "alpha,beta_start,loss_start,loss_final,beta_final,decades,steps,outcome";
    assert_eq!(csv.lines().next(), Some(header));
    let of_csv = csv.lines().skip(1).map(|line| line.split(',').nth(5).expect("a field"));
    assert_eq!(of_csv.map(|text| text.parse().expect("a number")).collect::<Vec<f64>>(), expected);
    assert_eq!(numbers(&written.bytes("npy/decades.npy").expect("a file")), expected);
    assert!(page.contains(r#""derived":[{"label":"decades","wide":true,"values":""#), "the page tells of it");
    assert!(page.contains("unpacked = async function ()"), "and its script reads it");
    assert!(written.bytes("map-decades.png").is_some() && written.fingerprint().is_some());
}

/// Without the row nothing of all this is there: it is the row that does it.
#[test]
fn without_the_row_no_output_has_the_column() {
    let spec = sweep();
    let map = collect(&engine(), &Sweep::from(&spec)).expect("a map");
    let written = written(&spec, &[map]);
    assert!(!written.text("losses.csv").contains("decades") && !written.text("html").contains("decades"));
    assert!(!written.text("html").contains("load = async function ()"), "pages are as small as they can be");
    assert!(written.bytes("npy/decades.npy").is_none() && written.fingerprint().is_none());
}

/// The tiles of a part of the sweep, kept and found again as `merge` finds them.
fn kept(spec: &FormulaSweep, folder: &Path, shard: &str) -> Vec<TileOutcomes> {
    let shard = Shard::parse(shard).expect("a part");
    let engine = engine();
    let sweep = Sweep::from(spec);
    let maker = ComputedBy::of(&engine::Engine::info(&engine), &sweep);
    let plan = SweepPlan::new(&sweep, maker, Some(shard), RecordedFlags::default(), Vec::new());
    let mut store = Store::open(folder, &plan, spec).expect("a folder");
    let range = shard.range(spec.nx(), spec.ny()).expect("cells");
    let mut tiles = cut_range(spec.nx(), range.clone(), 60);
    engine::run_tiles(&engine, &sweep, &mut tiles, &Watch::silent(), &mut |tile| {
        store.save(&tile).expect("a tile");
        ControlFlow::Continue(())
    })
    .expect("a run");
    let shelf = Shelf::new(store.shelf().folder(), &plan, spec);
    let found = shelf.tiles(&range).expect("tiles");
    assert!(found.len() > 1);
    found.iter().map(|cells| shelf.load(cells).expect("a tile")).collect()
}

#[test]
fn two_parts_that_are_put_together_have_the_derived_column_as_the_whole_has_it() {
    let spec = with_decades();
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let parts = [kept(&spec, one.path(), "1/2"), kept(&spec, other.path(), "2/2")].concat();
    let whole = collect(&engine(), &Sweep::from(&spec)).expect("a map");
    let (merged, whole) = (written(&spec, &parts), written(&spec, &[whole]));
    for name in ["losses.csv", "npy/decades.npy", "map-decades.png", "html"] {
        assert!(merged.bytes(name).is_some() && merged.bytes(name) == whole.bytes(name), "{name}");
    }
    assert_eq!(merged.fingerprint(), whole.fingerprint());
    // Tiles hold what the engine found and nothing else: those of the plain sweep are the same files.
    let plain = tempfile::tempdir().expect("a folder");
    assert_eq!(kept(&sweep(), plain.path(), "1/2").len(), kept(&spec, one.path(), "1/2").len());
    assert_eq!(files(plain.path()), files(one.path()));
}

/// Names and bytes of the tiles in a folder.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let inside = std::fs::read_dir(folder).expect("a folder").flatten().flat_map(|entry| {
        std::fs::read_dir(entry.path()).expect("tiles").flatten().map(|tile| tile.path()).collect::<Vec<_>>()
    });
    let tiles = inside.filter(|path| path.extension().is_some_and(|ending| ending == "tile"));
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    let mut all: Vec<_> = tiles.map(|path| (name(&path), std::fs::read(&path).expect("bytes"))).collect();
    all.sort();
    all
}
