//! A tile as bytes. All numbers have their lowest byte first.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `ALPHTILE` |
//! | 4 | version of this layout |
//! | 8 | the sweep's fingerprint |
//! | 4 × 8 | the tile: x0, y0, nx, ny |
//! | 2, n | length and text of what computed it |
//! | 2 | value columns: loss at the start, final loss, the others of the sweep |
//! | 2, 4 | columns of the history, and its records per cell |
//! | for each: 1, values × 4 or 8 | its width; f32 where that holds every value to the bit, else f64 |
//! | cells × 4 | steps |
//! | cells | codes of the outcomes |
//! | 8 | XXH3 (64 bits) of everything before |

use crate::sweep::{MAX_TILE_CELLS, Outcome, Shape, Tile, TileOutcomes};
use xxhash_rust::xxh3::xxh3_64;

const MAGIC: [u8; 8] = *b"ALPHTILE";
const VERSION: u32 = 1;
/// Longest name of an engine (bytes); longer ones are cut.
const MAX_MAKER: usize = 1024;
/// Most value columns.
const MAX_COLUMNS: usize = 4096;

/// What a tile must be to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TileKey {
    /// The sweep's [`crate::store::fingerprint()`].
    pub fingerprint: u64,
    /// What computes: see [`super::ComputedBy::model`].
    pub maker: String,
}

/// Why bytes are not taken for a tile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("is no tile")]
    NotATile,
    #[error("is a tile of version {0}, and this program reads {VERSION}")]
    Version(u32),
    #[error("is cut off")]
    CutOff,
    #[error("is damaged: its checksum does not agree")]
    Damaged,
    #[error("belongs to another sweep")]
    OtherSweep,
    #[error("was computed by another engine, {0}")]
    OtherMaker(String),
    #[error("holds other cells than it should")]
    OtherCells,
    #[error("holds what is no outcome")]
    NoOutcome,
}

/// Most bytes of a tile with so many cells.
pub fn most_bytes(cells: usize, shape: Shape) -> u64 {
    let columns = (shape.parameters + shape.measures) as u64;
    let [histories, records] = [shape.histories, shape.records].map(|count| count as u64);
    let values = columns + 2 + histories * records;
    256 + MAX_MAKER as u64 + columns + histories + cells as u64 * (values * 8 + 5)
}

