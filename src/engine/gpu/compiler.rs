//! Shaders → pipelines: on a thread of its own, and without what is never called.

use super::patience::{GLANCE, Patience};
use super::pipeline_cache::PipelineCache;
use crate::engine::{EngineError, MachineError, Watch};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

/// Bytes of the stack on which shaders are compiled: compilers walk through expressions by recursion.
const STACK: usize = 16 << 20;

/// Makes pipelines.
pub struct Compiler {
    handle: wgpu::Device,
    cache: Option<Arc<PipelineCache>>,
}

impl Compiler {
    /// The compiler of a device.
    pub fn new(handle: &wgpu::Device, info: &wgpu::AdapterInfo) -> Self {
        Self { handle: handle.clone(), cache: PipelineCache::open(handle, info).map(Arc::new) }
    }

    /// A compute pipeline with its bind group layout made from the shader. It is compiled on a thread of its own: no driver
    /// can be told to stop, and one that takes too long is left to itself.
    ///
    /// # Errors
    /// [`MachineError::Device`] where there is no thread, [`EngineError::Interrupted`] where nobody waits any more and the
    /// driver is left to itself. What the compiler says of the shader is reported to the device.
    pub fn pipeline(
        &self,
        source: &str,
        entry_point: &'static str,
        watch: &Watch<'_>,
    ) -> Result<wgpu::ComputePipeline, EngineError> {
        let (handle, source, cache) = (self.handle.clone(), called(source, entry_point), self.cache.clone());
        let compile = move || {
            let made = pipeline(&handle, source, entry_point, cache.as_deref());
            // Before anyone goes on: a process that ends takes the driver away from its threads.
            cache.inspect(|cache| cache.save());
            made
        };
        on_a_thread(format!("{entry_point} compiler"), compile, watch)
    }
}

/// What `make` makes, on a thread of its own, which is left to itself where nobody waits any more. What `make` holds is dropped
/// before its result is there: else that thread could be the last to hold a device, and close it while the process ends.
fn on_a_thread<T: Send + 'static>(
    name: String,
    make: impl FnOnce() -> T + Send + 'static,
    watch: &Watch<'_>,
) -> Result<T, EngineError> {
    let (send, receive) = mpsc::channel();
    let thread = thread::Builder::new().name(name).stack_size(STACK);
    let work = move || {
        let made = catch_unwind(AssertUnwindSafe(make));
        // Nobody waits any more where the run was interrupted.
        drop(send.send(made));
    };
    thread.spawn(work).map_err(|error| MachineError::Device(format!("no thread for its compiler: {error}")))?;
    let mut unwanted = Patience::default();
    loop {
        match receive.recv_timeout(GLANCE) {
            Ok(made) => return Ok(made.unwrap_or_else(|panic| resume_unwind(panic))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(error) => return Err(MachineError::Device(error.to_string()).into()),
        }
        if unwanted.is_over(watch) {
            return Err(EngineError::Interrupted);
        }
    }
}

fn pipeline(
    handle: &wgpu::Device,
    source: String,
    entry_point: &'static str,
    cache: Option<&PipelineCache>,
) -> wgpu::ComputePipeline {
    let label = Some(entry_point);
    let source = wgpu::ShaderSource::Wgsl(source.into());
    let module = handle.create_shader_module(wgpu::ShaderModuleDescriptor { label, source });
    handle.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: None,
        module: &module,
        entry_point: Some(entry_point),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: cache.map(PipelineCache::handle),
    })
}

/// A shader without the functions that its entry point never calls. Most call none of the elementary ones, which are most of
/// the text, and whoever reads a shader goes through all of it.
fn called(shader: &str, entry_point: &str) -> String {
    let pieces = pieces(shader);
    let named = pieces.iter().filter_map(|piece| Some((name(piece)?, *piece)));
    let functions: BTreeMap<&str, &str> = named.collect();
    let mut needed = BTreeSet::from([entry_point]);
    let is_needed = |piece: &str, needed: &BTreeSet<&str>| name(piece).is_none_or(|name| needed.contains(name));
    let mut unread: Vec<&str> = pieces.iter().copied().filter(|piece| is_needed(piece, &needed)).collect();
    while let Some(piece) = unread.pop() {
        let code = piece.lines().filter_map(|line| line.split("//").next());
        let words = code.flat_map(|code| code.split(|letter: char| !letter.is_alphanumeric() && letter != '_'));
        unread.extend(words.filter_map(|word| functions.get(word).copied().filter(|_| needed.insert(word))));
    }
    pieces.into_iter().filter(|piece| is_needed(piece, &needed)).collect()
}

/// Functions, which begin and end in the first column, and what lies between them.
fn pieces(shader: &str) -> Vec<&str> {
    let (mut pieces, mut from, mut at) = (Vec::new(), 0, 0);
    for line in shader.split_inclusive('\n') {
        let begins = line.starts_with("fn ");
        if begins {
            pieces.push(&shader[from..at]);
            from = at;
        }
        at += line.len();
        let ends = if begins { line.trim_end().ends_with('}') } else { line.starts_with('}') };
        if ends {
            pieces.push(&shader[from..at]);
            from = at;
        }
    }
    pieces.push(&shader[from..]);
    pieces
}

/// The name of a function.
fn name(piece: &str) -> Option<&str> {
    piece.strip_prefix("fn ")?.split('(').next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    /// What takes its time to be dropped, and says when it is.
    struct Held(Arc<AtomicBool>);

    impl Drop for Held {
        fn drop(&mut self) {
            thread::sleep(Duration::from_millis(100));
            self.0.store(true, Ordering::Release);
        }
    }

    #[test]
    fn what_a_compiler_holds_is_dropped_before_anyone_goes_on() {
        let dropped = Arc::new(AtomicBool::new(false));
        let held = Held(Arc::clone(&dropped));
        let make = move || {
            let _held = &held;
            4
        };
        assert_eq!(on_a_thread("a compiler".to_owned(), make, &Watch::silent()).ok(), Some(4));
        assert!(dropped.load(Ordering::Acquire));
    }

    const SHADER: &str = "const A: u32 = 1u;\n\n// What a() calls.\nfn a() -> u32 {\n    return A;\n}\n\nstruct S {\n    x: u32,\n}\n\
                          fn b() -> u32 { return c_(); }\nfn c() {\n}\nfn c_() -> u32 {\n    return 2u;\n}\n\n@compute\n\
                          fn main() {\n    let x = b() + S(1u).x;\n}\n";

    #[test]
    fn functions_that_are_never_called_are_left_out() {
        let left = called(SHADER, "main");
        for text in [
            "const A",
            "struct S {\n    x: u32,\n}\n",
            "fn b() -> u32 { return c_(); }\n",
            "fn c_()",
            "@compute\nfn main",
        ] {
            assert!(left.contains(text), "{text} is missing: {left}");
        }
        assert!(!left.contains("fn c()") && !left.contains("return A"), "{left}");
        assert_eq!(called(SHADER, "a").matches("fn ").count(), 1);
    }

    #[test]
    fn pieces_are_all_of_the_text() {
        for shader in [SHADER, "", "fn a() {\n}", "}\n}\n"] {
            assert_eq!(pieces(shader).concat(), shader);
        }
    }
}
