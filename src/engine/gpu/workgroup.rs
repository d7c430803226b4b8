//! How many invocations a workgroup has: what a short trial tells, where a sweep is long enough for one. Every dispatch of a trial
//! is one that had to be made, and which size made it changes no bit.

use super::dispatch::{BLOCK, WORKGROUP};
use std::time::Duration;

/// What decides over the workgroups of formulas.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Workgroups {
    /// A trial, in long sweeps on hardware. What a software driver takes for the shaders is more than it could gain.
    #[default]
    Usual,
    /// Always this size.
    Of(u32),
    /// A trial, in every sweep and on every adapter, from the first tile on.
    Tried,
}

/// What is tried, the usual size first. Every adapter has room for the largest, but not always for a kernel that takes many
/// registers.
pub const SIZES: [u32; 4] = [WORKGROUP, 32, 128, 256];

/// Most of what a trial costs is compiling as many more shaders. It may be this part of what is left of a sweep, and of less than
/// this nothing is tried, as the first shader may have come from a cache.
const SHARE: u32 = 100;
const LEAST: Duration = Duration::from_secs(20);

/// Whether a trial is worth it, where one shader was compiled in `compiled` and so much is `left` of the sweep.
pub fn is_worth(compiled: Duration, left: Duration) -> bool {
    left >= LEAST.max(compiled * SHARE)
}

/// A size takes the place of the usual one if its dispatches took less than this part of the time.
const BETTER: f64 = 0.95;
/// Rounds that are enough behind the first, if the usual size had this much time in them.
const ROUNDS: u32 = 2;
const ENOUGH: Duration = Duration::from_millis(50);
/// In so many tiles there are enough rounds, or it stays at the usual size: where most descents end early there may be none.
const TILES: u32 = 16;

/// Sizes that take turns over dispatches. In a round they go there and back, so that the work that becomes less on the way becomes
/// less for all; a round counts if its dispatches are of the same cells and of as many steps.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// Of each size, in the rounds that count.
    took: Vec<Duration>,
    rounds: u32,
    tiles: u32,
    /// The round at hand, and the cells and steps of its dispatches.
    round: Vec<Duration>,
    of: (u32, u32),
    /// The size that is taken once it is over.
    best: usize,
}

impl Trial {
    /// Of so many sizes; of one there is nothing to try.
    pub fn of(sizes: usize) -> Self {
        Self { took: vec![Duration::ZERO; sizes], ..Self::default() }
    }

    pub fn is_on(&self) -> bool {
        self.took.len() > 1
    }

    /// Which size is next.
    pub fn size(&self) -> usize {
        if self.is_on() { self.turn(self.round.len()) } else { self.best }
    }

    /// Whose turn it is in a place of a round.
    fn turn(&self, at: usize) -> usize {
        let sizes = self.took.len();
        if at < sizes { at } else { 2 * sizes - 1 - at }
    }

    /// Steps of the next dispatch, where the clock would have `paced` and a tile has `all`: a tile has room for a round.
    pub fn chunk(&self, paced: u32, all: u32) -> u32 {
        let steps = all / (2 * self.took.len() as u32 + 2);
        paced.min(steps - steps % BLOCK).max(1)
    }

    /// A tile begins.
    pub fn begin_tile(&mut self) {
        self.round.clear();
        self.tiles += 1;
        if self.tiles > TILES {
            self.took.clear();
        }
    }

    /// A dispatch of cells and steps was made by the [size](Trial::size) whose turn it was.
    pub fn note(&mut self, of: (u32, u32), took: Duration) {
        if of != self.of {
            // Its size was that of its place in the round that ends here.
            self.of = of;
            return self.round.clear();
        }
        self.round.push(took);
        if self.round.len() < 2 * self.took.len() {
            return;
        }
        let round = std::mem::take(&mut self.round);
        self.rounds += 1;
        // Drivers put off a part of the compiling to the first dispatch.
        if self.rounds == 1 {
            return;
        }
        for (at, took) in round.into_iter().enumerate() {
            let size = self.turn(at);
            self.took[size] += took;
        }
        if self.rounds > ROUNDS && self.took[0] >= ENOUGH {
            self.end();
        }
    }

    fn end(&mut self) {
        let seconds: Vec<f64> = self.took.drain(..).map(|took| took.as_secs_f64()).collect();
        let best = (0..seconds.len()).min_by(|a, b| seconds[*a].total_cmp(&seconds[*b])).unwrap_or(0);
        self.best = if seconds[best] < BETTER * seconds[0] { best } else { 0 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a trial, whose size number `at` takes `times[at]` milliseconds for a dispatch, over tiles of so many dispatches, of which
    /// each has less to do than the one before. Gives the size in the end, and how often each had its turn before it was known.
    fn tried(times: [u64; 4], dispatches: u32, less: f64) -> (usize, [u32; 4]) {
        let mut trial = Trial::of(4);
        let mut turns = [0; 4];
        for _ in 0..2 * TILES {
            trial.begin_tile();
            for dispatch in 0..dispatches {
                if !trial.is_on() {
                    break;
                }
                let size = trial.size();
                turns[size] += 1;
                let took = Duration::from_millis(times[size]).mul_f64(less.powi(dispatch as i32));
                trial.note((100, trial.chunk(64, 1000)), took);
            }
        }
        assert!(!trial.is_on(), "it ends");
        (trial.size(), turns)
    }

    #[test]
    fn the_quickest_size_is_taken_if_it_is_worth_it() {
        assert_eq!(tried([20, 30, 10, 15], 30, 1.0), (2, [7, 6, 6, 6]));
        assert_eq!(tried([40, 39, 40, 40], 30, 1.0).0, 0, "so little is noise");
        assert_eq!(tried([20, 18, 20, 20], 30, 1.0).0, 1);
    }

    /// The dispatches at the end of a tile are shorter, whoever makes them.
    #[test]
    fn less_work_on_the_way_does_not_decide() {
        assert_eq!(tried([20, 20, 20, 20], 30, 0.97).0, 0);
        assert_eq!(tried([20, 20, 20, 18], 30, 0.97).0, 3);
    }

    #[test]
    fn a_round_is_within_a_tile() {
        assert_eq!(tried([20, 1, 1, 1], 7, 1.0).0, 0, "tiles have no room for one");
        assert_eq!(tried([20, 1, 2, 2], 9, 1.0).0, 1, "they have");
    }

    #[test]
    fn dispatches_of_other_cells_begin_another_round() {
        let mut trial = Trial::of(4);
        trial.begin_tile();
        for cells in 0..1000 {
            trial.note((cells, 64), Duration::from_secs(1));
        }
        assert!(trial.is_on() && trial.took.iter().all(Duration::is_zero));
    }

    #[test]
    fn a_tile_has_room_for_a_round() {
        let trial = Trial::of(4);
        assert_eq!([10, 1000, 1 << 20].map(|all| trial.chunk(512, all)), [1, 100, 512]);
    }

    #[test]
    fn short_sweeps_try_nothing() {
        let [short, long] = [1, 60].map(Duration::from_secs);
        assert!(!is_worth(Duration::ZERO, short) && is_worth(short / 2, long) && !is_worth(short, long));
    }
}
