//! Which of the two windows of losses is open.

use crate::sweep::Windows;

/// Numbers of the lanes for a window where means count: those of [`Window`](crate::sweep::Window), in its order.
pub const WINDOW: usize = 5;

/// Which window the steps are in.
#[derive(Debug, Clone, Copy)]
pub struct Watching {
    pub windows: Windows,
    /// Windows that were opened, and closed.
    pub opened: usize,
    pub closed: usize,
}

impl Watching {
    /// Before step 0.
    pub fn new(windows: Windows) -> Self {
        Self { windows, opened: 0, closed: 0 }
    }

    /// Whether the losses of all lanes are watched.
    pub fn open(&self) -> bool {
        self.opened > self.closed
    }

    /// The first steps of both.
    pub fn begins(&self) -> [u64; 2] {
        [self.windows.first(), self.windows.second()]
    }

    /// The last ones.
    pub fn ends(&self) -> [u64; 2] {
        [self.windows.middle, self.windows.last]
    }

    /// The next step at which a window opens or closes.
    pub fn next_change(&self, step: u64) -> u64 {
        let places = if self.open() { self.ends() } else { self.begins() };
        places.get(self.closed).map_or(self.windows.last, |change| (*change).max(step))
    }
}
