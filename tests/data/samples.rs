//! What networks learn from: tables, noise, drawn numerals, and what is done to all rows. Files of images have their
//! own tests, in `samples_idx.rs`.

use alphasweep::problem::random::{Stream, normal};
use alphasweep::problem::samples::{
    MAX_FEATURES, MAX_INPUTS, SampleSets, Samples, SamplesProblem, Targets, parse_samples,
};
use proptest::prelude::*;
use std::fmt::Write;
use std::path::Path;

use crate::common::softmax::Softmax;

fn parsed(text: &str, target: &str) -> SampleSets {
    parse_samples(text.as_bytes(), target, "d.csv").unwrap_or_else(|error| panic!("{text:?} is good data: {error}"))
}

fn complaint(text: &str, target: &str) -> String {
    parse_samples(text.as_bytes(), target, "d.csv").expect_err(text).to_string()
}

fn values(samples: &Samples) -> &[f32] {
    match &samples.targets {
        Targets::Values { values, outputs: 1 } => values,
        other => panic!("one value per row, not {other:?}"),
    }
}

fn labels(samples: &Samples) -> (&[u32], usize) {
    match &samples.targets {
        Targets::Labels { labels, classes } => (labels, *classes),
        Targets::Values { .. } => panic!("labels, not values"),
    }
}

/// `rows` rows of three columns that tell their row.
fn table(rows: usize) -> String {
    let mut text = "a,y,b\n".to_owned();
    (0..rows).for_each(|row| writeln!(text, "{row},{},{}", row % 3, -2.0 * row as f64).unwrap());
    text
}

#[test]
fn one_column_is_the_target_and_the_others_are_the_inputs_in_their_order() {
    let sets = parsed("a,y,b\n1,2,3\n4,5.5,6\n", "y");
    assert_eq!((sets.source.as_str(), sets.seeded, &sets.test), ("d.csv", false, &None));
    assert_eq!((sets.train.inputs, sets.train.rows(), sets.train.outputs()), (2, 2, 1));
    assert_eq!(sets.train.features, [1.0, 3.0, 4.0, 6.0]);
    assert_eq!(sets.train.row(1), [4.0, 6.0]);
    assert_eq!(values(&sets.train), [2.0, 5.5]);
    assert_eq!(values(&parsed("a,y,b\n1,2,3\n", "b").train), [3.0]);
}

#[test]
fn columns_of_samples_have_any_name_and_there_may_be_many() {
    let sets = parsed("alpha,petal length (cm),1x1,e\n1,2,3,4\n", "petal length (cm)");
    assert_eq!((sets.train.features.as_slice(), values(&sets.train)), (&[1.0, 3.0, 4.0][..], &[2.0][..]));
    let names: Vec<String> = (0..785).map(|at| format!("pixel{at}")).collect();
    let numbers: Vec<String> = (0..785).map(|at| at.to_string()).collect();
    let wide = parsed(&format!("{}\n{}\n", names.join(","), numbers.join(",")), "pixel784");
    assert_eq!((wide.train.inputs, values(&wide.train)), (784, &[784.0][..]));
}

#[test]
fn a_table_that_cannot_be_used_is_named_with_the_way_out() {
    let many = (0..MAX_INPUTS + 2).map(|at| format!("x{at}")).collect::<Vec<String>>().join(",");
    let cases = [
        ("a,price\n1,2\n", "prise", "has no column `prise`; did you mean `price`?"),
        ("a,b\n1,2\n", "quality", "has no column `quality`; its columns are a, b"),
        ("a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", "zz", "has no column `zz`; its columns are a, b, c, d, e, f, … (7 in all)"),
        ("y\n1\n", "y", "has no column besides the target `y`; add columns to learn it from"),
        ("a,y\n", "y", "has a header and no rows; add at least one line of numbers"),
        ("", "y", "is empty; its first line must name the columns, as in `x,y`"),
        ("a,y,a\n1,2,3\n", "y", "columns 1 and 3 of the header are both called `a`; rename one"),
        (
            "1,2\n3,4\n",
            "y",
            "begins with the number `1`; its first line must name the columns, as in `x,y`, or --no-header calls them x1, \
             x2, …",
        ),
        (
            "a,y\n1,2\n3,1e39\n",
            "y",
            "row 2 (line 3), column `y`: `1e39` is beyond the largest f32, about 3.4e38; scale the column",
        ),
        (
            "a,y\n1,red\n",
            "y",
            "row 1 (line 2), column `y`: `red` is not a number; leave the column out or write numbers as in `-1.5e-3`",
        ),
        (&many, "y", "the header has 16386 columns, and at most 16385 are read; leave out what is not used"),
    ];
    for (text, target, expected) in cases {
        assert_eq!(complaint(text, target), format!("d.csv: {expected}"));
    }
}

