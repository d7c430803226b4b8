//! Images and their labels in the format of MNIST (LeCun, Cortes, Burges): a magic number, sizes, bytes.

use super::error::{IdxProblem, SamplesError, SamplesProblem};
use super::limits::{MAX_FEATURES, MAX_INPUTS};
use super::sets::{SampleSets, Samples, Targets};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// Images of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Images<'a> {
    pub count: usize,
    /// Pixels.
    pub height: usize,
    /// Pixels.
    pub width: usize,
    /// Image after image, row after row, `count × height × width`, 0 to 255.
    pub pixels: &'a [u8],
}

/// One of the two kinds of files.
struct Kind {
    what: &'static str,
    /// Count, height and width; or the count alone.
    dimensions: u8,
}

const IMAGES: Kind = Kind { what: "images", dimensions: 3 };
const LABELS: Kind = Kind { what: "labels", dimensions: 1 };
const KINDS: [&Kind; 2] = [&IMAGES, &LABELS];

/// The third byte of a file of unsigned bytes.
const UNSIGNED_BYTES: u8 = 8;
/// Classes that there are at least: the digits.
const DIGITS: usize = 10;
/// No good file is longer, unpacked (bytes): a header and the pixels.
const LONGEST: u64 = MAX_FEATURES as u64 + 16;

impl Kind {
    fn magic(&self) -> [u8; 4] {
        [0, 0, UNSIGNED_BYTES, self.dimensions]
    }

    /// The sizes that a file announces, and the bytes behind them: as many as the sizes say.
    fn parse<'a>(&self, bytes: &'a [u8]) -> Result<(Vec<usize>, &'a [u8]), IdxProblem> {
        let header = 4 + 4 * usize::from(self.dimensions);
        let cut_off = |expected: usize| IdxProblem::CutOff { expected: expected as u64, found: bytes.len() as u64 };
        let magic = bytes.first_chunk().ok_or_else(|| cut_off(header))?;
        self.check_magic(*magic)?;
        let words = bytes.get(4..header).ok_or_else(|| cut_off(header))?.chunks_exact(4);
        let sizes: Vec<usize> = words.map(|w| u32::from_be_bytes([w[0], w[1], w[2], w[3]]) as usize).collect();
        let length = header + self.length(&sizes)?;
        let values = bytes.get(header..length).ok_or_else(|| cut_off(length))?;
        if bytes.len() > length {
            return Err(IdxProblem::TooLong { expected: length as u64, found: bytes.len() as u64 });
        }
        Ok((sizes, values))
    }

    fn check_magic(&self, magic: [u8; 4]) -> Result<(), IdxProblem> {
        if let Some(other) = KINDS.iter().find(|kind| kind.magic() == magic && kind.what != self.what) {
            return Err(IdxProblem::Exchanged { expected: self.what, found: other.what });
        }
        match magic {
            [0, 0, UNSIGNED_BYTES, found] if found == self.dimensions => Ok(()),
            [0, 0, UNSIGNED_BYTES, found] => {
                Err(IdxProblem::Dimensions { what: self.what, expected: self.dimensions, found })
            }
            [0, 0, kind @ (9 | 11..=14), _] => Err(IdxProblem::Type(self.what, kind)),
            _ => Err(IdxProblem::Foreign(hexadecimal(magic), self.what, hexadecimal(self.magic()))),
        }
    }

    /// How many values there are, for sizes that can be kept.
    fn length(&self, sizes: &[usize]) -> Result<usize, IdxProblem> {
        let announced = || format!("{} {}", by(sizes), self.what);
        if sizes.contains(&0) {
            return Err(IdxProblem::NoSize(announced()));
        }
        let product = |sizes: &[usize]| sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        let fits = |sizes: &[usize], most: usize| product(sizes).filter(|product| *product <= most);
        let length = fits(sizes, MAX_FEATURES).filter(|_| fits(&sizes[1..], MAX_INPUTS).is_some());
        length.ok_or_else(|| IdxProblem::TooLarge(announced()))
    }
}

fn hexadecimal(bytes: [u8; 4]) -> String {
    bytes.map(|byte| format!("{byte:02x}")).join(" ")
}

fn by(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<String>>().join("×")
}

/// Images from the bytes of an unpacked IDX file.
///
/// # Errors
/// Anything but a whole file of images that can be kept.
pub fn parse_images(bytes: &[u8]) -> Result<Images<'_>, IdxProblem> {
    let (sizes, pixels) = IMAGES.parse(bytes)?;
    Ok(Images { count: sizes[0], height: sizes[1], width: sizes[2], pixels })
}

/// Labels from the bytes of an unpacked IDX file.
///
/// # Errors
/// Anything but a whole file of labels.
pub fn parse_labels(bytes: &[u8]) -> Result<&[u8], IdxProblem> {
    Ok(LABELS.parse(bytes)?.1)
}

