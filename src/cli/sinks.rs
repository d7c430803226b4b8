//! What sees the tiles of a sweep: what the summary is made of, and the files.

use crate::analysis::{Kept, Tally};
use crate::cli::flags::SweepArguments;
use crate::engine::Output;
use crate::files::{Claims, OutputContext, Outputs, style};
use crate::store::Digest;
use crate::sweep::{Request, RequestError, Sweep, TileOutcomes};
use std::io;
use std::path::Path;

/// Everything that sees the tiles.
pub struct Sinks {
    pub seen: Seen,
    pub outputs: Outputs,
}

/// What is gathered from the tiles, whatever is written.
pub struct Seen {
    pub tally: Tally,
    pub digest: Digest,
    /// The map, where it is to be checked.
    pub kept: Option<Kept>,
}

impl Seen {
    /// Nothing, as yet.
    pub fn new(arguments: &SweepArguments, spec: &Sweep) -> Self {
        let kept = arguments.check.map(|_| Kept::new(spec));
        Self { tally: Tally::new(spec), digest: Digest::new(spec), kept }
    }
}

impl Output for Seen {
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.tally.tile(tile)?;
        self.digest.tile(tile)?;
        self.kept.as_mut().map_or(Ok(()), |kept| kept.tile(tile))
    }
}

/// What outputs are made from; with the request where further sweeps can be run.
pub fn context<'a>(arguments: &'a SweepArguments, spec: &'a Sweep, request: Option<&'a Request>) -> OutputContext<'a> {
    OutputContext {
        sweep: spec,
        request,
        flags: &arguments.outputs,
        style: style(&arguments.outputs),
        folder: &arguments.out,
        confined: arguments.confined,
        claims: claims(arguments),
    }
}

/// What the sweep reads.
fn claims(arguments: &SweepArguments) -> Claims {
    let data = arguments.problem.data.as_deref().map(Path::new);
    Claims::default().with_input("--data", data).with_input("--spec", arguments.spec.as_deref())
}

impl Sinks {
    /// Creates every file.
    ///
    /// # Errors
    /// A path that cannot be written: nothing is left behind then.
    pub fn create(arguments: &SweepArguments, context: &OutputContext<'_>) -> Result<Self, RequestError> {
        Ok(Self { seen: Seen::new(arguments, context.sweep), outputs: Outputs::create(context)? })
    }

    /// Feeds a tile to everything.
    ///
    /// # Errors
    /// A full disk, a closed pipe.
    pub fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.seen.tile(tile)?;
        self.outputs.tile(tile)
    }
}
