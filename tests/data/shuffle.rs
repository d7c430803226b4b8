//! `--shuffle`: every pass takes every row once, in an order of its own; the same one on every engine, however the work is cut.

use crate::common::{Map, along, asked, cpu, gpu_with, list, read};
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::GpuOptions;
use alphasweep::problem::Data;
use alphasweep::problem::random::{batch_row, shuffled_row};
use alphasweep::sweep::{Batch, Precision, Request};
use assert_cmd::Command;
use std::collections::HashMap;
use std::fs;

/// The rows of the steps of a pass, in the order in which they are taken.
fn pass(seed: u32, pass: u32, size: u32, rows: u32) -> Vec<u32> {
    let period = rows.div_ceil(size);
    let steps = pass * period..(pass + 1) * period;
    steps.flat_map(|step| (0..size).map(move |slot| shuffled_row(seed, step, (slot, size), rows))).collect()
}

fn is_every_row_once(order: &[u32], rows: u32) -> bool {
    let mut sorted = order.to_vec();
    sorted.sort_unstable();
    sorted == (0..rows).collect::<Vec<u32>>()
}

#[test]
fn every_pass_takes_every_row_once() {
    for rows in (1..=70).chain([255, 256, 257, 1000, 65_537]) {
        for number in [0, 1, 17] {
            let order = pass(3, number, 1, rows);
            assert!(is_every_row_once(&order, rows), "pass {number} of {rows} rows");
            if rows > 8 {
                assert_ne!(order, pass(3, number + 1, 1, rows), "the next pass of {rows} rows has an order of its own");
                assert_ne!(order, pass(4, number, 1, rows), "another seed has other orders of {rows} rows");
            }
        }
    }
    let drawn: Vec<u32> = (0..70).map(|step| batch_row(3, step, 0, 70)).collect();
    assert!(!is_every_row_once(&drawn, 70), "rows that are drawn anew for every step are not");
}

/// The order does not depend on the size of the steps. Where a pass is no whole number of steps, its last one begins with the
/// order again: no row is twice in it.
#[test]
fn steps_of_several_rows_cut_the_order_into_pieces() {
    for (rows, size) in [(12, 4), (100, 10), (10, 3), (7, 7), (7, 5), (64, 63)] {
        for number in [0, 5] {
            let single = pass(9, number, 1, rows);
            let order = pass(9, number, size, rows);
            assert_eq!(order[..rows as usize], single, "{size} of {rows}");
            assert_eq!(order[rows as usize..], single[..order.len() - rows as usize], "{size} of {rows}");
        }
    }
}

/// All orders of a few rows are equally likely: χ² over many passes is near its mean, as its deviation says. (What is drawn is
/// fixed by its seed, so this cannot fail by chance.)
#[test]
fn all_orders_are_equally_likely() {
    for (rows, orders) in [(2, 2.0), (3, 6.0), (4, 24.0), (5, 120.0)] {
        const PASSES: u32 = 60_000;
        let mut counts: HashMap<Vec<u32>, u32> = HashMap::new();
        (0..PASSES).for_each(|number| *counts.entry(pass(1, number, 1, rows)).or_default() += 1);
        let expected = f64::from(PASSES) / orders;
        let missing = (orders - counts.len() as f64) * expected;
        let squares: f64 = counts.values().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        let (chi, freedom) = (squares + missing, orders - 1.0);
        assert!((chi - freedom).abs() < 4.0 * (2.0 * freedom).sqrt(), "{rows} rows: χ² = {chi} of {freedom}");
    }
}

fn numbered(rows: u32) -> Data {
    let columns = vec![(0..rows).map(f64::from).collect()];
    Data { names: vec!["row".to_owned()], columns, source: "rows".to_owned(), seeded: false }
}

/// A descent whose every step takes the mean of its rows' numbers away: after whole passes it is known where it is, whatever
/// the order, and within a pass the order shows.
fn summed(rows: u32, batch: Batch, steps: u64) -> Request {
    let request = asked("mean(row*w)").data(numbered(rows)).batch(batch).steps(steps).gtol(0.0).diverge(f64::INFINITY);
    request.vary("alpha", list([1.0, 0.5, 2.0])).vary("seed", along("0,1,2,77")).set("w_start", 0.0)
}

#[test]
fn after_whole_passes_every_engine_has_taken_all_rows_as_often() {
    // Halves of whole numbers, exact in f32.
    for (rows, size) in [(96, 1), (96, 4), (33, 1)] {
        let steps = u64::from(rows / size) * 3;
        let mut seen = 0;
        for map in crate::common::everywhere(&summed(rows, Batch::Shuffled(size), steps)) {
            for cell in 0..map.len() {
                let once = f64::from(rows * (rows - 1) / 2) / f64::from(size);
                assert_eq!(map.p(cell), -map.x(cell) * 3.0 * once, "{}", map.evidence(cell));
            }
            seen += 1;
        }
        assert!(seen >= 3);
        let drawn = Map::of(&cpu(), &summed(rows, Batch::Random(size), steps));
        assert!(
            (0..drawn.len())
                .any(|cell| drawn.p(cell) != -drawn.x(cell) * 3.0 * f64::from(rows * (rows - 1) / 2) / f64::from(size))
        );
    }
}

