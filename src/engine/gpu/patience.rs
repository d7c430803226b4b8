//! How long one waits for a driver that nobody can tell to stop.

use crate::engine::Watch;
use std::time::{Duration, Instant};

/// How often a wait looks up whether anyone still wants the answer.
pub const GLANCE: Duration = Duration::from_millis(250);
/// How much longer work may take after an interruption: most ends in this time, and then nothing is torn down under a
/// working device.
const GRACE: Duration = Duration::from_secs(1);

/// Since when nobody wants the answer.
#[derive(Default)]
pub struct Patience(Option<Instant>);

impl Patience {
    /// Whether nobody has wanted the answer for so long that the driver is left to itself.
    pub fn is_over(&mut self, watch: &Watch<'_>) -> bool {
        watch.cancelled() && self.0.get_or_insert_with(Instant::now).elapsed() >= GRACE
    }
}
