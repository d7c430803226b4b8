//! Programs as WebAssembly, for pages: the step of a sweep over vectors of 128 bits, bit for bit that of the CPU engine.
//!
//! A module follows one *group* of descents at a time, whose numbers are in its memory (`layout.rs`). Whoever calls it
//! (`files/page/kernel.js`) fills groups, says which steps to make, and tells from what it leaves how descents ended.
//! Everything that happens in every step is in the module; what happens once per descent is not.

mod function;
mod layout;
mod operations;
mod packed;
mod steps;
mod writer;

pub use layout::Layout;

use crate::expr::Node;
use crate::sweep::{FormulaSweep, Program};
use steps::functions;
use wasm_encoder::{
    CodeSection, ExportKind, ExportSection, Function, FunctionSection, MemorySection, MemoryType, Module, TypeSection,
    ValType,
};

/// A module and what its memory holds.
#[derive(Debug, Clone)]
pub struct Kernel {
    pub bytes: Vec<u8>,
    pub layout: Layout,
}

/// The kernel of a sweep; none where it draws rows or noise, or calls a function that has no instructions here.
pub fn kernel(spec: &FormulaSweep) -> Option<Kernel> {
    if !is_supported(&spec.program) {
        return None;
    }
    let layout = Layout::new(spec);
    Some(Kernel { bytes: module(spec, &layout), layout })
}

fn is_supported(program: &Program) -> bool {
    let needed = program.needed();
    let is_wide = program.precision.is_wide();
    let known = |node: &Node| match *node {
        Node::Unary(op, _) => function::is_simple_one(op) || function::of_one(op, is_wide).is_some(),
        Node::Binary(op, ..) => function::is_simple_two(op) || function::of_two(op, is_wide).is_some(),
        _ => true,
    };
    let nodes = program.graph.nodes().iter().zip(needed).filter(|(_, needed)| *needed);
    !program.is_noisy() && program.table().is_none() && nodes.map(|(node, _)| node).all(known)
}

fn module(spec: &FormulaSweep, layout: &Layout) -> Vec<u8> {
    let mut types = TypeSection::new();
    types.ty().function([ValType::I32; 2], [ValType::I32]);
    let (mut declared, mut code, mut exports) = (FunctionSection::new(), CodeSection::new(), ExportSection::new());
    for (number, (name, locals, body)) in functions(spec, layout).into_iter().enumerate() {
        declared.function(0);
        exports.export(name, ExportKind::Func, number as u32);
        let mut function = Function::new_with_locals_types(locals);
        function.raw(body);
        code.function(&function);
    }
    let mut memories = MemorySection::new();
    let pages = (layout.bytes as u64).div_ceil(1 << 16);
    let memory =
        MemoryType { minimum: pages, maximum: Some(pages), memory64: false, shared: false, page_size_log2: None };
    memories.memory(memory);
    exports.export("memory", ExportKind::Memory, 0);
    let mut module = Module::new();
    module.section(&types).section(&declared).section(&memories).section(&exports).section(&code);
    module.finish()
}
