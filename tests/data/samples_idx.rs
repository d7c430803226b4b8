//! Files of images in the format of MNIST: the real ones where they are, packed or not, and every way to be broken.

use alphasweep::problem::samples::{
    IdxProblem, MAX_FEATURES, SampleSets, Samples, SamplesError, SamplesProblem, Targets, parse_images, parse_labels,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use tempfile::TempDir;

use crate::common::skipped;

const FILES: [&str; 4] =
    ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"];

/// A file with these sizes and values.
fn idx(sizes: &[u32], values: &[u8]) -> Vec<u8> {
    let sizes_as_bytes = sizes.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, 8, sizes.len() as u8].into_iter().chain(sizes_as_bytes).chain(values.iter().copied()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Three training and two test images of 2×3 pixels.
fn good() -> [Vec<u8>; 4] {
    let pixels: Vec<u8> = (0..18).map(|at| 15 * at).collect();
    [idx(&[3, 2, 3], &pixels), idx(&[3], &[4, 0, 9]), idx(&[2, 2, 3], &pixels[6..]), idx(&[2], &[1, 9])]
}

fn folder(files: &[Vec<u8>; 4]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    FILES.iter().zip(files).for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
    folder
}

/// The good folder with one file replaced: the problem, and the name at the head of the message.
fn problem_with(at: usize, bytes: Vec<u8>) -> (IdxProblem, String) {
    let mut files = good();
    files[at] = bytes;
    problem_of(folder(&files).path())
}

fn problem_of(folder: &Path) -> (IdxProblem, String) {
    let SamplesError { data, problem } = SampleSets::read_idx(folder).expect_err("a broken folder");
    let SamplesProblem::Idx(problem) = problem else { panic!("{problem:?}") };
    let name =
        data.strip_prefix(&folder.display().to_string()).expect("the file's path").trim_start_matches(['/', '\\']);
    (problem, name.to_owned())
}

fn labels(samples: &Samples) -> (&[u32], usize) {
    match &samples.targets {
        Targets::Labels { labels, classes } => (labels, *classes),
        Targets::Values { .. } => panic!("labels, not values"),
    }
}

/// The folder without its own name.
fn contents(folder: &TempDir) -> SampleSets {
    let sets = SampleSets::read_idx(folder.path()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(sets.source, folder.path().display().to_string());
    SampleSets { source: String::new(), ..sets }
}

#[test]
fn four_files_become_pixels_from_0_to_1_and_ten_classes() {
    let sets = contents(&folder(&good()));
    let test = sets.test.as_ref().expect("test rows");
    assert_eq!((sets.train.inputs, sets.train.rows(), test.rows(), sets.seeded), (6, 3, 2, false));
    let expected: Vec<f32> = (0..18).map(|at| 15.0 * at as f32 / 255.0).collect();
    assert_eq!((&sets.train.features, &test.features[..]), (&expected, &expected[6..]));
    assert_eq!((labels(&sets.train), labels(test)), ((&[4, 0, 9][..], 10), (&[1, 9][..], 10)));
    assert_eq!(expected[17], 1.0);
}

#[test]
fn packed_and_plain_files_under_any_of_their_names_are_the_same() {
    let plain = contents(&folder(&good()));
    // What stands between the parts of a name, its end, and whether the contents are packed.
    let spellings = [
        ("packed", "-idx", ".gz", true),
        ("with a point", ".idx", "", false),
        ("packed, with a point", ".idx", ".gz", true),
        ("unpacked on the way", "-idx", ".gz", false),
        ("packed, and not called so", "-idx", "", true),
    ];
    for (what, between, end, packed) in spellings {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in FILES.iter().zip(good()) {
            let bytes = if packed { gzip(&bytes) } else { bytes };
            fs::write(folder.path().join(name.replace("-idx", between) + end), bytes).unwrap();
        }
        assert_eq!(contents(&folder), plain, "{what}");
    }
    // Packed in two pieces, as parallel packers do.
    let [images, rest @ ..] = good();
    let pieces = [gzip(&images[..20]), gzip(&images[20..])].concat();
    let [labels, test_images, test_labels] = rest;
    assert_eq!(contents(&folder(&[pieces, labels, test_images, test_labels])), plain);
}

#[test]
fn more_than_ten_classes_are_those_that_occur() {
    let mut files = good();
    let count: u8 = 26;
    let letters: Vec<u8> = (1..=count).collect();
    files[0] = idx(&[26, 2, 3], &[1; 26 * 6]);
    files[1] = idx(&[26], &letters);
    files[3] = idx(&[2], &[26, 3]);
    assert_eq!(labels(&contents(&folder(&files)).train).1, 27);
    let all: Vec<u8> = (0..=255).collect();
    files[0] = idx(&[256, 2, 3], &[1; 256 * 6]);
    files[1] = idx(&[256], &all);
    assert_eq!(labels(&contents(&folder(&files)).train).1, 256);
}

#[test]
fn labels_out_of_range_are_named() {
    let (problem, name) = problem_with(1, idx(&[3], &[4, 17, 9]));
    assert_eq!((problem, name.as_str()), (IdxProblem::Gap { label: 17, row: 2, gap: 10 }, FILES[1]));
    assert_eq!(problem_with(1, idx(&[3], &[255, 10, 9])).0, IdxProblem::Gap { label: 255, row: 1, gap: 11 });
    let (problem, name) = problem_with(3, idx(&[2], &[1, 10]));
    assert_eq!((problem, name.as_str()), (IdxProblem::UnknownClass { label: 10, row: 2, largest: 9 }, FILES[3]));
}

#[test]
fn a_missing_file_is_named() {
    for (at, missing) in FILES.iter().enumerate() {
        let folder = folder(&good());
        fs::remove_file(folder.path().join(FILES[at])).unwrap();
        assert_eq!(problem_of(folder.path()), (IdxProblem::Missing((*missing).to_owned()), String::new()));
    }
}

#[test]
fn exchanged_files_are_named() {
    let [images, labels, ..] = good();
    let (expected, found) = ("images", "labels");
    assert_eq!(problem_with(0, labels), (IdxProblem::Exchanged { expected, found }, FILES[0].to_owned()));
    assert_eq!(problem_with(3, images).0, IdxProblem::Exchanged { expected: found, found: expected });
}

#[test]
fn every_cut_is_found() {
    let [images, labels, ..] = good();
    for length in 0..images.len() {
        // Too short for the sizes: all that is known is that a header belongs there.
        let expected = if length < 16 { 16 } else { images.len() as u64 };
        assert_eq!(parse_images(&images[..length]), Err(IdxProblem::CutOff { expected, found: length as u64 }));
    }
    for length in 0..labels.len() {
        assert!(matches!(parse_labels(&labels[..length]), Err(IdxProblem::CutOff { .. })), "{length}");
    }
    assert!(parse_images(&images).is_ok() && parse_labels(&labels).is_ok());
    let longer = [&images[..], &[0]].concat();
    assert_eq!(problem_with(0, longer).0, IdxProblem::TooLong { expected: 34, found: 35 });
    let packed = gzip(&images);
    for length in [3, 12, packed.len() / 2, packed.len() - 1] {
        let (problem, name) = problem_with(2, packed[..length].to_vec());
        assert!(matches!(problem, IdxProblem::Gzip(_)), "{length}: {problem:?}");
        assert_eq!(name, FILES[2]);
    }
}

#[test]
fn a_changed_byte_of_a_packed_file_is_found() {
    let mut packed = gzip(&good()[0]);
    let middle = packed.len() - 6;
    packed[middle] ^= 1;
    assert!(matches!(problem_with(0, packed).0, IdxProblem::Gzip(_)));
}

#[test]
fn files_of_other_formats_are_named() {
    let png = b"\x89PNG\r\n\x1a\n".to_vec();
    let expected = IdxProblem::Foreign("89 50 4e 47".into(), "images", "00 00 08 03".into());
    assert_eq!(problem_with(0, png).0, expected);
    let page = b"<!DOCTYPE html><html>".to_vec();
    assert!(matches!(problem_with(1, page).0, IdxProblem::Foreign(..)));
    let mut floats = good()[0].clone();
    floats[2] = 0x0d;
    assert_eq!(problem_with(0, floats).0, IdxProblem::Type("images", 0x0d));
    let colours = idx(&[1, 1, 1, 3], &[1, 2, 3]);
    assert_eq!(problem_with(0, colours).0, IdxProblem::Dimensions { what: "images", expected: 3, found: 4 });
}

#[test]
fn sizes_that_cannot_be_are_refused_before_memory_is_taken() {
    for sizes in [[0, 2, 3], [3, 0, 3], [3, 2, 0]] {
        assert!(matches!(parse_images(&idx(&sizes, &[])), Err(IdxProblem::NoSize(_))), "{sizes:?}");
    }
    assert!(matches!(parse_labels(&idx(&[0], &[])), Err(IdxProblem::NoSize(_))));
    for sizes in [[u32::MAX; 3], [1, 129, 128], [MAX_FEATURES as u32 + 1, 1, 1]] {
        assert!(matches!(parse_images(&idx(&sizes, &[])), Err(IdxProblem::TooLarge(_))), "{sizes:?}");
    }
    // The largest that there may be is merely cut off here.
    assert!(matches!(parse_images(&idx(&[8192, 128, 128], &[])), Err(IdxProblem::CutOff { .. })));
    assert_eq!(
        problem_with(0, idx(&[1, 129, 128], &[])).0.to_string(),
        "announces 1×129×128 images: at most 16384 pixels per image and 134217728 in all are read"
    );
}

#[test]
fn a_small_file_that_unpacks_to_any_length_is_not_unpacked_whole() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&idx(&[3, 2, 3], &[0; 18])).unwrap();
    // Eight times what may be kept; packed, it is a thousandth.
    for _ in 0..64 {
        encoder.write_all(&vec![0; MAX_FEATURES / 8]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 2 << 20);
    let found = MAX_FEATURES as u64 + 17;
    assert_eq!(problem_with(0, bomb).0, IdxProblem::TooLong { expected: 34, found });
}

#[test]
fn files_that_do_not_belong_together_are_named() {
    let (problem, name) = problem_with(1, idx(&[2], &[4, 0]));
    assert_eq!(problem, IdxProblem::Counts { labels: 2, images: 3, file: FILES[0].into() });
    assert_eq!(name, FILES[1]);
    let (problem, name) = problem_with(2, idx(&[2, 3, 2], &[0; 12]));
    assert_eq!((problem, name.as_str()), (IdxProblem::Pixels("3×2".into(), "2×3".into()), FILES[2]));
}

#[test]
fn messages_are_one_line_with_the_file_and_the_way_out() {
    let folder = folder(&good());
    fs::write(folder.path().join(FILES[1]), idx(&[2], &[4, 0])).unwrap();
    let message = SampleSets::read_idx(folder.path()).unwrap_err().to_string();
    let expected = "has 2 labels for the 3 images of `train-images-idx3-ubyte`; take both from one data set";
    assert_eq!(message, format!("{}: {expected}", folder.path().join(FILES[1]).display()));
}

/// The originals, where they lie beside the checkout.
#[test]
fn ten_thousand_real_digits_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mnist-10k");
    if !folder.is_dir() {
        return skipped("real digits", "there is no ../shared/data/mnist-10k");
    }
    let sets = SampleSets::open(folder.to_str().unwrap(), None, 0).unwrap_or_else(|error| panic!("{error}"));
    let test = sets.test.as_ref().expect("test rows");
    assert_eq!((sets.train.rows(), test.rows(), sets.train.inputs, sets.train.outputs()), (8000, 2000, 784, 10));
    for samples in [&sets.train, test] {
        let (labels, _) = labels(samples);
        let share = |class| labels.iter().filter(|label| **label == class).count() as f64 / labels.len() as f64;
        assert!((0..10).all(|class| (0.07..0.13).contains(&share(class))), "ten digits, about as often");
        let ink = samples.features.iter().map(|pixel| f64::from(*pixel)).sum::<f64>() / samples.features.len() as f64;
        assert!((ink - 0.1307).abs() < 0.003, "the published mean of MNIST's pixels is 0.1307, here {ink}");
    }
    assert_eq!(unpacked_copy(&folder).hash(), sets.hash());
}

/// The same folder with its files unpacked by another path than the reader's.
fn unpacked_copy(folder: &Path) -> SampleSets {
    let copy = tempfile::tempdir().unwrap();
    for name in FILES {
        let packed = fs::read(folder.join(format!("{name}.gz"))).expect("the files are packed");
        let mut plain = Vec::new();
        flate2::bufread::GzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
        fs::write(copy.path().join(name), plain).unwrap();
    }
    SampleSets::read_idx(copy.path()).expect("as good as packed")
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_bytes_make_the_readers_panic(sizes in prop::array::uniform3(0_u32..5), bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let starts = [vec![], vec![0, 0, 8, 3], vec![0, 0, 8, 1], idx(&sizes, &[]), idx(&sizes[..1], &[])];
        for bytes in starts.map(|start| [start, bytes.clone()].concat()) {
            match parse_images(&bytes) {
                Ok(images) => prop_assert_eq!(images.pixels.len(), images.count * images.height * images.width),
                Err(error) => prop_assert!(!error.to_string().contains(['\n', '\r']), "{:?}", error),
            }
            if let Ok(labels) = parse_labels(&bytes) {
                prop_assert_eq!(labels.len() + 8, bytes.len());
            }
        }
    }
}
