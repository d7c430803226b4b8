//! The adapter that tests run on, and a list of the tests that do.
//!
//! `ALPHASWEEP_GPU=require` forbids to skip; `ALPHASWEEP_GPU=require:NAME` also wants an adapter whose name contains NAME.
//! `drivers.sh` says which drivers there are, and runs tests on one of them.

use super::skipped;
use alphasweep::engine::EngineError;
use alphasweep::engine::gpu::{self, Choice, GpuEngine, GpuOptions};
use std::env;
use std::fs::OpenOptions;
use std::io::Write;

/// What `ALPHASWEEP_GPU` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Tests without an adapter are skipped.
    WhatThereIs,
    /// One must be there.
    Some,
    /// One of this name must be taken.
    Named(String),
}

impl Wanted {
    /// Reads the value of the variable.
    ///
    /// # Errors
    /// That it is none.
    pub fn read(value: &str) -> Result<Self, String> {
        match value.split_once(':') {
            None if value.is_empty() => Ok(Self::WhatThereIs),
            None if value == "require" => Ok(Self::Some),
            Some(("require", name)) if !name.is_empty() => Ok(Self::Named(name.to_owned())),
            _ => Err(format!("ALPHASWEEP_GPU={value} is neither `require` nor `require:NAME`")),
        }
    }

    fn asked() -> Self {
        Self::read(&env::var("ALPHASWEEP_GPU").unwrap_or_default()).unwrap_or_else(|why| panic!("{why}"))
    }

    /// What is wrong with taking an adapter of this name, or none.
    pub fn refuses(&self, adapter: Option<&str>) -> Option<String> {
        match (self, adapter) {
            (Self::Some | Self::Named(_), None) => Some("a GPU is required, and there is none".to_owned()),
            (Self::Named(name), Some(taken)) if !taken.to_lowercase().contains(&name.to_lowercase()) => {
                Some(format!("{name} is required, and the adapter taken is {taken}"))
            }
            _ => None,
        }
    }
}

/// The best adapter there is, software included. Without one the test says SKIPPED, or fails where that is forbidden.
pub fn gpu() -> Option<GpuEngine> {
    gpu_with(GpuOptions::default())
}

/// The same, cutting work in another way or changing shaders.
pub fn gpu_with(options: GpuOptions) -> Option<GpuEngine> {
    taken(GpuEngine::open(Choice::Any)).map(|engine| engine.with_options(options))
}

/// The same, with no more of the adapter than one with these limits has.
pub fn gpu_within(limits: &wgpu::Limits) -> Option<GpuEngine> {
    taken(GpuEngine::open_within(Choice::Any, limits))
}

/// Why an adapter with these limits is not opened, if so.
pub fn refusal_within(limits: &wgpu::Limits) -> Option<String> {
    GpuEngine::open_within(Choice::Any, limits).err().map(|error| error.to_string())
}

fn taken(opened: Result<GpuEngine, EngineError>) -> Option<GpuEngine> {
    list_this_test();
    let found = match opened {
        Ok(engine) => Ok(engine),
        Err(EngineError::Unsupported(why)) => Err(why),
        Err(broken) => panic!("there is a GPU, and it does not open: {broken}"),
    };
    if let Some(why) = Wanted::asked().refuses(found.as_ref().ok().map(|engine| engine.adapter().name.as_str())) {
        panic!("{}", found.err().map_or(why.clone(), |told| format!("{why}: {told}")));
    }
    match found {
        Ok(engine) => {
            println!("GPU: {}", engine.adapter().name);
            Some(engine)
        }
        Err(why) => {
            skipped("its GPU half", &why);
            None
        }
    }
}

/// Whether Mesa's CPU driver is what tests run on, for those that compare with its bytes and have nothing to say of another.
pub fn on_lavapipe() -> bool {
    let adapters = gpu::list();
    let taken = gpu::choose(&adapters, Choice::Any).ok().map(|at| adapters[at].name.as_str());
    if let Some(why) = Wanted::asked().refuses(taken) {
        panic!("{why}");
    }
    taken.is_some_and(|name| name.to_lowercase().contains("llvmpipe"))
}

/// Adds a line to the file that `ALPHASWEEP_GPU_TESTS` names: this test binary and this test. So the list of tests that a
/// second driver has to pass is made by what they do, and no test can be missing from it.
fn list_this_test() {
    let Some(path) = env::var_os("ALPHASWEEP_GPU_TESTS") else { return };
    let binary = env::current_exe().expect("a test binary");
    let binary = binary.file_stem().expect("a name").to_string_lossy();
    // `parity-0123456789abcdef`
    let binary = binary.rsplit_once('-').map_or(&*binary, |(name, _)| name);
    let thread = std::thread::current();
    let test = thread.name().filter(|name| *name != "main");
    let test = test.expect("tests that open a GPU do so on the thread of the test, one of several");
    let mut file = OpenOptions::new().append(true).create(true).open(path).expect("the list of GPU tests");
    file.write_all(format!("{binary} {test}\n").as_bytes()).expect("a line");
}
