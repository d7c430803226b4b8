//! Programs as WebAssembly, for pages: the step of a sweep over vectors of 128 bits, bit for bit that of the CPU engine.
//!
//! A module follows one *group* of descents at a time, whose numbers are in its memory (`layout.rs`). Whoever calls it
//! (`files/page/kernel.js`) fills groups, says which steps to make, and tells from what it leaves how descents ended.
//! Everything that happens in every step is in the module; what happens once per descent is not.

mod calls;
mod function;
mod judge;
mod layout;
mod operations;
mod packed;
mod random;
#[cfg(test)]
mod random_oracle;
mod steps;
mod writer;

pub use layout::Layout;

use crate::sweep::{FormulaSweep, GradientDerivative, MOST_ASKED, StopTest};
use calls::Calls;
use packed::Packed;
use random::row;
use steps::{NAMES, asked, functions};
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection, MemoryType, Module, TypeSection,
    ValType,
};
use writer::Written;

/// A module and what its memory holds.
#[derive(Debug, Clone)]
pub struct Kernel {
    pub bytes: Vec<u8>,
    pub layout: Layout,
}

/// What a page makes descents by.
#[derive(Debug, Clone)]
pub struct Kernels {
    pub descents: Kernel,
    pub rest: Option<RestKernel>,
}

/// What tells where descents came to rest though none would stay.
#[derive(Debug, Clone)]
pub struct RestKernel {
    pub kernel: Kernel,
    /// [`GradientDerivative::is_constant`]
    pub constant: bool,
    /// Where each parameter is carried.
    pub parameters: Vec<usize>,
}

/// More operations than this are not made into a kernel, and none is longer: pages are to open at once, and browsers take
/// no function of more than 50,000 locals.
const MOST_OPERATIONS: usize = 4096;
const MOST_BYTES: usize = 1 << 17;

/// The kernels of a sweep; none where they would be too long.
pub fn kernels(spec: &FormulaSweep) -> Option<Kernels> {
    let descents = descents(spec)?;
    let asks = matches!(spec.program.stop, StopTest::Gradient(_));
    let derivative = if asks { GradientDerivative::new(spec, MOST_ASKED) } else { None };
    let rest = match derivative {
        Some(derivative) => Some(rest(&derivative)?),
        None => None,
    };
    Some(Kernels { descents, rest })
}

fn descents(spec: &FormulaSweep) -> Option<Kernel> {
    kernel(spec, Layout::new(spec, 0), &NAMES, |layout, calls| functions(spec, layout, calls).into())
}

fn rest(derivative: &GradientDerivative<'_>) -> Option<RestKernel> {
    let spec = &derivative.asked();
    let layout = Layout::new(spec, spec.program.stop.tested().len());
    let kernel = kernel(spec, layout, &["asked"], |layout, calls| vec![asked(spec, layout, calls)])?;
    let parameters = spec.program.parameters.iter().map(|parameter| parameter.hi).collect();
    Some(RestKernel { kernel, constant: derivative.is_constant(), parameters })
}

/// A module of functions of these names, and of those that they call.
fn kernel(
    spec: &FormulaSweep,
    layout: Layout,
    names: &[&str],
    write: impl FnOnce(&Layout, &Calls) -> Vec<Written>,
) -> Option<Kernel> {
    let program = &spec.program;
    if program.operations() > MOST_OPERATIONS {
        return None;
    }
    let packed = Packed { wide: program.precision.is_wide() };
    let calls = Calls::new(program, names.len() as u32);
    let mut module = Parts::default();
    for written in write(&layout, &calls) {
        module.add(Parts::OF_STEPS, written);
    }
    if let Some(plan) = program.batch {
        module.add(Parts::OF_STEPS, row(packed, plan, &layout));
    }
    let called = calls.functions.iter().filter_map(|function| Some((function.arguments(), function.written(packed)?)));
    called.for_each(|(arguments, written)| module.add(arguments, written));
    let bytes = module.finish(names, &layout);
    (bytes.len() <= MOST_BYTES).then_some(Kernel { bytes, layout })
}

/// The functions of a module on its way.
#[derive(Default)]
struct Parts {
    declared: FunctionSection,
    code: CodeSection,
}

impl Parts {
    /// The types of functions: of a step and another count, or of so many vectors.
    const OF_STEPS: u32 = 0;

    fn add(&mut self, kind: u32, (locals, body): Written) {
        self.declared.function(kind);
        let mut function = Function::new_with_locals_types(locals);
        function.raw(body);
        self.code.function(&function);
    }

    fn finish(self, names: &[&str], layout: &Layout) -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([ValType::I32; 2], [ValType::I32]);
        types.ty().function([ValType::V128], [ValType::V128]);
        types.ty().function([ValType::V128; 2], [ValType::V128]);
        let mut exports = ExportSection::new();
        for (number, name) in names.iter().enumerate() {
            exports.export(name, ExportKind::Func, number as u32);
        }
        let mut memories = MemorySection::new();
        let pages = (layout.bytes as u64).div_ceil(1 << 16);
        memories.memory(MemoryType {
            minimum: pages,
            maximum: Some(pages),
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        exports.export("memory", ExportKind::Memory, 0);
        let mut module = Module::new();
        module.section(&types).section(&self.declared).section(&memories).section(&exports).section(&self.code);
        module.finish()
    }
}