#[test]
fn a_fifth_of_fifty_rows_is_held_back_and_of_fewer_none() {
    let few = parsed(&table(49), "y");
    assert_eq!((few.train.rows(), few.test), (49, None));
    let sets = parsed(&table(50), "y");
    let test = sets.test.as_ref().expect("enough rows");
    assert_eq!((sets.train.rows(), test.rows()), (40, 10));
    let rows = |samples: &Samples| samples.features.chunks(2).map(|row| row[0] as usize).collect::<Vec<usize>>();
    let (train, held_back) = (rows(&sets.train), rows(test));
    assert!(train.is_sorted() && held_back.is_sorted(), "rows keep the order of the file");
    assert_ne!(held_back, (40..50).collect::<Vec<usize>>(), "drawn, not the end of a file that may be sorted");
    let mut all = [train, held_back].concat();
    all.sort_unstable();
    assert_eq!(all, (0..50).collect::<Vec<usize>>(), "every row once");
    for samples in [&sets.train, test] {
        for (row, target) in samples.features.chunks(2).zip(values(samples)) {
            assert_eq!((row[1], *target), (-2.0 * row[0], row[0] % 3.0), "a row stays together");
        }
    }
    assert_eq!(sets, parsed(&table(50), "y"), "the same rows every time");
}

#[test]
fn whole_numbers_become_classes_when_asked_for() {
    let sets = parsed(&table(60), "y");
    let classes = sets.clone().into_labels().expect("0, 1 and 2");
    assert_eq!(labels(&classes.train).1, 3);
    assert_eq!(classes.train.outputs(), 3);
    for (before, after) in
        [(&sets.train, &classes.train), (sets.test.as_ref().unwrap(), classes.test.as_ref().unwrap())]
    {
        assert_eq!(before.features, after.features);
        assert!(values(before).iter().zip(labels(after).0).all(|(value, label)| *value == *label as f32));
    }
    assert_eq!(classes.clone().into_labels(), Ok(classes), "labels stay");
    let last = parsed("a,y\n1,0\n2,999\n", "y").into_labels().expect("the last class that there may be");
    assert_eq!(labels(&last.train), (&[0, 999][..], 1000));
}

#[test]
fn numbers_that_are_no_classes_are_named() {
    let range = "is no class: classes are whole numbers from 0 to 999, or -1 and 1; a loss of values, mse, takes any";
    for (value, shown) in [("2.5", "2.5"), ("-2", "-2"), ("1000", "1000"), ("1e30", "1000000000000000000000000000000")]
    {
        let error = parsed(&format!("a,y\n1,1\n2,{value}\n"), "y").into_labels().expect_err(value);
        assert_eq!(error.to_string(), format!("d.csv: the target {shown} {range}"));
    }
    let error = parsed("a,y\n1,0\n2,0\n", "y").into_labels().expect_err("one class");
    assert_eq!(error.problem, SamplesProblem::OneClass);
    let mut several = parsed("a,y\n1,0\n", "y");
    several.train.targets = Targets::Values { values: vec![0.0, 1.0], outputs: 2 };
    assert_eq!(several.into_labels().expect_err("two numbers").problem, SamplesProblem::SeveralTargets(2));
}

#[test]
fn standardized_inputs_are_those_worked_out_by_hand() {
    let targets = |rows: usize| Targets::Values { values: vec![7.0; rows], outputs: 1 };
    let train = Samples { inputs: 2, features: vec![1.0, 0.1, 3.0, 0.1, 5.0, 0.1, 7.0, 0.1], targets: targets(4) };
    let test = Samples { inputs: 2, features: vec![4.0, 0.1, 9.0, 5.0], targets: targets(2) };
    let mut sets = SampleSets { source: String::new(), train, test: Some(test), seeded: false };
    sets.standardize();
    // Mean 4; squares of the distances 9, 1, 1, 9 with the mean 5; the second input never varies.
    let root = 5_f64.sqrt();
    let expected = [-3.0, 0.0, -1.0, 0.0, 1.0, 0.0, 3.0, 0.0].map(|value| (value / root) as f32);
    let close =
        |a: &[f32], b: &[f32]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-7 * b.abs());
    assert!(close(&sets.train.features, &expected), "{:?}", sets.train.features);
    let test = sets.test.as_ref().unwrap();
    assert!(close(&test.features, &[0.0, 0.0, (5.0 / root) as f32, 0.0]), "{:?}", test.features);
    assert_eq!(values(&sets.train), [7.0; 4], "targets stay as they are");
    assert!(
        !close(&sets.train.features, &expected.map(|value| value * (3.0_f32 / 4.0).sqrt())),
        "not that of a sample"
    );
}

