//! What tells one sweep from another, and one answer from another.

use super::described::{described, placeless};
use crate::engine::Output;
use crate::sweep::{Column, Line, Sweep, SweepCommon, TileOutcomes, Values};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io;
use xxhash_rust::xxh3::Xxh3Default;

/// 64 bits that change with anything that a sweep's numbers depend on: the resolved spec, every value that was drawn for
/// it, every bit of its data, and the version of this program. What computes is not in it. It is no protection against
/// forgery.
pub fn fingerprint(sweep: &Sweep) -> u64 {
    let mut hash = Xxh3Default::new();
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    hash.update(placeless(described(sweep)).to_string().as_bytes());
    for line in sweep.x_lines.iter().chain(&sweep.y_lines) {
        hash.update(b"line");
        if let Line::Values(values) = line {
            in_blocks(&mut hash, values, |value| value.to_le_bytes());
        }
    }
    if let Sweep::Formula(spec) = sweep {
        for table in spec.data.iter().flat_map(|data| &data.tables) {
            hash.update(table.hash().as_bytes());
        }
    }
    hash.digest()
}

/// Gathers [`Results`] as tiles come.
pub struct Digest {
    columns: Vec<Fingerprinted>,
}

/// A column, the name of its fingerprint, and what was seen of it.
#[derive(Clone)]
struct Fingerprinted {
    column: Column,
    name: String,
    hash: Xxh3Default,
}

/// A fingerprint of every column of a sweep's answer: 16 hexadecimal digits of XXH3 (64 bits) over its values in y-major
/// order, the lowest byte of each first. Numbers are f64, steps u32, outcomes their codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Results {
    pub xxh3: BTreeMap<String, String>,
}

/// The bits of a value that is no number; engines do not agree on others.
const NO_NUMBER: u64 = 0x7ff8_0000_0000_0000;

impl Digest {
    /// Nothing seen yet.
    pub fn new(grid: &SweepCommon) -> Self {
        let history = grid.history.iter().flat_map(|history| &history.columns);
        let named = grid.columns.iter().map(|column| (column, column.name.clone()));
        let named = named.chain(history.map(|column| (column, format!("history_{}", column.name))));
        let new = |(column, name): (&Column, String)| Fingerprinted {
            column: column.clone(),
            name,
            hash: Xxh3Default::new(),
        };
        Self { columns: named.map(new).collect() }
    }

    /// The fingerprints of all tiles seen.
    pub fn finish(&self) -> Results {
        let digits = |of: &Fingerprinted| (of.name.clone(), format!("{:016x}", of.hash.digest()));
        Results { xxh3: self.columns.iter().map(digits).collect() }
    }

    /// One fingerprint of all tiles seen: 16 hexadecimal digits that depend on every bit of every column, and neither on
    /// how the cells are cut into tiles nor on when they were computed. It is no protection against forgery.
    pub fn digits(&self) -> String {
        let mut hash = Xxh3Default::new();
        for (name, column) in self.finish().xxh3 {
            hash.update(format!("{name}={column}\n").as_bytes());
        }
        format!("{:016x}", hash.digest())
    }
}

impl Output for Digest {
    /// Tiles follow each other in y-major order of their cells.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        let bits = |value: &f64| if value.is_nan() { NO_NUMBER } else { value.to_bits() };
        for Fingerprinted { column, hash, .. } in &mut self.columns {
            match tile.values(column) {
                Values::Reals(values) => in_blocks(hash, values, |value| bits(value).to_le_bytes()),
                Values::Steps(values) => in_blocks(hash, values, |steps| steps.to_le_bytes()),
                Values::Outcomes(values) => in_blocks(hash, values, |outcome| [*outcome as u8]),
            }
        }
        Ok(())
    }
}

/// Hashes the bytes of values; block by block, so that they stay in the cache.
fn in_blocks<T, const N: usize>(hash: &mut Xxh3Default, values: &[T], bytes: impl Fn(&T) -> [u8; N]) {
    const BLOCK: usize = 512;
    let mut block = [[0; N]; BLOCK];
    for values in values.chunks(BLOCK) {
        for (to, value) in block.iter_mut().zip(values) {
            *to = bytes(value);
        }
        hash.update(block[..values.len()].as_flattened());
    }
}
