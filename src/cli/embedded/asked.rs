//! What another program asks for: the flags of a command, and data that it holds itself.

use crate::cli::call::Call;
use crate::cli::flags::problem::{HeldFile, ProblemFlags};
use crate::cli::flags::{SweepArguments, recorded};
use crate::cli::interrupt::Interruption;
use crate::cli::unknown;
use crate::store::RecordedFlags;
use crate::sweep::RequestError;
use clap::{Args, Parser};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// Flags of a command, by the same names and with the same values as they are typed.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    pub flags: RecordedFlags,
    /// In place of a file; `data` is its name then.
    pub data: Option<HeldFile>,
}

/// Flags that say what the process does, not what the sweep is: a caller has other ways to say it.
const NOT_HERE: [&str; 8] = ["out", "spec", "shard", "keep-tiles", "keep-after", "json", "quiet", "csv"];

impl Asked {
    /// Reads `{"asked": {…}}`.
    ///
    /// # Errors
    /// What is no such document.
    pub fn read(json: &str, data: Option<HeldFile>) -> Result<Self, RequestError> {
        let flags = RecordedFlags::from_json(json.as_bytes());
        let mut flags = flags.map_err(|message| RequestError::new("the call", "", message))?;
        if let Some(held) = &data {
            flags.set("data", held.name.clone());
        }
        Ok(Self { flags, data })
    }

    /// The same with more flags on top.
    #[must_use]
    pub fn with(&self, more: &RecordedFlags) -> Self {
        Self { flags: self.flags.clone().with(more.clone()), data: self.data.clone() }
    }

    /// Refuses what is for a command line alone.
    ///
    /// # Errors
    /// The first such flag.
    pub(super) fn only_of_the_call(&self) -> Result<(), RequestError> {
        let wrong = NOT_HERE.iter().find(|name| self.flags.flags.contains_key(**name));
        let message = "is for the command line; `save` writes files, and `run` runs the command itself";
        wrong.map_or(Ok(()), |name| Err(RequestError::new(&format!("--{name}"), "", message)))
    }

    /// The arguments of `sweep`.
    ///
    /// # Errors
    /// A flag that there is not, a value that it does not take.
    pub(super) fn of_sweep(&self) -> Result<SweepArguments, RequestError> {
        let mut arguments: SweepArguments = self.of("sweep")?;
        arguments.asked = self.flags.clone();
        self.hand_over(&mut arguments.problem);
        arguments.quiet.quiet = true;
        Ok(arguments)
    }

    /// Puts data that are here in the place of a file.
    pub(super) fn hand_over<S: Args>(&self, problem: &mut ProblemFlags<S>) {
        if let Some(held) = &self.data {
            problem.data = Some(PathBuf::from(&held.name));
            problem.held = Some(held.clone());
        }
    }

    /// The arguments of a command.
    ///
    /// # Errors
    /// As [`Asked::of_sweep`].
    pub(super) fn of<T: Parser>(&self, command: &str) -> Result<T, RequestError> {
        recorded::parsed(command, &self.flags).map_err(|error| {
            let told = unknown::in_one_line(&error);
            RequestError::new("the call", "", told.trim_start_matches("error: "))
        })
    }

    /// What would be typed.
    pub(super) fn words(&self, command: &str) -> Vec<String> {
        ["alphasweep", command].map(str::to_owned).into_iter().chain(self.flags.arguments()).collect()
    }
}

/// A call that can be watched and stopped.
pub struct Watched<'a> {
    pub interruption: &'a Interruption,
    /// Told of the work that is done, and of all there is. Called from any thread.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

impl Watched<'_> {
    /// The call of a command.
    pub(super) fn call(&self, asked: &Asked, command: &str) -> Call<'_> {
        Call { words: asked.words(command), flags: asked.flags.clone(), interruption: self.interruption }
    }

    /// What engines tell of newly done work, of so much in all.
    pub(super) fn telling(&self, of: u64) -> impl Fn(u64) + Sync + '_ {
        let all = AtomicU64::new(0);
        move |done| {
            let before = all.fetch_add(done, Ordering::Relaxed);
            (self.progress)((before + done).min(of), of);
        }
    }
}
