//! The bytes of a tile: what is written is read, what is not a tile is refused, and no bytes can do harm.

mod common;

use alphasweep::store::RecordedFlags;
use alphasweep::store::{Store, SweepPlan, TileError, TileKey, read_tile, write_tile};
use alphasweep::sweep::{Outcome, Precision, Shape, Sweep, Tile, TileOutcomes, cut, cut_range};
use common::{Map, Random, along, asked, cpu, resolved};
use proptest::prelude::*;

/// One parameter, no history.
const ONE: Shape = Shape { parameters: 1, measures: 0, histories: 0, records: 0 };

fn origin() -> TileKey {
    TileKey { fingerprint: 0x0123_4567_89ab_cdef, maker: "cpu".to_owned() }
}

/// A tile of a sweep with diverged, undefined and unfinished descents.
fn real(precision: Precision) -> TileOutcomes {
    let request =
        asked("ln(x)^2").vary("alpha", along("log:1e-3:10:30")).vary("x_start", along("lin:-1:5:20")).steps(40);
    Map::of(&cpu(), &request.precision(precision)).cells
}

fn bytes_of(tile: &TileOutcomes) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_tile(tile, &origin(), &mut bytes);
    bytes
}

fn same(one: &TileOutcomes, other: &TileOutcomes) -> bool {
    let bits = |tile: &TileOutcomes| -> Vec<u64> {
        let values = [&tile.loss_start, &tile.loss_final].into_iter().chain(&tile.parameters).chain(&tile.history);
        values.flatten().map(|value| value.to_bits()).collect()
    };
    bits(one) == bits(other) && one.steps == other.steps && one.outcome == other.outcome && one.tile == other.tile
}

#[test]
fn a_tile_is_read_as_it_was_written_to_the_bit() {
    for precision in common::EVERY_PRECISION {
        let tile = real(precision);
        assert!(tile.outcome.contains(&Outcome::Diverged) && tile.loss_start.iter().any(|loss| loss.is_nan()));
        let bytes = bytes_of(&tile);
        let read = read_tile(&bytes, tile.tile, ONE, &origin()).expect("a tile");
        assert!(same(&tile, &read), "{precision}: some bits differ");
        let wide = tile.tile.cells() * (3 * 8 + 5);
        assert!(bytes.len() < 100 + wide, "{} bytes", bytes.len());
        assert!(precision == Precision::F64 || bytes.len() < wide, "losses in f32 take four bytes");
    }
}

#[test]
fn every_cut_and_every_changed_byte_is_found() {
    let tile = real(Precision::F32);
    let bytes = bytes_of(&tile);
    let read = |bytes: &[u8]| read_tile(bytes, tile.tile, ONE, &origin());
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length} bytes of {}", bytes.len());
    }
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(read(&changed).is_err(), "byte {at}");
    }
    assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(TileError::Damaged));
}

#[test]
fn a_tile_of_something_else_is_refused_by_name() {
    let tile = real(Precision::Compensated);
    let bytes = bytes_of(&tile);
    let read = |tile, shape, origin: &TileKey| read_tile(&bytes, tile, shape, origin).unwrap_err();
    let moved = Tile { y0: 1, ..tile.tile };
    assert_eq!(read(moved, ONE, &origin()), TileError::OtherCells);
    assert_eq!(read(tile.tile, Shape { parameters: 2, ..ONE }, &origin()), TileError::OtherCells);
    assert_eq!(read(tile.tile, ONE, &TileKey { fingerprint: 1, ..origin() }), TileError::OtherSweep);
    let gpu = TileKey { maker: "a GPU".to_owned(), ..origin() };
    assert_eq!(read(tile.tile, ONE, &gpu), TileError::OtherMaker("cpu".to_owned()));
}

proptest! {
    /// Numbers that lie about lengths are found before any room is made for them.
    #[test]
    fn no_bytes_do_harm(
        mut bytes in prop::collection::vec(any::<u8>(), 0..300),
        changes in prop::collection::vec((0..100_usize, any::<u8>()), 0..8),
    ) {
        let place = Tile { x0: 0, y0: 0, nx: 5, ny: 3 };
        prop_assert!(read_tile(&bytes, place, ONE, &origin()).is_err());
        let values = vec![1.5; 15];
        let outcome = vec![Outcome::Level; 15];
        let tile = TileOutcomes {
            tile: place, loss_start: values.clone(), loss_final: values.clone(), measures: Vec::new(), derived: Vec::new(), parameters: vec![values], history: Vec::new(),
            steps: vec![7; 15], outcome,
        };
        bytes = bytes_of(&tile);
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        if let Ok(read) = read_tile(&bytes, place, ONE, &origin()) {
            prop_assert!(same(&read, &tile));
        }
        let _ = RecordedFlags::from_json(&bytes);
        let _ = SweepPlan::from_json(&bytes);
    }

    /// However a range is cut, its tiles have its cells, in order.
    #[test]
    fn ranges_are_cut_into_tiles_that_follow_each_other(
        nx in 1..40_usize, from in 0..500_usize, cells in 0..500_usize, most in 1..200_usize,
    ) {
        let mut at = from;
        for tile in cut_range(nx, from..from + cells, most) {
            let range = tile.range(nx);
            prop_assert!(tile.cells() <= most && range.start == at);
            prop_assert_eq!(Tile::of_range(nx, range.clone()), Some(tile));
            at = range.end;
        }
        prop_assert_eq!(at, from + cells);
        let whole: usize = cut(nx, 7, most).map(Tile::cells).sum();
        prop_assert_eq!(whole, nx * 7);
    }
}