/// Images of a folder's part, with their labels.
struct Part {
    /// Height and width.
    size: [usize; 2],
    features: Vec<f32>,
    labels: Vec<u8>,
    labels_path: PathBuf,
    images_path: PathBuf,
}

impl SampleSets {
    /// Reads a folder with the four files of MNIST: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the same
    /// with `t10k` for the test rows; packed by gzip or not, as the contents say, with `.gz` or without; also spelled
    /// `train-images.idx3-ubyte`. Pixels become inputs from 0 to 1. There are ten classes, or more if there are more
    /// labels.
    ///
    /// # Errors
    /// Files that are missing, cut off, exchanged, of another format or too large; counts or sizes that do not fit
    /// together; labels out of range.
    pub fn read_idx(folder: &Path) -> Result<Self, SamplesError> {
        let train = Part::read(folder, "train")?;
        let test = Part::read(folder, "t10k")?;
        let classes =
            classes(&train.labels).map_err(|problem| SamplesError::new(train.labels_path.display(), problem))?;
        check_labels(&test.labels, classes)
            .map_err(|problem| SamplesError::new(test.labels_path.display(), problem))?;
        if test.size != train.size {
            let problem = IdxProblem::Pixels(by(&test.size), by(&train.size));
            return Err(SamplesError::new(test.images_path.display(), problem));
        }
        let source = folder.display().to_string();
        Ok(Self { source, train: train.samples(classes), test: Some(test.samples(classes)), seeded: false })
    }
}

impl Part {
    fn read(folder: &Path, part: &str) -> Result<Self, SamplesError> {
        let (images_path, bytes) = read(folder, part, &IMAGES)?;
        let complain = |problem| SamplesError::new(images_path.display(), problem);
        let Images { count, height, width, pixels } = parse_images(&bytes).map_err(complain)?;
        let (labels_path, labels) = read(folder, part, &LABELS)?;
        let complain = |problem| SamplesError::new(labels_path.display(), problem);
        let labels = parse_labels(&labels).map_err(complain)?.to_vec();
        if labels.len() != count {
            let file = images_path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            return Err(complain(IdxProblem::Counts { labels: labels.len(), images: count, file }));
        }
        let features = pixels.iter().map(|pixel| f32::from(*pixel) / 255.0).collect();
        Ok(Self { size: [height, width], features, labels, labels_path, images_path })
    }

    fn samples(self, classes: usize) -> Samples {
        let labels = self.labels.into_iter().map(u32::from).collect();
        let targets = Targets::Labels { labels, classes };
        Samples { inputs: self.size[0] * self.size[1], features: self.features, targets }
    }
}

/// How many classes the labels of the training rows stand for. A label far above all others is a fault of the file, not
/// a class.
fn classes(labels: &[u8]) -> Result<usize, IdxProblem> {
    let mut seen = [false; 256];
    for label in labels {
        seen[usize::from(*label)] = true;
    }
    let mut counts = DIGITS..=255;
    let end = counts.find(|label| !seen[*label]).unwrap_or(256);
    match labels.iter().position(|label| usize::from(*label) > end) {
        Some(at) => Err(IdxProblem::Gap { label: labels[at], row: at + 1, gap: end as u8 }),
        None => Ok(end),
    }
}

fn check_labels(labels: &[u8], classes: usize) -> Result<(), IdxProblem> {
    match labels.iter().position(|label| usize::from(*label) >= classes) {
        Some(at) => Err(IdxProblem::UnknownClass { label: labels[at], row: at + 1, largest: classes - 1 }),
        None => Ok(()),
    }
}

/// The path and the unpacked bytes of a file under whichever of its names it has.
fn read(folder: &Path, part: &str, kind: &Kind) -> Result<(PathBuf, Vec<u8>), SamplesError> {
    let name = |between: char| format!("{part}-{}{between}idx{}-ubyte", kind.what, kind.dimensions);
    let names = ["", ".gz"].map(|end| ['-', '.'].map(|between| folder.join(name(between) + end)));
    let path = names.into_iter().flatten().find(|path| path.is_file());
    let path = path.ok_or_else(|| SamplesError::new(folder.display(), IdxProblem::Missing(name('-'))))?;
    let bytes = unpacked(&path).map_err(|problem| SamplesError::new(path.display(), problem))?;
    Ok((path, bytes))
}

/// The bytes of a file, of what it unpacks to if it is packed. No more than one byte above what a good file can have:
/// a small file can unpack to any length.
fn unpacked(path: &Path) -> Result<Vec<u8>, SamplesProblem> {
    let unreadable = |error: io::Error| IdxProblem::Unreadable(error.to_string());
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut bytes = Vec::new();
    if file.fill_buf().map_err(unreadable)?.starts_with(&[0x1f, 0x8b]) {
        let unpacking = MultiGzDecoder::new(file).take(LONGEST + 1).read_to_end(&mut bytes);
        unpacking.map_err(|error| IdxProblem::Gzip(error.to_string()))?;
    } else {
        file.take(LONGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    Ok(bytes)
}
