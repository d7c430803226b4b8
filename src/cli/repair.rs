//! `--repair`: cells of a sweep in f32 that rounding may have decided, again on the CPU in f64.

use crate::cli::flags::SweepArguments;
use crate::cli::interrupt::Interruption;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Doubtful, EngineError, Output, Repair, Repaired, Watch};
use crate::sweep::{FormulaSweep, Request, RequestError, Sweep, SweepRequest, TileOutcomes};
use std::io;

/// Unasked, at most one cell of so many is run again: where more are in doubt it is the map as a whole that is too coarse.
const SHARE: u64 = 10;
/// Unasked, it takes at most so many steps, of one row each: some seconds of one core. A share of the time that the sweep took
/// was rejected: the same command would write other files on another day.
const WORK: u64 = 4_000_000_000;

/// Which cells are in doubt, seen over a whole map.
pub struct Repairing<'a> {
    request: &'a Request,
    spec: &'a FormulaSweep,
    asked: bool,
    doubtful: Doubtful,
    cpu: CpuEngine,
}

impl<'a> Repairing<'a> {
    /// For this sweep; none where nothing is repaired: that is asked for, or all is in f64, or the CPU computes and it is not
    /// asked for.
    ///
    /// # Errors
    /// `--repair` of a network.
    pub fn of(
        arguments: &SweepArguments,
        request: &'a SweepRequest,
        spec: &'a Sweep,
        is_cpu: bool,
    ) -> anyhow::Result<Option<Self>> {
        let asked = arguments.repair.repair;
        let Some((request, formula)) = request.formula().zip(spec.formula()) else {
            return if asked { Err(of_a_network().into()) } else { Ok(None) };
        };
        let wanted = asked || !(arguments.repair.no_repair || is_cpu);
        if !wanted || spec.precision.is_wide() {
            return Ok(None);
        }
        let cpu = CpuEngine::new(arguments.cpu.count())?;
        Ok(Some(Self { request, spec: formula, asked, doubtful: Doubtful::new(spec), cpu }))
    }

    /// Looks at a tile.
    ///
    /// # Errors
    /// None, as yet.
    pub fn look(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.doubtful.tile(tile)
    }

    /// Hands on all tiles, in the same order, with their doubtful cells as f64 has them. `tiles` gives each to what it is called
    /// with.
    ///
    /// # Errors
    /// As the engine, and as what it is given.
    pub fn mend(
        &self,
        interruption: &Interruption,
        tiles: impl FnOnce(&mut dyn FnMut(TileOutcomes) -> anyhow::Result<()>) -> anyhow::Result<()>,
        take: &mut dyn FnMut(TileOutcomes) -> io::Result<()>,
    ) -> anyhow::Result<Repaired> {
        let mut repair = Repair::new(&self.cpu, (self.request, self.spec), &self.doubtful);
        let watch = Watch::new(&|_| (), interruption.cancel());
        let worth = self.is_worth_it();
        tiles(&mut |mut tile| {
            if interruption.stopping() {
                return Err(EngineError::Interrupted.into());
            }
            if worth {
                repair.tile(&mut tile, &watch)?;
            }
            Ok(take(tile)?)
        })?;
        Ok(repair.finish())
    }

    fn is_worth_it(&self) -> bool {
        let few = self.doubtful.count().saturating_mul(SHARE) <= self.spec.cells() as u64;
        self.asked || (few && Repair::work(self.spec, &self.doubtful) <= WORK)
    }
}

fn of_a_network() -> RequestError {
    RequestError::new("--repair", "", "is for formulas, and this sweep is of a network; leave it out")
}

/// What came of it, in words.
pub fn told(repaired: &Repaired, cells: u64) -> String {
    let Repaired { doubtful, cells: again, changed, beyond } = *repaired;
    let share = |count: u64| format!("{count} ({:.1} %)", 100.0 * count as f64 / cells.max(1) as f64);
    let what = "are next to another outcome, settle or oscillate, which rounding may have decided";
    match (doubtful, again + beyond) {
        (0, _) => "no cell is next to another outcome, settles or oscillates".to_owned(),
        (_, 0) => format!("{} cells {what}; --repair runs them again in f64", share(doubtful)),
        _ => {
            let kept =
                if beyond > 0 { format!("; {beyond} stay, whose numbers f32 cannot hold") } else { String::new() };
            format!(
                "{} cells {what}: run again on the CPU in f64, {changed} have another outcome{kept}",
                share(doubtful)
            )
        }
    }
}
