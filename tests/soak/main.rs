//! A soak: random sweeps that are killed at random moments, damaged, resumed, cut into parts and merged, on engines
//! that fail. Every file in the end is that of an uninterrupted run, byte for byte; every number is that of a plain run
//! in this process, bit for bit; every outcome is that of f64 on the CPU, but for boundaries of the map.
//!
//! `ALPHASWEEP_SOAK_SECONDS` is how long (20 by default), `ALPHASWEEP_SOAK_SEED` what everything is drawn from (1). Run
//! N of a seed is the same sweep on all machines with a GPU (or a software driver), and on all without one;
//! `ALPHASWEEP_SOAK_RUN=N` does it alone. `ALPHASWEEP_SOAK_ENGINE=gpu` draws sweeps for the GPU alone. Moments are drawn as parts of the time that the sweep takes. A mismatch
//! prints every command that led to it, and leaves their files.
#![cfg(unix)]

mod case;
#[path = "../common/mod.rs"]
mod common;
mod files;
mod outcomes;
mod process;
mod shaken;
mod story;

use alphasweep::engine::gpu::GpuEngine;
use alphasweep::sweep::{Outcome, Precision, TileOutcomes};
use case::Case;
use common::Random;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use story::Story;

/// Sweeps that take longer are left out: what is here is run ten times.
const LONG: Duration = Duration::from_millis(1200);

/// What has been survived.
#[derive(Debug, Default)]
struct Tally {
    /// Sweeps, each run whole, killed and resumed, and in parts.
    runs: u64,
    of_gpu: u64,
    /// Commands that ran.
    commands: u64,
    /// Drawn, and no sweep.
    refused: u64,
    /// Sweeps that were left out.
    too_long: u64,
    kills: u64,
    signals: u64,
    full_disks: u64,
    damaged_tiles: u64,
    device_faults: u64,
    /// Links, pipes and folders that somebody put into the folder of a sweep to go on with.
    planted: u64,
    /// Commands whose stderr nobody reads.
    unheard: u64,
    /// Commands that began while another one worked in the folder.
    at_once: u64,
    resumed_tiles: u64,
    parts: u64,
    cells: u64,
    /// Outcomes that are others in f64, all on boundaries or where rounding decides.
    boundary: u64,
    /// Runs of rules that f32 and f64 do not agree on.
    not_in_f64: u64,
    mismatches: Vec<String>,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { runs, of_gpu, commands, refused, kills, signals, .. } = self;
        let Self { full_disks, damaged_tiles, device_faults, resumed_tiles, parts, cells, boundary, too_long, .. } =
            self;
        let Self { planted, unheard, at_once, not_in_f64, .. } = self;
        let faults = full_disks + damaged_tiles + device_faults;
        writeln!(
            f,
            "  runs              {runs} ({of_gpu} on the GPU), {commands} commands, {parts} parts, {cells} cells"
        )?;
        writeln!(f, "  left out          {refused} that are no sweep, {too_long} that take too long")?;
        writeln!(f, "  kills             {} ({kills} by kill -9, {signals} by SIGTERM or SIGINT)", kills + signals)?;
        writeln!(
            f,
            "  faults survived   {faults} ({damaged_tiles} damaged tiles, {full_disks} full disks, {device_faults} device faults)"
        )?;
        writeln!(
            f,
            "  hostility         {planted} planted links, pipes and folders, {unheard} commands without a stderr, {at_once} that \
             began beside another"
        )?;
        writeln!(f, "  resumed tiles     {resumed_tiles}")?;
        writeln!(
            f,
            "  other in f64      {boundary} cells, on boundaries or where rounding decides; {not_in_f64} runs not compared"
        )?;
        write!(f, "  mismatches        {}", self.mismatches.len())
    }
}

/// A number from the environment.
fn asked(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no whole number")))
}

/// Run `number` of a seed.
fn random(seed: u64, number: u64) -> Random {
    Random(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ number.wrapping_mul(0xd605_1e73_9c65_2a65))
}

/// All runs for so long, or only one of them, however long it takes.
fn soak(seed: u64, only: Option<u64>, time: Duration, gpu_only: bool) -> Tally {
    let gpu = common::gpu();
    assert!(!gpu_only || gpu.is_some(), "ALPHASWEEP_SOAK_ENGINE=gpu, and there is no GPU");
    let (begun, mut tally, mut number) = (Instant::now(), Tally::default(), only.unwrap_or(0));
    while begun.elapsed() < time && tally.mismatches.len() < 10 && only.is_none_or(|only| only == number) {
        let mut random = random(seed, number);
        let (case, refused) = Case::draw(&mut random, gpu.as_ref(), gpu_only);
        tally.refused += refused;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut story = Story::new(&case, folder.path(), gpu.as_ref(), &mut random, &mut tally);
        let told = story.tell(only.is_none().then_some(LONG));
        let history = story.history();
        let counted = u64::from(told != Ok(false));
        tally.runs += counted;
        tally.too_long += 1 - counted;
        tally.of_gpu += counted * u64::from(case.engine == "gpu");
        if let Err(why) = told {
            let kept = folder.keep();
            let text = format!("seed {seed}, run {number}: {why}\n{history}");
            println!("MISMATCH {text}  (files are left in {})", kept.display());
            tally.mismatches.push(text);
        }
        number += 1;
    }
    println!("seed {seed}, up to run {}, {:.0} s", number - 1, begun.elapsed().as_secs_f64());
    println!("{tally}");
    tally
}

