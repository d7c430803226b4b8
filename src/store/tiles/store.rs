//! The folder in which the finished tiles of a sweep lie until all of it is done.

use super::format::{self, TileError, TileKey};
use super::plan::SweepPlan;
use crate::store::MAX_DOCUMENT_BYTES;
use crate::store::atomic_file::{Bounds, ENDING as UNFINISHED, create_passing, sync_folder};
use crate::sweep::{MAX_TILE_CELLS, SweepCommon, Tile, TileOutcomes};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PLAN: &str = "plan.json";
const LOCK: &str = "lock";
const ENDING: &str = ".tile";
/// What reached the disk is made sure of so often: so much work a power loss can take.
const SYNC_EVERY: Duration = Duration::from_secs(5);
/// Or after so many tiles.
const MOST_UNSYNCED: usize = 256;
/// What a lock says of who holds it (bytes).
const MAX_WORKER_BYTES: u64 = 1024;

/// The tiles of a sweep, for reading.
#[derive(Debug, Clone)]
pub struct Shelf {
    folder: PathBuf,
    origin: TileKey,
    grid: Arc<SweepCommon>,
}

/// The tiles of a sweep that is under way. No other process works on them.
#[derive(Debug)]
pub struct Store {
    shelf: Shelf,
    /// Held as long as the store is.
    lock: File,
    /// Written, and perhaps not on the disk yet. By name, because a process may have few files open at once.
    unsynced: Vec<PathBuf>,
    synced: Instant,
    bytes: Vec<u8>,
    /// Cells that are kept: found or saved.
    kept_cells: usize,
    /// Tiles are kept from here on.
    keeps_from: Instant,
}

/// Why a folder of tiles cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{who} is working on this sweep in {folder}; wait for it, or choose another --out")]
    Busy { who: String, folder: PathBuf },
    #[error("tiles cannot be kept in {0}")]
    Io(PathBuf, #[source] io::Error),
}

/// The folders of tiles in a folder, or it itself where it is one.
///
/// # Errors
/// A folder that cannot be read.
pub fn folders(of: &Path) -> io::Result<Vec<PathBuf>> {
    if of.join(PLAN).is_file() {
        return Ok(vec![of.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(of)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("tiles-") && entry.path().join(PLAN).is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Reads the plan in a folder of tiles.
///
/// # Errors
/// What is wrong with it, in one sentence.
pub fn read_plan(folder: &Path) -> Result<SweepPlan, String> {
    let bytes = read_limited(&folder.join(PLAN), MAX_DOCUMENT_BYTES as u64).map_err(|error| error.to_string())?;
    SweepPlan::from_json(&bytes)
}

/// All bytes of a file that has at most so many.
///
/// # Errors
/// Whatever reading gives; a file that is larger.
pub fn read_limited(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::with_capacity(length.min(most) as usize + 1);
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("is larger than {most} bytes")));
    }
    Ok(bytes)
}

impl Shelf {
    /// The shelf of a sweep's plan in `folder`.
    pub fn new(folder: &Path, plan: &SweepPlan, grid: &SweepCommon) -> Self {
        Self { folder: folder.to_owned(), origin: plan.origin(), grid: Arc::new(grid.clone()) }
    }

    /// Where it is.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The cells of each tile that is there within `range`, in order; of tiles that overlap the first. None is opened yet.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn tiles(&self, range: &Range<usize>) -> io::Result<Vec<Range<usize>>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            found.extend(cells_of(&entry?.file_name().to_string_lossy()).filter(|cells| self.fits(cells, range)));
        }
        found.sort_by_key(|cells| (cells.start, cells.end));
        let mut end = range.start;
        found.retain(|cells| {
            let follows = cells.start >= end;
            if follows {
                end = cells.end;
            }
            follows
        });
        Ok(found)
    }

    fn fits(&self, cells: &Range<usize>, range: &Range<usize>) -> bool {
        let within = cells.start >= range.start && cells.end <= range.end && cells.len() <= MAX_TILE_CELLS;
        within && Tile::of_range(self.grid.nx(), cells.clone()).is_some()
    }

    /// Refuses a folder that holds what alphasweep does not put there under such a name: a link, a pipe, a device or a
    /// folder in place of a file. None of it is followed, waited for or taken away.
    ///
    /// # Errors
    /// The first of them, named; a folder that cannot be read.
    pub fn inspect(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            if is_ours(&entry.file_name().to_string_lossy()) && !entry.file_type()?.is_file() {
                let message = format!("{} is no plain file; take it away", entry.path().display());
                return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }

    /// Reads a tile, and computes the columns that follow from what it holds.
    ///
    /// # Errors
    /// Why it cannot be taken.
    pub fn load(&self, cells: &Range<usize>) -> Result<TileOutcomes, TileError> {
        let tile = Tile::of_range(self.grid.nx(), cells.clone()).ok_or(TileError::OtherCells)?;
        let shape = self.grid.shape();
        let most = format::most_bytes(cells.len(), shape);
        let path = self.path(cells);
        // Whoever opens a pipe waits for a writer.
        if path.symlink_metadata().is_ok_and(|found| !found.is_file()) {
            return Err(TileError::NotATile);
        }
        let bytes = read_limited(&path, most).map_err(|error| TileError::Unreadable(error.to_string()))?;
        let mut outcomes = format::read(&bytes, tile, shape, &self.origin)?;
        self.grid.derive(&mut outcomes);
        Ok(outcomes)
    }

    /// The file of a tile.
    pub fn path(&self, cells: &Range<usize>) -> PathBuf {
        self.folder.join(format!("{:010}-{:010}{ENDING}", cells.start, cells.end))
    }
}

