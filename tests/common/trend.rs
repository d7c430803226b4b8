//! What a descent that has no steps left is called, told from the whole list of its losses and parameters: plain loops over
//! lists where the engines keep a few running numbers. From docs/numerics.md, not from the code.

use alphasweep::sweep::Outcome;

const LEVEL: f64 = 1e-6;

/// The word. One loss and one list of parameters for every judged step, the start first. `grain`: what rounding leaves of the loss at
/// the start, 1e-20 in f64 and 1e-12 in f32.
pub fn word(losses: &[f64], parameters: &[Vec<f64>], batched: bool, grain: f64) -> Outcome {
    let last = losses.len() - 1;
    let width = (last / if batched { 4 } else { 8 }).clamp(1, 1024);
    let window = |end: usize| &losses[(end + 1).saturating_sub(width)..=end];
    let (first, second) = (window(last / 2), window(last));
    let least = |list: &[f64]| list.iter().copied().fold(f64::INFINITY, f64::min);
    let most = |list: &[f64]| list.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mean = |list: &[f64]| list[0] + list.iter().map(|x| x - list[0]).sum::<f64>() / list.len() as f64;
    let noise = LEVEL * first.iter().chain(second).map(|loss| loss.abs()).fold(0.0, f64::max);
    let noise = noise.max(grain * losses[0].abs());
    let (fall, unsure) = if batched {
        let middle = mean(first);
        let variance = first.iter().map(|x| (x - middle).powi(2)).sum::<f64>() / first.len() as f64;
        (middle - mean(second), variance.sqrt() / 2.0)
    } else {
        (most(first) - most(second), (most(first) - least(first)) / 4.0)
    };
    let fallen = losses[0] - losses[last];
    let counts = |change: f64| change.abs() > LEVEL * losses[0].abs();
    if fall > unsure && (fall > noise || (fallen > 0.0 && counts(fallen) && fall >= fallen / 4.0)) {
        return Outcome::Descending;
    }
    let rise = least(second) - most(first);
    if rise > noise || (rise > 0.0 && fallen < 0.0 && counts(fallen) && rise >= -fallen / 4.0) {
        return Outcome::Rising;
    }
    let moves = last > 0
        && (0..parameters[0].len()).any(|at| {
            let [start, before, now] = [0, last - 1, last].map(|step| parameters[step][at]);
            (now - before).abs() > LEVEL * now.abs().max(start.abs())
        });
    match () {
        () if moves || most(second) - least(second) > noise => Outcome::Oscillating,
        () if counts(fallen) => Outcome::Settled,
        () => Outcome::Level,
    }
}
