//! What becomes of a map only once all of it was seen: cells that rounding may have decided are run again, and each cell is
//! told which minimum it reached.

use crate::analysis::Classing;
use crate::cli::flags::SweepArguments;
use crate::cli::interrupt::Interruption;
use crate::cli::repair::Repairing;
use crate::engine::{Output, Repaired};
use crate::sweep::{Sweep, SweepRequest, TileOutcomes};
use std::io;

/// A sweep that is seen as a whole before anything is made of it.
pub struct SecondLook<'a> {
    sweep: &'a Sweep,
    repairing: Option<Repairing<'a>>,
    classing: Option<Classing>,
}

impl<'a> SecondLook<'a> {
    /// For this sweep; none where one look is enough.
    ///
    /// # Errors
    /// As [`Repairing::of`].
    pub fn of(
        arguments: &SweepArguments,
        request: &'a SweepRequest,
        sweep: &'a Sweep,
        is_cpu: bool,
    ) -> anyhow::Result<Option<Self>> {
        let repairing = Repairing::of(arguments, request, sweep, is_cpu)?;
        let classing = Classing::of(sweep);
        let needed = repairing.is_some() || classing.is_some();
        Ok(needed.then_some(Self { sweep, repairing, classing }))
    }

    /// Looks at a tile for the first time.
    ///
    /// # Errors
    /// None, as yet.
    pub fn look(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.repairing.as_mut().map_or(Ok(()), |repairing| repairing.look(tile))?;
        self.classing.as_mut().map_or(Ok(()), |classing| classing.tile(tile))
    }

    /// Hands on all tiles, in the same order, as they are then. `tiles` gives each to what it is called with.
    ///
    /// # Errors
    /// As the engine, and as what it is given.
    pub fn again(
        &self,
        interruption: &Interruption,
        tiles: impl FnOnce(&mut dyn FnMut(TileOutcomes) -> anyhow::Result<()>) -> anyhow::Result<()>,
        take: &mut dyn FnMut(&TileOutcomes) -> io::Result<()>,
    ) -> anyhow::Result<Option<Repaired>> {
        let classes = self.classing.as_ref().and_then(|classing| classing.classes(self.sweep));
        let mut told = |mut tile: TileOutcomes| {
            if let Some(classes) = &classes {
                classes.tell(&mut tile);
            }
            take(&tile)
        };
        match &self.repairing {
            Some(repairing) => repairing.mend(interruption, tiles, &mut told).map(Some),
            None => tiles(&mut |tile| Ok(told(tile)?)).map(|()| None),
        }
    }
}