/// Who works on a folder of tiles at this moment, as it says itself.
pub fn workers(folder: &Path) -> Option<String> {
    let path = folder.join(LOCK);
    let lock = path.symlink_metadata().is_ok_and(|found| found.is_file()).then(|| File::open(&path).ok()).flatten()?;
    matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)).then(|| worker(&lock))
}

fn worker(mut lock: &File) -> String {
    let mut text = String::new();
    let read = lock.rewind().and_then(|()| lock.take(MAX_WORKER_BYTES).read_to_string(&mut text));
    if read.is_err() || text.is_empty() {
        "another alphasweep".to_owned()
    } else {
        format!("another alphasweep ({text})")
    }
}

/// Whether a file of a folder of tiles has a name that one of ours would have.
fn is_ours(name: &str) -> bool {
    let whole = |name: &str| name == PLAN || name == LOCK || cells_of(name).is_some();
    let unfinished = || {
        let (name, _) = name.strip_suffix(UNFINISHED)?.rsplit_once('.')?;
        Some(whole(name))
    };
    whole(name) || unfinished().unwrap_or(false)
}

/// The cells that the name of a tile says.
fn cells_of(name: &str) -> Option<Range<usize>> {
    let (start, end) = name.strip_suffix(ENDING)?.split_once('-')?;
    let number = |text: &str| text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let cells = number(start)?..number(end)?;
    (!cells.is_empty()).then_some(cells)
}

