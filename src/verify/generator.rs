//! The generator of random numbers, against what its authors published.

use super::check::{Map, Measured, along, asked};
use crate::engine::{Engine, EngineError};
use crate::problem::Data;
use crate::problem::random::{KNOWN_ANSWERS, batch_row, shuffled_row, threefry2x32};
use crate::sweep::{Axis, Batch, Precision};

/// The words that the authors of Threefry published.
pub fn known_answers() -> Measured {
    let wrong = KNOWN_ANSWERS.iter().filter(|(key, counter, words)| threefry2x32(*key, *counter) != *words).count();
    let note = (wrong > 0).then(|| "Threefry-2x32 does not give the published words".to_owned());
    Measured::new(vec![("words", 2.0 * KNOWN_ANSWERS.len() as f64), ("wrong", wrong as f64)], note)
}

/// Rows of the data: a prime, so that every bit of a word matters.
const ROWS: u32 = 251;
/// Rows drawn per step.
const SIZE: u32 = 2;
/// More than two passes.
const STEPS: u32 = 300;
const SEEDS: u32 = 64;

/// The row of a seed, a step and a slot.
type Draw<'a> = &'a dyn Fn(u32, u32, u32) -> u32;

/// The rows that an engine draws, with and without repetition, against those that the known generator draws: descents whose
/// every step adds the numbers of its rows, so that a single wrong row shows. All sums are whole numbers below 2²⁴ and thus
/// exact.
///
/// # Errors
/// As [`Engine::run`].
pub fn batch_draws(engine: &dyn Engine) -> Result<Measured, EngineError> {
    let (mut wrong, mut first) = (0_u32, None);
    let of_batches = |seed, step, slot| batch_row(seed, step, slot, ROWS);
    let of_passes = |seed, step, slot| shuffled_row(seed, step, (slot, SIZE), ROWS);
    let kinds: [(Batch, Draw<'_>); 2] = [(Batch::Random(SIZE), &of_batches), (Batch::Shuffled(SIZE), &of_passes)];
    for (batch, draw) in kinds {
        let sum = |seed| -> u32 {
            let slots = (0..STEPS).flat_map(|step| (0..SIZE).map(move |slot| (step, slot)));
            slots.map(|(step, slot)| draw(seed, step, slot)).sum()
        };
        for (seed, value) in (0..SEEDS).zip(&summed(engine, batch)?) {
            let expected = -f64::from(sum(seed)) / f64::from(SIZE);
            if *value != expected {
                wrong += 1;
                first.get_or_insert_with(|| {
                    format!("{batch} rows, seed {seed}: they add up to {value}, not {expected}")
                });
            }
        }
    }
    let drawn = f64::from(2 * SEEDS * SIZE * STEPS);
    Ok(Measured::new(vec![("seeds", f64::from(SEEDS)), ("rows drawn", drawn), ("wrong", f64::from(wrong))], first))
}

/// Where descents end, by seed.
fn summed(engine: &dyn Engine, batch: Batch) -> Result<Vec<f64>, EngineError> {
    let data = Data {
        names: vec!["row".to_owned()],
        columns: vec![(0..ROWS).map(f64::from).collect()],
        source: "row numbers".to_owned(),
        seeded: false,
    };
    let seeds = along(Axis::list((0..SEEDS).map(f64::from)));
    let request = asked("mean(row*w)").data(data).batch(batch).set("alpha", 1.0).set("w_start", 0.0);
    let request = request.vary("seed", seeds).gtol(0.0).steps(u64::from(STEPS));
    let request = request.diverge(f64::INFINITY).precision(Precision::F32);
    Ok(Map::of(engine, &request)?.cells.parameters.swap_remove(0))
}