#[test]
fn a_store_keeps_what_it_is_given_and_nobody_else_gets_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let spec = resolved(&asked("(x-1)^2").vary("alpha", along("0.1,0.2,0.3")).vary("x_start", along("1,2")));
    let info = alphasweep::engine::Engine::info(&cpu());
    let plan = SweepPlan::new(&Sweep::from(&spec), (&info).into(), None, RecordedFlags::default(), Vec::new());
    let open = || Store::open(folder.path(), &plan, &spec);
    let mut store = open().expect("a store");
    assert!(open().is_err_and(|error| error.to_string().contains("another alphasweep")));
    let all =
        Map::of(&cpu(), &asked("(x-1)^2").vary("alpha", along("0.1,0.2,0.3")).vary("x_start", along("1,2"))).cells;
    store.save(&all).expect("room");
    assert_eq!(store.shelf().tiles(&(0..6)).expect("a folder"), std::slice::from_ref(&(0..6)));
    assert!(same(&store.shelf().load(&(0..6)).expect("a tile"), &all));
    store.remove().expect("gone");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    assert!(open().is_ok());
}

/// Tiles ask for their values together, which are kept then; all others ask for one.
#[test]
fn values_of_an_axis_are_the_same_one_by_one_and_together() {
    for text in ["log:1e-10:10:2048", "lin:-10:10:1001", "x3:1e-4:1", "3.9,1e-7,0.5", "log:1e-3:10:1048577"] {
        let (fresh, kept) = (along(text), along(text));
        let together: Vec<f64> = kept.values_in(0..kept.len()).collect();
        let bits = |values: &mut dyn Iterator<Item = f64>| values.map(f64::to_bits).collect::<Vec<u64>>();
        let one_by_one = bits(&mut (0..fresh.len()).map(|at| fresh.value(at)));
        assert_eq!(bits(&mut together.into_iter()), one_by_one, "{text}");
        assert_eq!(bits(&mut kept.values()), one_by_one, "{text}");
        assert_eq!(bits(&mut kept.values_in(1..3)), one_by_one[1..3], "{text}");
        assert_eq!(fresh, kept, "what is kept is no other axis");
    }
    assert_ne!(along("log:1e-10:10:2048"), along("log:1e-10:10:2047"));
}

/// Random axes: where the note is silent, no two neighbours are one number.
#[test]
fn steps_below_the_precision_are_told_and_equal_values_are_refused() {
    let request =
        |axis: &str, precision| asked("(x-1)^2").vary("x_start", along(axis)).set("alpha", 0.1).precision(precision);
    let note = |axis: &str, precision| {
        let spec = resolved(&request(axis, precision));
        spec.common.notes.iter().map(ToString::to_string).find(|note| note.contains("units in the last place"))
    };
    let (narrow, wide) = (Precision::Compensated, Precision::F64);
    assert_eq!(note("lin:1:1.01:1000", narrow), None);
    let told = note("lin:1:1.001:2000", narrow).expect("a note");
    assert!(told.contains("neighbours on x_start are only 4.2 units in the last place of f32 apart"), "{told}");
    assert_eq!(note("lin:1:1.001:2000", wide), None);
    assert!(note("log:1:1.001:2000", narrow).is_some() && note("1,1.0000002,3", narrow).is_some());
    let refused = |axis: &str, precision| request(axis, precision).resolve().expect_err("a refusal").to_string();
    let told = refused("lin:1:1.001:20000", narrow);
    assert!(
        told.starts_with("--vary x_start=lin:1:1.001:20000: neighbours are 0.42 units in the last place of f32"),
        "{told}"
    );
    assert!(told.ends_with("or --precision f64"), "{told}");
    assert!(refused("1,1.00000000001", narrow).contains("some are the same number"));
    assert!(refused("lin:1:1.000000000000001:100", wide).ends_with("a wider range"));
    let mut random = Random(3);
    for _ in 0..300 {
        let lo = random.either_sign(1e-3, 1e3);
        let axis = format!("lin:{lo:e}:{:e}:{}", lo + random.log_uniform(1e-6, 1.0), random.uniform(3.0, 60.0) as u32);
        let Ok(spec) = request(&axis, narrow).resolve() else { continue };
        let values = spec.x_values(Tile { x0: 0, y0: 0, nx: spec.nx(), ny: 1 });
        assert!(values.windows(2).all(|pair| pair[0] < pair[1]), "{axis} has equal neighbours");
    }
}