#[test]
fn within_a_pass_every_engine_is_at_the_same_row() {
    for (rows, size, steps) in [(37, 1, 50_u32), (96, 8, 17), (10, 4, 7)] {
        for map in crate::common::everywhere(&summed(rows, Batch::Shuffled(size), u64::from(steps))) {
            for cell in 0..map.len() {
                let seed = map.y(cell) as u32;
                let taken = (0..steps).flat_map(|step| (0..size).map(move |slot| (step, slot)));
                let sum: u32 = taken.map(|(step, slot)| shuffled_row(seed, step, (slot, size), rows)).sum();
                assert_eq!(map.p(cell), -map.x(cell) * f64::from(sum) / f64::from(size), "{}", map.evidence(cell));
            }
        }
    }
}

/// A line through ten points, by a plain loop in the same order of operations.
#[test]
fn a_descent_over_shuffled_rows_is_that_of_a_plain_loop_to_the_bit() {
    let x = [0.5, -1.0, 1.5, 2.0, -0.25, 0.75, 1.0, -1.75, 0.125, 1.25];
    let y: Vec<f64> = x.iter().enumerate().map(|(at, x)| 2.0 * x + 1.0 + [0.0, 0.25, -0.5][at % 3]).collect();
    let data = Data {
        names: vec!["x".into(), "y".into()],
        columns: vec![x.to_vec(), y.clone()],
        source: "rows".into(),
        seeded: false,
    };
    for (size, steps) in [(1, 25_u32), (2, 15), (3, 29)] {
        let request = asked("mean((a*x+b-y)^2)").data(data.clone()).batch(Batch::Shuffled(size)).seed(5).gtol(0.0);
        let request = request.steps(u64::from(steps)).vary("alpha", list([0.01, 0.1])).vary_start(along("-3,2"));
        let map = Map::of(&cpu(), &request.set("b_start", 1.0).precision(Precision::F64));
        for cell in 0..map.len() {
            let (mut a, mut b) = (map.y(cell), 1.0);
            for step in 0..steps {
                let (mut by_a, mut by_b) = (0.0, 0.0);
                for slot in 0..size {
                    let row = shuffled_row(5, step, (slot, size), 10) as usize;
                    let r = a * x[row] + b - y[row];
                    by_a += 2.0 * r * x[row];
                    by_b += 2.0 * r;
                }
                let share = 1.0 / f64::from(size);
                (a, b) = (a - map.x(cell) * (by_a * share), b - map.x(cell) * (by_b * share));
            }
            let found = [map.cells.parameters[0][cell], map.cells.parameters[1][cell]];
            assert_eq!(found, [a, b], "{}", map.evidence(cell));
        }
    }
}

#[test]
fn how_the_work_is_cut_does_not_matter_to_the_order() {
    let request = summed(37, Batch::Shuffled(4), 53).precision(Precision::F32);
    let whole = Map::of(&cpu(), &request);
    for (threads, cells) in [(1, 1), (2, 5), (3, 7)] {
        let cut = Map::of(&CpuEngine::new(Some(threads)).expect("threads").with_tile_cells(cells), &request);
        whole.bit_differences(&cut).none("threads and tiles of the CPU");
    }
    let options = GpuOptions { tile_cells: Some(5), chunk_steps: Some(3), ..GpuOptions::default() };
    if let Some(gpu) = gpu_with(options) {
        whole.bit_differences(&Map::of(&gpu, &request)).none("tiles and chunks of the GPU");
    }
}

#[test]
fn the_order_is_asked_for_by_a_flag_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let sweep = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("alphasweep").expect("the binary");
        command.current_dir(&folder).env("NODEVICE_SELECT", "1").args(arguments).assert().get_output().clone()
    };
    let line = ["sweep", "line", "--alpha", "0.01,0.05", "--start", "1", "--seed", "4", "--engine", "cpu", "--no-png"];
    let csv = |more: &[&str]| {
        let output = sweep(&[&line[..], &["--csv", "-"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let tens = csv(&["--batch", "10", "--shuffle", "--epochs", "3"]);
    assert!(tens.lines().skip(1).all(|line| line.contains(",30,")), "3 passes of 10 steps: {tens}");
    let document = fs::read_to_string(folder.path().join("sweep-out/sweep.json")).expect("a document");
    assert!(document.contains("\"batch\": \"10, shuffled\""), "{document}");
    assert!(sweep(&["rerun", "sweep-out/sweep.json"]).status.success(), "run again with the same numbers");
    assert_eq!(tens, csv(&["--batch", "10", "--shuffle", "--epochs", "3"]));
    assert_ne!(tens, csv(&["--batch", "10", "--epochs", "3"]), "with replacement");
    assert_ne!(csv(&["--batch", "each", "--shuffle"]), csv(&["--batch", "each"]), "in the order of the file");
    let refused = sweep(&["sweep", "hours", "--shuffle", "--alpha", "0.1"]);
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && told.contains("--shuffle: every step takes all rows"), "{told}");
}

#[test]
fn names_of_batches_can_be_formulas() {
    assert_eq!(read::<Batch>("20/2"), Batch::Random(10));
    assert_eq!(read::<Batch>("1e2"), Batch::Random(100));
    for none in ["0", "2.5", "-1", "1/3", "x", "1e12"] {
        assert!(none.parse::<Batch>().is_err(), "{none}");
    }
}
