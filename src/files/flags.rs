//! The flags that outputs own. Each says all that is known of it, and what was given is asked for by the flag itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a flag takes.
#[derive(Debug, Clone, Copy)]
pub enum FlagKind {
    /// A file to write.
    File,
    /// A file to write; `-` is stdout.
    FileOrStdout,
    /// A folder to write into.
    Folder,
    Text,
    /// A text; the flag may be given again.
    Texts,
    /// One of some words, the first unless it is given. Where `listed`, the help lists them.
    Word {
        words: &'static [&'static str],
        listed: bool,
    },
    Switch,
    /// A switch that leaves out a file that is there otherwise.
    Without,
}

/// What a flag makes sense for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Every,
    /// Sweeps of formulas.
    Formulas,
}

/// A flag of an output. All are recorded with what was asked for, and none changes the numbers of a sweep.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// Without its dashes.
    pub name: &'static str,
    pub kind: FlagKind,
    /// What the help calls its value.
    pub value_name: &'static str,
    pub help: &'static str,
    /// The name of the flag without which it is of no use.
    pub requires: Option<&'static str>,
    /// The name of the flag that it cannot be given with.
    pub conflicts: Option<&'static str>,
    pub scope: Scope,
}

impl Flag {
    /// A flag that goes with all others and with every sweep.
    pub const fn new(name: &'static str, kind: FlagKind, value_name: &'static str, help: &'static str) -> Self {
        Self { name, kind, value_name, help, requires: None, conflicts: None, scope: Scope::Every }
    }

    /// Whether it says where to write.
    pub fn is_path(&self) -> bool {
        matches!(self.kind, FlagKind::File | FlagKind::FileOrStdout | FlagKind::Folder)
    }

    /// Whether this value of it is stdout, and no path.
    pub fn is_stdout(&self, value: &Path) -> bool {
        matches!(self.kind, FlagKind::FileOrStdout) && value == Path::new("-")
    }

    /// As it is typed.
    pub fn typed(&self) -> String {
        format!("--{}", self.name)
    }
}

/// What was given with a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputValue {
    Switch,
    Path(PathBuf),
    Texts(Vec<String>),
}

/// What was given of the flags of outputs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OutputFlags(BTreeMap<&'static str, OutputValue>);

impl OutputFlags {
    /// Sets what a flag was given.
    pub fn set(&mut self, flag: &Flag, value: OutputValue) {
        self.0.insert(flag.name, value);
    }

    /// The same with a flag.
    #[must_use]
    pub fn with(mut self, flag: &Flag, value: OutputValue) -> Self {
        self.set(flag, value);
        self
    }

    /// Whether it was given, or has a value that stands for that.
    pub fn is_given(&self, flag: &Flag) -> bool {
        self.0.contains_key(flag.name)
    }

    /// The path that was given.
    pub fn path(&self, flag: &Flag) -> Option<&Path> {
        match self.0.get(flag.name) {
            Some(OutputValue::Path(path)) => Some(path),
            _ => None,
        }
    }

    /// The texts that were given, in order.
    pub fn texts(&self, flag: &Flag) -> &[String] {
        match self.0.get(flag.name) {
            Some(OutputValue::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The text that was given; the first of several.
    pub fn text(&self, flag: &Flag) -> Option<&str> {
        self.texts(flag).first().map(String::as_str)
    }

    /// Whether an output goes to stdout.
    pub fn takes_stdout(&self, flag: &Flag) -> bool {
        self.path(flag).is_some_and(|path| flag.is_stdout(path))
    }

    /// What was given, for people.
    pub fn shown(&self, flag: &Flag) -> Option<String> {
        self.0.get(flag.name).map(|given| match given {
            OutputValue::Switch => String::new(),
            OutputValue::Path(path) => path.display().to_string(),
            OutputValue::Texts(texts) => texts.join(", "),
        })
    }
}