#[test]
fn standardized_inputs_are_finite_whatever_they_were() {
    let largest = f32::MAX;
    let targets = || Targets::Values { values: vec![0.0; 2], outputs: 1 };
    let train = Samples { inputs: 2, features: vec![largest, 1e-45, -largest, 0.0], targets: targets() };
    let test = Samples { inputs: 2, features: vec![0.0, largest, 0.0, -largest], targets: targets() };
    let mut sets = SampleSets { source: String::new(), train, test: Some(test), seeded: false };
    sets.standardize();
    assert_eq!(sets.train.features, [1.0, 1.0, -1.0, -1.0]);
    assert_eq!(sets.test.unwrap().features, [0.0, largest, 0.0, -largest]);
}

#[test]
fn noise_has_the_moments_of_the_normal_distribution_and_comes_from_its_streams() {
    let sets = SampleSets::gaussian(4000, 16, 3).expect("it fits");
    assert_eq!((sets.train.rows(), sets.train.inputs, sets.train.outputs()), (4000, 16, 1));
    assert_eq!((sets.source.as_str(), sets.seeded, &sets.test), ("gaussian:4000:16", true, &None));
    for numbers in [&sets.train.features[..], values(&sets.train)] {
        let count = numbers.len() as f64;
        let moment = |power: i32| numbers.iter().map(|value| f64::from(*value).powi(power)).sum::<f64>() / count;
        // Four standard errors of each moment, as known for N(0, 1).
        for (power, expected, variance) in [(1, 0.0, 1.0), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            let error = 4.0 * f64::sqrt(variance / count);
            assert!((moment(power) - expected).abs() < error, "moment {power} is {}", moment(power));
        }
    }
    assert_eq!(sets.train.row(7)[2], normal(3, Stream::Feature, 2, 7) as f32);
    assert_eq!(values(&sets.train)[7], normal(3, Stream::Target, 0, 7) as f32);
    let fewer = SampleSets::gaussian(10, 3, 3).expect("it fits");
    assert_eq!(fewer.train.row(9), &sets.train.row(9)[..3], "a row keeps its numbers");
    assert_ne!(SampleSets::gaussian(10, 3, 4).expect("it fits").train, fewer.train);
}

#[test]
fn noise_of_no_size_or_too_much_of_it_is_refused() {
    for (rows, inputs) in [(0, 3), (3, 0), (MAX_FEATURES, 2), (usize::MAX, 2), (1, MAX_INPUTS + 1)] {
        let error = SampleSets::gaussian(rows, inputs, 0).expect_err("no such size");
        assert_eq!(error.problem, SamplesProblem::Size { rows, inputs });
    }
    let error = SampleSets::gaussian(0, 3, 0).unwrap_err().to_string();
    assert_eq!(
        error,
        "gaussian:0:3: 0 rows of 3 inputs; draw at least one of each, at most 16384 inputs and 134217728 numbers"
    );
}

