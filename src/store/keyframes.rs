//! Keyframes of a film on disk: each is kept when it is computed, so that whoever begins again, or brings parts together, finds
//! what is there.

use super::tiles::read_limited;
use crate::engine::{Refined, Seen};
use crate::sweep::Outcome;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;
use xxhash_rust::xxh3::xxh3_64;

/// The keyframes below a folder.
#[derive(Debug, Clone)]
pub struct Keyframes {
    folder: PathBuf,
}

/// What every file begins with.
const MAGIC: &[u8; 8] = b"asw-key1";
/// Numbers behind that: width, height, cells computed, looked at and wrong.
const NUMBERS: usize = 5;
/// An outcome, and what its shade goes by.
const CELL: usize = 5;
const HEAD: usize = MAGIC.len() + 8 * NUMBERS;
const CHECK: usize = 8;

impl Keyframes {
    /// Those of a folder, which is made.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn below(folder: &Path) -> io::Result<Self> {
        let folder = folder.join("keyframes");
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, key: u64) -> PathBuf {
        self.folder.join(format!("{key:016x}.keyframe"))
    }

    /// The keyframe that was kept under a key, if it is whole and of this size; a damaged one is as good as none.
    pub fn load(&self, key: u64, size: (usize, usize)) -> Option<Refined> {
        let most = HEAD + size.0 * size.1 * CELL + CHECK;
        read(&read_limited(&self.path(key), most as u64).ok()?, size)
    }

    /// Keeps a keyframe under a key.
    ///
    /// # Errors
    /// A full disk.
    pub fn save(&self, key: u64, map: &Refined) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(&written(map))?;
        file.persist(self.path(key)).map(drop).map_err(|error| error.error)
    }
}

fn written(map: &Refined) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for number in [map.nx, map.ny, map.computed, map.checked, map.wrong] {
        bytes.extend((number as u64).to_le_bytes());
    }
    for (outcome, key) in &map.cells {
        bytes.push(*outcome as u8);
        bytes.extend(key.to_le_bytes());
    }
    let check = xxh3_64(&bytes);
    bytes.extend(check.to_le_bytes());
    bytes
}

fn read(bytes: &[u8], (nx, ny): (usize, usize)) -> Option<Refined> {
    let (content, check) = bytes.split_last_chunk::<CHECK>()?;
    if xxh3_64(content) != u64::from_le_bytes(*check) {
        return None;
    }
    let (numbers, _) = content.strip_prefix(MAGIC)?.get(..8 * NUMBERS)?.as_chunks::<8>();
    let numbers: Vec<usize> =
        numbers.iter().map(|number| usize::try_from(u64::from_le_bytes(*number)).ok()).collect::<Option<_>>()?;
    let [wide, high, computed, checked, wrong] = numbers.try_into().ok()?;
    let (cells, rest) = content.get(HEAD..)?.as_chunks::<CELL>();
    if (wide, high) != (nx, ny) || cells.len() != nx * ny || !rest.is_empty() {
        return None;
    }
    let seen = |[outcome, key @ ..]: &[u8; CELL]| -> Option<Seen> {
        Some((Outcome::from_code(*outcome)?, f32::from_le_bytes(*key)))
    };
    let cells = cells.iter().map(seen).collect::<Option<_>>()?;
    Some(Refined { nx, ny, cells, computed, checked, wrong })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> Refined {
        let cells = (0..12_u8).map(|at| (Outcome::from_code(at % 8).expect("a code"), f32::from(at) / 3.0)).collect();
        Refined { nx: 4, ny: 3, cells, computed: 7, checked: 2, wrong: 1 }
    }

    #[test]
    fn a_keyframe_is_found_as_it_was_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Keyframes::below(folder.path()).expect("it is made");
        assert_eq!(kept.load(9, (4, 3)), None);
        kept.save(9, &map()).expect("it is written");
        assert_eq!(kept.load(9, (4, 3)), Some(map()));
        assert_eq!(kept.load(9, (3, 4)), None, "of another size");
        assert_eq!(kept.load(8, (4, 3)), None, "under another key");
    }

    /// The sibling: of what was changed nothing is taken.
    #[test]
    fn a_damaged_keyframe_is_none() {
        let whole = written(&map());
        assert_eq!(read(&whole, (4, 3)), Some(map()));
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert_eq!(read(&damaged, (4, 3)), None, "byte {at}");
            assert_eq!(read(&whole[..at], (4, 3)), None, "cut at {at}");
        }
    }
}