#[test]
fn nothing_is_lost_and_nothing_differs() {
    let time = Duration::from_secs(asked("ALPHASWEEP_SOAK_SECONDS").unwrap_or(20));
    let gpu_only = match std::env::var("ALPHASWEEP_SOAK_ENGINE").as_deref() {
        Ok("gpu") => true,
        Ok("") | Err(_) => false,
        Ok(other) => panic!("ALPHASWEEP_SOAK_ENGINE={other} is not `gpu`"),
    };
    let tally = soak(asked("ALPHASWEEP_SOAK_SEED").unwrap_or(1), asked("ALPHASWEEP_SOAK_RUN"), time, gpu_only);
    assert!(tally.mismatches.is_empty(), "{}", tally.mismatches.join("\n"));
    assert!(tally.runs > 0 && tally.commands > 4 * tally.runs, "{tally}");
    assert!(!gpu_only || tally.of_gpu == tally.runs, "{tally}");
}

/// The same run of the same seed is the same sweep, typed in the same words.
#[test]
fn a_seed_draws_the_same_sweeps_again() {
    for number in 0..20 {
        let typed = |seed| Case::draw(&mut random(seed, number), None, false).0.arguments("out");
        assert_eq!(typed(1), typed(1));
        assert_ne!(typed(1), typed(2));
    }
}

/// A small sweep, to be spoilt.
fn small() -> Case {
    let request = common::asked("(x^2-1)^2/4")
        .vary_start(common::along("lin:-4:4:30"))
        .vary("alpha", common::along("lin:0.01:2:40"))
        .steps(500);
    let request = request.precision(Precision::F64);
    let spec = request.resolve().expect("a sweep");
    Case { request, spec, engine: "cpu", threads: 1, repair: false, table: None, files: vec![("--npy", "columns")] }
}

/// Runs the small sweep, spoils something, and asks what is found.
fn spoilt(spoil: impl Fn(&Path)) -> Result<(), String> {
    let (case, folder) = (small(), tempfile::tempdir().expect("a temporary folder"));
    let (mut random, mut tally) = (Random(3), Tally::default());
    let mut story = Story::new(&case, folder.path(), None::<&GpuEngine>, &mut random, &mut tally);
    story.whole()?;
    spoil(&folder.path().join("whole"));
    story.compare_with("whole")?;
    story.numbers(&files::finished(&folder.path().join("whole")))
}

#[test]
fn a_file_that_differs_in_one_byte_is_a_mismatch() {
    assert_eq!(spoilt(|_| ()), Ok(()));
    for name in ["losses.csv", "sweep.json", "heatmap.png", "columns/steps.npy"] {
        let found = spoilt(|out| {
            let path = out.join(name);
            let mut bytes = fs::read(&path).expect("a file");
            let at = bytes.len() / 3;
            bytes[at] ^= 1;
            fs::write(&path, bytes).expect("a write");
        });
        assert_eq!(found, Err(format!("{name} differs")));
        let found = spoilt(|out| fs::remove_file(out.join(name)).expect("a removal"));
        assert_eq!(found, Err(format!("{name} is missing")));
    }
    let found = spoilt(|out| fs::write(out.join("more.csv"), "").expect("a write"));
    assert_eq!(found, Err("more.csv should not be there".to_owned()));
    let found = spoilt(|out| fs::create_dir(out.join("tiles-0")).expect("a folder"));
    assert!(found.is_err_and(|why| why.contains("tiles-0 is left")));
}

/// Another number than a plain run's, and another outcome than that of f64 where no boundary is near.
#[test]
fn a_wrong_number_and_a_wrong_outcome_are_mismatches() {
    let case = small();
    let mut plain = outcomes::plainly(&mut Random(3), &case, None).expect("the CPU");
    let rule = |plain: &TileOutcomes| outcomes::within_the_boundary_rule(&case, plain);
    assert_eq!(rule(&plain), Ok(0));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (mut random, mut tally) = (Random(3), Tally::default());
    let mut story = Story::new(&case, folder.path(), None, &mut random, &mut tally);
    story.whole().expect("a sweep");
    let files = files::finished(&folder.path().join("whole"));
    assert_eq!(outcomes::same_numbers(&files, &case.spec, &plain), Ok(()));
    let cell = outcomes::inner_cell(&case.spec, &plain.outcome).expect("most cells");
    plain.loss_final[cell] = f64::from_bits(plain.loss_final[cell].to_bits() ^ 1);
    let found = outcomes::same_numbers(&files, &case.spec, &plain);
    assert!(found.is_err_and(|why| why.starts_with(&format!("cell {cell} of losses.csv is"))));
    plain.outcome[cell] = if plain.outcome[cell] == Outcome::Rising { Outcome::Level } else { Outcome::Rising };
    let found = rule(&plain);
    assert!(found.is_err_and(|why| why.starts_with("1 of 1200 cells are others in f64 off boundaries")));
}

/// What is printed of a mismatch can be typed.
#[test]
fn a_mismatch_tells_what_was_typed() {
    let (case, folder) = (small(), tempfile::tempdir().expect("a temporary folder"));
    let (mut random, mut tally) = (Random(3), Tally::default());
    let mut story = Story::new(&case, folder.path(), None, &mut random, &mut tally);
    assert_eq!(story.tell(None), Ok(true));
    let history = story.history();
    let expected = "alphasweep sweep '(x^2-1)^2/4' --rule gd --start lin:-4:4:30 --vary alpha=lin:0.01:2:40";
    assert!(history.contains(expected) && history.contains("alphasweep merge "), "{history}");
}