#[test]
fn numerals_are_balanced_shuffled_pixels_of_one_seed() {
    let sets = SampleSets::digits(5);
    assert_eq!((sets.source.as_str(), sets.seeded), ("digits", true));
    for (samples, rows) in [(&sets.train, 1500), (sets.test.as_ref().unwrap(), 500)] {
        let (labels, classes) = labels(samples);
        assert_eq!((samples.rows(), samples.inputs, samples.features.len(), classes), (rows, 64, rows * 64, 10));
        assert!((0..10).all(|class| labels.iter().filter(|label| **label == class).count() == rows / 10));
        assert!(samples.features.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
        let runs = labels.windows(2).filter(|pair| (pair[0] + 1) % 10 == pair[1]).count();
        assert!(runs < rows / 5, "{runs} of {rows} follow on each other");
    }
    assert_eq!(sets, SampleSets::digits(5));
    assert_ne!(sets.hash(), SampleSets::digits(6).hash());
    assert_eq!(sets.hash(), "04d3ecb720be8161", "the same bits on every system and in every version");
}

/// A network has something to learn beyond what a linear classifier does, and that is much better than chance.
#[test]
fn numerals_can_be_learnt_and_not_wholly_by_a_linear_classifier() {
    for seed in 0..2 {
        let sets = SampleSets::digits(seed);
        let test = sets.test.as_ref().unwrap();
        let (train_accuracy, test_accuracy) = Softmax::trained(&sets.train, 300).accuracies(&sets.train, test);
        assert!((0.85..0.97).contains(&test_accuracy), "seed {seed}: {test_accuracy} of the test rows");
        assert!((0.88..0.99).contains(&train_accuracy), "seed {seed}: {train_accuracy} of the training rows");
        let untrained = Softmax::trained(&sets.train, 0).accuracies(&sets.train, test).1;
        assert!(untrained <= 0.15, "seed {seed}: {untrained} without training");
    }
    let mut mixed = SampleSets::digits(0);
    if let Targets::Labels { labels, .. } = &mut mixed.train.targets {
        labels.rotate_right(1);
    }
    let chance = Softmax::trained(&mixed.train, 300).accuracies(&mixed.train, mixed.test.as_ref().unwrap()).1;
    assert!(chance < 0.3, "{chance} with the labels of other rows");
}

#[test]
fn the_data_flag_means_files_first_and_then_what_is_built_in() {
    let open = |text: &str, target| SampleSets::open(text, target, 4);
    assert_eq!(open("digits", None), Ok(SampleSets::digits(4)));
    assert_eq!(open("gaussian:20:3", None), SampleSets::gaussian(20, 3, 4));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv");
    std::fs::write(&path, "a,y\n1,2\n").unwrap();
    let text = path.to_str().unwrap();
    assert_eq!(open(text, Some("y")), SampleSets::read_csv(&path, "y"));
    assert_eq!(open(folder.path().to_str().unwrap(), None), SampleSets::read_idx(folder.path()));
}

#[test]
fn a_data_flag_that_means_nothing_says_what_would() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv");
    std::fs::write(&path, "a,y\n1,2\n").unwrap();
    let (csv, folder) = (path.to_str().unwrap(), folder.path().to_str().unwrap());
    let unused = "--target y names a column of a CSV file, and this is none; leave it out";
    let gaussian = "expected gaussian:N:D, N rows of D inputs, such as gaussian:272:16";
    let cases = [
        (csv, None, "a table needs --target COLUMN, the column to learn; its columns are a, y"),
        (folder, Some("y"), unused),
        ("digits", Some("y"), unused),
        ("gaussian:3:4", Some("y"), unused),
        ("digit", None, "there is no such file or folder; built in are `digits` and `gaussian:N:D`"),
        ("gaussian:3", None, gaussian),
        ("gaussian:3:x", None, gaussian),
        ("gaussian:3:4:5", None, gaussian),
        ("gaussian:-3:4", None, gaussian),
    ];
    for (text, target, expected) in cases {
        assert_eq!(SampleSets::open(text, target, 0).expect_err(text).to_string(), format!("{text}: {expected}"));
    }
    let error = SampleSets::open("no/such.csv", Some("y"), 0).expect_err("not there").to_string();
    assert!(error.starts_with("no/such.csv: cannot be read: "), "{error}");
    assert!(SampleSets::read_csv(Path::new("no/such.csv"), "y").is_err());
}

/// Worked out by another implementation of XXH3 (Python's xxhash).
#[test]
fn the_hash_is_the_published_one() {
    assert_eq!(parsed("a,y,b\n1,2,3\n4,5.5,6\n", "y").hash(), "b0426017a2bb28eb");
}

#[test]
fn the_hash_sees_every_change() {
    let start = parsed(&table(60), "y");
    let mut hashes = vec![start.hash(), start.clone().into_labels().unwrap().hash()];
    let changes: [fn(&mut SampleSets); 6] = [
        |sets| sets.train.features[3] += 1.0,
        |sets| sets.train.features.swap(0, 2),
        |sets| sets.test.as_mut().unwrap().features[3] += 1.0,
        |sets| sets.test = None,
        |sets| sets.train.targets = Targets::Values { values: vec![0.0; 48], outputs: 1 },
        SampleSets::standardize,
    ];
    for change in changes {
        let mut sets = start.clone();
        change(&mut sets);
        hashes.push(sets.hash());
    }
    let count = hashes.len();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
    let renamed = SampleSets { source: "elsewhere".into(), ..start.clone() };
    assert_eq!(renamed.hash(), start.hash(), "not where the rows come from");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2048,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_bytes_behind_a_header_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        for start in ["", "a,y\n", "a,y\n1,2\n", "\"a\nb\",y\n1,"] {
            let bytes = [start.as_bytes(), &bytes].concat();
            match parse_samples(&bytes, "y", "d.csv") {
                Ok(sets) => prop_assert_eq!(sets.train.features.len(), sets.train.rows() * sets.train.inputs),
                Err(error) => prop_assert!(!error.to_string().contains(['\n', '\r']), "{:?}", error),
            }
        }
    }
}
