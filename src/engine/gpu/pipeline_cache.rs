//! What a driver made of shaders, kept in the user's cache folder for the next run.
//!
//! The file is never needed: one that is missing, damaged, too large or of another driver is as good as an empty one, and a
//! folder that cannot be written to is left alone. wgpu and the driver look for their own versions in the data; damage they
//! need not notice, so a checksum goes before it.

use std::env;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use tempfile::NamedTempFile;
use wgpu::{AdapterInfo, Device, Features, PipelineCacheDescriptor};
use xxhash_rust::xxh3::xxh3_64;

/// Larger data are not kept: the next run begins anew (bytes).
const MOST: u64 = 16 << 20;
/// Bytes of the checksum.
const SUM: usize = 8;

/// The cache of a device.
pub struct PipelineCache {
    handle: wgpu::PipelineCache,
    file: PathBuf,
    /// Checksum of what the file holds.
    kept: Mutex<Option<u64>>,
}

impl PipelineCache {
    /// With what earlier runs have left; nothing where the back end has no such thing, or the user no folder for it.
    pub fn open(device: &Device, info: &AdapterInfo) -> Option<Self> {
        let key =
            wgpu::util::pipeline_cache_key(info).filter(|_| device.features().contains(Features::PIPELINE_CACHE))?;
        let file = folder()?.join("alphasweep").join(key);
        let data = kept(&file);
        let descriptor = PipelineCacheDescriptor { label: None, data: data.as_deref(), fallback: true };
        // SAFETY: the data came from `get_data`, as far as a checksum can tell; wgpu looks whether adapter and driver are
        // the same.
        #[allow(unsafe_code, reason = "a driver must trust these bytes")]
        let handle = unsafe { device.create_pipeline_cache(&descriptor) };
        Some(Self { handle, file, kept: Mutex::new(data.map(|data| xxh3_64(&data))) })
    }

    /// For descriptions of pipelines.
    pub fn handle(&self) -> &wgpu::PipelineCache {
        &self.handle
    }

    /// Keeps what is there now, if that is something else.
    pub fn save(&self) {
        let (Some(data), Ok(mut kept)) = (self.handle.get_data(), self.kept.lock()) else { return };
        let sum = xxh3_64(&data);
        if *kept != Some(sum) && keep(&self.file, &data).is_some() {
            *kept = Some(sum);
        }
    }
}

/// The user's folder for what can be made again.
fn folder() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(variable("HOME")?.join(".cache"));
    variable("XDG_CACHE_HOME").or_else(|| variable("LOCALAPPDATA")).or_else(home)
}

/// What a file holds, if it is whole.
fn kept(file: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(MOST + 1).read_to_end(&mut bytes).ok()?;
    let (sum, data) = bytes.split_first_chunk::<SUM>().filter(|_| bytes.len() as u64 <= MOST)?;
    (xxh3_64(data).to_le_bytes() == *sum).then(|| data.to_vec())
}

/// Puts data in the place of what a file holds, whole or not at all. Nothing where it cannot, or they are too large.
fn keep(file: &Path, data: &[u8]) -> Option<()> {
    let folder = file.parent().filter(|_| (data.len() + SUM) as u64 <= MOST)?;
    fs::create_dir_all(folder).ok()?;
    let mut anew = NamedTempFile::new_in(folder).ok()?;
    anew.write_all(&xxh3_64(data).to_le_bytes()).and_then(|()| anew.write_all(data)).ok()?;
    anew.persist(file).ok().map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_what_was_damaged_does_not() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("deep").join("file");
        assert_eq!(kept(&file), None);
        let data: Vec<u8> = (0..1000).map(|at| (at * at) as u8).collect();
        keep(&file, &data).expect("kept");
        assert_eq!(kept(&file), Some(data.clone()));
        let whole = fs::read(&file).expect("a file");
        for at in [0, SUM, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&file, bytes).expect("written");
            assert_eq!(kept(&file), None, "byte {at}");
        }
        for length in [0, 1, SUM, whole.len() - 1] {
            fs::write(&file, &whole[..length]).expect("written");
            assert_eq!(kept(&file), None, "{length} bytes");
        }
        keep(&file, &data).expect("in the place of a damaged one");
        assert_eq!(kept(&file), Some(data));
        let others = fs::read_dir(place.path().join("deep")).expect("a folder").count();
        assert_eq!(others, 1, "nothing is left beside it");
    }

    #[test]
    fn it_does_not_grow_without_end_and_a_folder_that_is_none_is_no_error() {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("file");
        let most = vec![7; MOST as usize - SUM];
        keep(&file, &most).expect("kept");
        assert_eq!(kept(&file).map(|data| data.len()), Some(most.len()));
        assert_eq!(keep(&file, &vec![7; most.len() + 1]), None);
        fs::write(&file, vec![7; MOST as usize + 1]).expect("written");
        assert_eq!(kept(&file), None);
        assert_eq!(keep(&file.join("below"), &[1]), None);
        assert_eq!(kept(place.path()), None, "a folder");
    }
}