/// Writes a tile into `out`, replacing what is there.
pub fn write(outcomes: &TileOutcomes, origin: &TileKey, out: &mut Vec<u8>) {
    out.clear();
    let Tile { x0, y0, nx, ny } = outcomes.tile;
    let maker = held(&origin.maker);
    out.extend(MAGIC);
    out.extend(VERSION.to_le_bytes());
    out.extend(origin.fingerprint.to_le_bytes());
    out.extend([x0, y0, nx, ny].map(|number| (number as u64).to_le_bytes()).as_flattened());
    out.extend((maker.len() as u16).to_le_bytes());
    out.extend(maker);
    let losses = [&outcomes.loss_start, &outcomes.loss_final].into_iter();
    let columns: Vec<&Vec<f64>> = losses.chain(&outcomes.parameters).chain(&outcomes.measures).collect();
    out.extend((columns.len() as u16).to_le_bytes());
    out.extend((outcomes.history.len() as u16).to_le_bytes());
    let records = outcomes.history.first().map_or(0, |column| column.len() / outcomes.tile.cells());
    out.extend((records as u32).to_le_bytes());
    for column in columns.into_iter().chain(&outcomes.history) {
        if column.iter().all(|value| f64::from(*value as f32).to_bits() == value.to_bits()) {
            out.push(4);
            out.extend(column.iter().flat_map(|value| (*value as f32).to_le_bytes()));
        } else {
            out.push(8);
            out.extend(column.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    out.extend(outcomes.steps.iter().flat_map(|steps| steps.to_le_bytes()));
    out.extend(outcomes.outcome.iter().map(|outcome| *outcome as u8));
    let checksum = xxh3_64(out);
    out.extend(checksum.to_le_bytes());
}

/// Reads a tile that must have these cells and this origin. Any bytes may come: nothing is allocated that they do not
/// fill.
///
/// # Errors
/// Why they are not taken.
pub fn read(bytes: &[u8], tile: Tile, shape: Shape, origin: &TileKey) -> Result<TileOutcomes, TileError> {
    let mut from = Reader(bytes);
    if from.array().ok() != Some(MAGIC) {
        return Err(TileError::NotATile);
    }
    let version = u32::from_le_bytes(from.array()?);
    if version != VERSION {
        return Err(TileError::Version(version));
    }
    let fingerprint = from.number()?;
    let place = [from.number()?, from.number()?, from.number()?, from.number()?];
    let maker = from.counted()?;
    let columns = from.short()?;
    let history = (from.short()?, u32::from_le_bytes(from.array()?) as usize);
    let contents = Contents::read(&mut from, place, columns, history)?;
    let body = bytes.len() - from.0.len();
    let checksum = from.number()?;
    if !from.0.is_empty() || checksum != xxh3_64(&bytes[..body]) {
        return Err(TileError::Damaged);
    }
    if fingerprint != origin.fingerprint {
        return Err(TileError::OtherSweep);
    }
    if maker != held(&origin.maker) {
        return Err(TileError::OtherMaker(String::from_utf8_lossy(maker).chars().take(80).collect()));
    }
    let same_shape = columns == 2 + shape.parameters + shape.measures && history == (shape.histories, shape.records);
    if place != [tile.x0, tile.y0, tile.nx, tile.ny].map(|number| number as u64) || !same_shape {
        return Err(TileError::OtherCells);
    }
    contents.finish(tile, shape)
}

/// What a tile holds, as it is read.
struct Contents {
    columns: Vec<Vec<f64>>,
    steps: Vec<u32>,
    /// Absent where a code is no outcome.
    outcome: Option<Vec<Outcome>>,
}

impl Contents {
    fn read(
        from: &mut Reader<'_>,
        [.., nx, ny]: [u64; 4],
        columns: usize,
        (histories, records): (usize, usize),
    ) -> Result<Self, TileError> {
        let cells = nx.checked_mul(ny).filter(|cells| (1..=MAX_TILE_CELLS as u64).contains(cells));
        let cells = cells.ok_or(TileError::Damaged)? as usize;
        let recorded = cells.checked_mul(records).ok_or(TileError::Damaged)?;
        if columns > MAX_COLUMNS || histories > MAX_COLUMNS {
            return Err(TileError::Damaged);
        }
        // No room beforehand: a count that is a lie must meet the end of the bytes first.
        let lengths = std::iter::repeat_n(cells, columns).chain(std::iter::repeat_n(recorded, histories));
        let columns = lengths.map(|length| from.column(length)).collect::<Result<_, _>>()?;
        let steps = from.take(cells * 4)?.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
        let outcome = from.take(cells)?.iter().map(|code| Outcome::from_code(*code)).collect();
        Ok(Self { columns, steps, outcome })
    }

    fn finish(self, tile: Tile, shape: Shape) -> Result<TileOutcomes, TileError> {
        let mut columns = self.columns.into_iter();
        let mut next = || columns.next().ok_or(TileError::OtherCells);
        let (loss_start, loss_final) = (next()?, next()?);
        let outcome = self.outcome.ok_or(TileError::NoOutcome)?;
        let parameters = columns.by_ref().take(shape.parameters).collect();
        let measures = columns.by_ref().take(shape.measures).collect();
        let (derived, history, steps) = (Vec::new(), columns.collect(), self.steps);
        Ok(TileOutcomes { tile, loss_start, loss_final, parameters, measures, derived, history, steps, outcome })
    }
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], TileError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(TileError::CutOff)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], TileError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(TileError::CutOff)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u64, TileError> {
        self.array().map(u64::from_le_bytes)
    }

    fn short(&mut self) -> Result<usize, TileError> {
        self.array().map(u16::from_le_bytes).map(usize::from)
    }

    /// Bytes after their length.
    fn counted(&mut self) -> Result<&'a [u8], TileError> {
        let length = self.short()?;
        self.take(length)
    }

    /// A value column.
    fn column(&mut self, cells: usize) -> Result<Vec<f64>, TileError> {
        let [width] = self.array()?;
        let bytes = match width {
            4 | 8 => self.take(cells.checked_mul(usize::from(width)).ok_or(TileError::Damaged)?)?,
            _ => return Err(TileError::Damaged),
        };
        Ok(if width == 4 {
            bytes.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
        } else {
            bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
        })
    }
}

/// As much of the engine's name as a tile holds.
fn held(maker: &str) -> &[u8] {
    &maker.as_bytes()[..maker.len().min(MAX_MAKER)]
}