impl Store {
    /// Opens the folder of a plan in `out`, and makes it where it is not there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub fn open(out: &Path, plan: &SweepPlan, grid: &SweepCommon) -> Result<Self, StoreError> {
        let folder = out.join(plan.folder());
        let failed = |error: io::Error| StoreError::Io(folder.clone(), error);
        Bounds::Below(out).check(&folder).map_err(failed)?;
        fs::create_dir_all(&folder).map_err(failed)?;
        let shelf = Shelf::new(&folder, plan, grid);
        shelf.inspect().map_err(failed)?;
        let mut how = File::options();
        let lock = how.create(true).truncate(false).read(true).write(true).open(folder.join(LOCK)).map_err(failed)?;
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(StoreError::Busy { who: worker(&lock), folder }),
            // Some file systems have no locks; two processes at once then write the same tiles, each by renaming.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let now = Instant::now();
        let mut store =
            Self { shelf, lock, unsynced: Vec::new(), synced: now, bytes: Vec::new(), kept_cells: 0, keeps_from: now };
        store.sign().map_err(failed)?;
        store.clear_unfinished().map_err(failed)?;
        if read_plan(&folder).ok().as_ref() != Some(plan) {
            store.bytes = plan.json().into_bytes();
            if let Err(error) = store.write(&folder.join(PLAN)) {
                store.leave_nothing();
                return Err(failed(error));
            }
        }
        Ok(store)
    }

    /// Says in the lock who holds it.
    fn sign(&mut self) -> io::Result<()> {
        self.lock.set_len(0)?;
        write!(self.lock, "process {}", std::process::id())
    }

    /// What a process that was killed left half-written.
    fn clear_unfinished(&self) -> io::Result<()> {
        for name in self.files()?.iter().filter(|name| name.ends_with(UNFINISHED)) {
            fs::remove_file(self.shelf.folder.join(name))?;
        }
        Ok(())
    }

    /// Takes the folder away again, if nothing else is in it.
    fn leave_nothing(self) {
        let folder = self.shelf.folder.clone();
        drop(self);
        let _ = fs::remove_file(folder.join(LOCK)).and_then(|()| fs::remove_dir(&folder));
    }

    /// The names of what alphasweep put into the folder.
    fn files(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.shelf.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_ours(&name) && entry.file_type()?.is_file() {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// For reading what is there.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// Counts cells whose tile is there already.
    pub fn found(&mut self, cells: usize) {
        self.kept_cells += cells;
    }

    /// Cells that are kept.
    pub fn kept_cells(&self) -> usize {
        self.kept_cells
    }

    /// Keeps no tiles until so much time has passed: a short sweep is computed again sooner than its tiles are written and
    /// read. To hold them in memory till then was rejected: it takes as much as the sweep, and `kill -9` takes them all the same.
    pub fn keep_after(&mut self, time: Duration) {
        self.keeps_from = Instant::now() + time;
    }

    /// Whether tiles are kept by now.
    pub fn keeps(&self) -> bool {
        Instant::now() >= self.keeps_from
    }

    /// Keeps a tile. It has its name only when it is whole.
    ///
    /// # Errors
    /// A full disk; nothing of the tile is left then.
    pub fn save(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        format::write(tile, &self.shelf.origin, &mut self.bytes);
        self.write(&self.shelf.path(&tile.tile.range(self.shelf.grid.nx())))?;
        self.kept_cells += tile.tile.cells();
        if self.synced.elapsed() >= SYNC_EVERY || self.unsynced.len() >= MOST_UNSYNCED {
            self.sync()?;
        }
        Ok(())
    }

    /// Writes the buffer under a passing name, and gives it this name.
    fn write(&mut self, path: &Path) -> io::Result<()> {
        let mut passing = create_passing(path)?;
        passing.write_all(&self.bytes)?;
        passing.persist(path).map_err(|error| error.error)?;
        self.unsynced.push(path.to_owned());
        Ok(())
    }

    /// Makes sure that what was saved is on the disk.
    ///
    /// # Errors
    /// A disk that failed.
    pub fn sync(&mut self) -> io::Result<()> {
        for path in self.unsynced.drain(..) {
            match File::open(path) {
                Ok(file) => file.sync_data()?,
                // Somebody took it away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        sync_folder(&self.shelf.folder)?;
        self.synced = Instant::now();
        Ok(())
    }

    /// Takes a tile away that cannot be used.
    ///
    /// # Errors
    /// Whatever removing gives.
    pub fn discard(shelf: &Shelf, cells: &Range<usize>) -> io::Result<()> {
        fs::remove_file(shelf.path(cells))
    }

    /// Takes away what alphasweep put there, and the folder where nothing else is in it. Whether it is gone.
    ///
    /// # Errors
    /// Whatever removing gives.
    pub fn remove(self) -> io::Result<bool> {
        // The plan first: what is left when this is interrupted is then no sweep to go on with.
        fs::remove_file(self.shelf.folder.join(PLAN))?;
        let names = self.files()?;
        drop(self.lock);
        names.iter().try_for_each(|name| fs::remove_file(self.shelf.folder.join(name)))?;
        match fs::remove_dir(&self.shelf.folder) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
            done => done.map(|()| true),
        }
    }
}
