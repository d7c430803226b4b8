//! How work is cut into dispatches: pure functions, so that every edge has a test.

use std::time::Duration;

/// Invocations per workgroup, where no trial says otherwise.
pub const WORKGROUP: u32 = 64;
/// Steps that are tested together.
pub const BLOCK: u32 = 4;
/// Most workgroups in one dimension of a dispatch, on every back end.
const MAX_GROUPS: u32 = 65_535;
/// Most steps in one dispatch. lavapipe ends loops silently after 65,535 iterations of one invocation; half of it
/// leaves room for the loops a compiler may add.
pub const MAX_CHUNK: u32 = 32_768;
/// A submission should take about this long: far below every watchdog (Windows kills at 2 s), far above the cost of
/// a submission.
const TARGET: Duration = Duration::from_millis(50);

/// Steps of all cells in the first dispatch: a large tile makes 64.
const FIRST_DISPATCH: u64 = 1 << 26;
/// And no more than these, however small the tile.
const FIRST_STEPS: u32 = 1024;

/// Workgroups (x, y) of `workgroup` invocations that cover `cells`; cell = (y·x_count + x)·`workgroup` + lane.
pub fn groups(cells: u32, workgroup: u32) -> (u32, u32) {
    spread(cells.div_ceil(workgroup))
}

/// Workgroups (x, y) that are at least `groups`, and no row too many.
pub fn spread(groups: u32) -> (u32, u32) {
    let rows = groups.div_ceil(MAX_GROUPS).max(1);
    (groups.div_ceil(rows), rows)
}

/// Most cells whose `slots` values of `bytes` each fit in one binding.
pub fn cells_per_binding(max_binding: u64, slots: usize, bytes: usize) -> usize {
    usize::try_from(max_binding).unwrap_or(usize::MAX) / (slots * bytes).max(1)
}

/// Chooses the steps per dispatch from the time the last one took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    chunk: u32,
    most: u32,
    fixed: bool,
    target: Duration,
}

impl Pace {
    /// Starts small, because nothing is known of the device yet; or always takes `fixed` steps. A step that goes through
    /// rows of data counts as that many more.
    pub fn new(fixed: Option<u32>, rows_per_step: u64, cells: usize) -> Self {
        let most = (u64::from(MAX_CHUNK) / (1 + rows_per_step)).max(1) as u32;
        let first = FIRST_DISPATCH / (1 + rows_per_step) / (cells as u64).max(1);
        Self::between(fixed, first.min(u64::from(FIRST_STEPS)) as u32, most)
    }

    /// The same with dispatches an eighth as long, also where their length was fixed.
    #[must_use]
    pub fn careful(self) -> Self {
        const SHARE: u32 = 8;
        let part = |steps: u32| (steps / SHARE).max(1);
        Self { chunk: part(self.chunk), most: part(self.most), target: self.target / SHARE, ..self }
    }

    /// From `first` up to `most`, of whatever dispatches are made of; or always `fixed`.
    pub fn between(fixed: Option<u32>, first: u32, most: u32) -> Self {
        Self { chunk: fixed.unwrap_or(first).clamp(1, most), most, fixed: fixed.is_some(), target: TARGET }
    }

    /// Steps for the next dispatch.
    pub fn chunk(self) -> u32 {
        self.chunk
    }

    /// Learns from a dispatch of [`Pace::chunk`] steps; changes at most fourfold at a time.
    pub fn learn(&mut self, steps: u32, took: Duration) {
        if self.fixed || steps < self.chunk {
            return;
        }
        let ratio = (self.target.as_secs_f64() / took.as_secs_f64().max(1e-6)).clamp(0.25, 4.0);
        let chunk = ((f64::from(self.chunk) * ratio) as u32).clamp(1, self.most);
        // Whole blocks, so that the next dispatch has no steps to make one by one.
        self.chunk = if chunk > BLOCK { chunk - chunk % BLOCK } else { chunk };
    }
}
