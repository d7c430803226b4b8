//! What a sweep leaves on the disk and takes up again: tiles, and the plan beside them.

use super::assert_words;
use alphasweep::store::RecordedFlags;
use alphasweep::store::{SweepPlan, TileKey, read_tile, write_tile};
use alphasweep::sweep::{Shape, Shard, Tile, TileOutcomes};
use std::path::{Component, Path};
use xxhash_rust::xxh3::xxh3_64;

/// A tile, as it is and with the checksum that its bytes should have, expected to be what it says it is: what is
/// accepted is full, and is the same once it is written and read again.
pub fn tile(bytes: &[u8]) {
    let mut forged = bytes.to_vec();
    if let Some(body) = bytes.len().checked_sub(8) {
        forged[body..].copy_from_slice(&xxh3_64(&bytes[..body]).to_le_bytes());
    }
    for bytes in [bytes, &forged] {
        let (tile, shape, origin) = announced(bytes).unwrap_or_else(any);
        match read_tile(bytes, tile, shape, &origin) {
            Ok(outcomes) => assert_sound(&outcomes, tile, shape, &origin),
            Err(error) => assert_words(&error.to_string()),
        }
    }
}

/// Cells, shape and origin that the first bytes of a tile tell of.
fn announced(bytes: &[u8]) -> Option<(Tile, Shape, TileKey)> {
    let number = |at: usize| Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    let short = |at: usize| Some(usize::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)));
    let place = |at: usize| number(20 + 8 * at).map(|place| place as usize);
    let tile = Tile { x0: place(0)?, y0: place(1)?, nx: place(2)?, ny: place(3)? };
    let end = 54 + short(52)?;
    let maker = String::from_utf8(bytes.get(54..end)?.to_vec()).ok()?;
    let records = u32::from_le_bytes(*bytes.get(end + 4..)?.first_chunk()?) as usize;
    let shape = Shape { parameters: short(end)?.checked_sub(2)?, measures: 0, histories: short(end + 2)?, records };
    Some((tile, shape, TileKey { fingerprint: number(12)?, maker }))
}

/// What is expected where bytes do not even say so much.
fn any() -> (Tile, Shape, TileKey) {
    let shape = Shape { parameters: 1, measures: 0, histories: 0, records: 0 };
    (Tile { x0: 0, y0: 0, nx: 1, ny: 1 }, shape, TileKey { fingerprint: 0, maker: "cpu".to_owned() })
}

fn assert_sound(outcomes: &TileOutcomes, tile: Tile, shape: Shape, origin: &TileKey) {
    let cells = tile.cells();
    let columns = [&outcomes.loss_start, &outcomes.loss_final].into_iter().chain(&outcomes.parameters);
    assert!(columns.into_iter().all(|column| column.len() == cells));
    assert!(outcomes.history.iter().all(|column| column.len() == cells * shape.records));
    assert_eq!((outcomes.parameters.len(), outcomes.history.len()), (shape.parameters, shape.histories));
    assert_eq!((outcomes.steps.len(), outcomes.outcome.len()), (cells, cells));
    let mut written = Vec::new();
    write_tile(outcomes, origin, &mut written);
    // Without histories their length is nobody's.
    let shape = if shape.histories == 0 { Shape { records: 0, ..shape } } else { shape };
    let again = read_tile(&written, tile, shape, origin).expect("what was written can be read");
    assert_eq!(bits(&again), bits(outcomes));
}

/// What is no number counts as one value.
fn bits(outcomes: &TileOutcomes) -> Vec<u64> {
    let columns = [&outcomes.loss_start, &outcomes.loss_final].into_iter();
    let columns = columns.chain(&outcomes.parameters).chain(&outcomes.history);
    let numbers = columns.flatten().map(|value| if value.is_nan() { u64::MAX } else { value.to_bits() });
    let verdicts = outcomes.steps.iter().zip(&outcomes.outcome);
    numbers.chain(verdicts.map(|(steps, outcome)| u64::from(*steps) << 8 | *outcome as u64)).collect()
}

/// A plan, a document with a sweep, and the name of a part: what is read could be typed, leads to no other folder, and
/// reads back to itself.
pub fn plan(bytes: &[u8]) {
    part(&String::from_utf8_lossy(bytes));
    match RecordedFlags::from_json(bytes) {
        Ok(asked) => assert!(asked.arguments().iter().all(|argument| !argument.contains('\0'))),
        Err(error) => assert_words(&error),
    }
    match SweepPlan::from_json(bytes) {
        Ok(plan) => {
            let folder = plan.folder();
            let parts: Vec<Component> = Path::new(&folder).components().collect();
            assert!(matches!(parts[..], [Component::Normal(_)]), "{folder}");
            plan.shard.iter().for_each(|shard| part(shard));
            assert_eq!(plan.difference(&plan), None);
            assert!(plan.origin().maker == plan.engine.model());
            assert_eq!(SweepPlan::from_json(plan.json().as_bytes()).as_ref(), Ok(&plan));
        }
        Err(error) => assert_words(&error),
    }
}

/// The cells of a part are cells of the grid.
fn part(text: &str) {
    let shard = match Shard::parse(text) {
        Ok(shard) => shard,
        Err(error) => return assert_words(&error),
    };
    assert_eq!(Shard::parse(&shard.to_string()), Ok(shard));
    for (nx, ny) in [(1, 1), (7, 1), (3, 1000), (32_000, 31_000)] {
        match shard.range(nx, ny) {
            Ok(range) => assert!(range.start < range.end && range.end <= nx * ny, "{shard} of {nx}×{ny}: {range:?}"),
            Err(error) => assert_words(&error),
        }
    }
}
