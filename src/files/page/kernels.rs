//! The programs by which a page makes descents of its own.

use crate::engine::gpu::Portable;
use crate::engine::wasm::{self, Kernel, RestKernel};
use crate::sweep::{Bar, FormulaSweep, Knob, Precision, Source, Tolerance, is_hidden};

/// All know the same memory of knobs, and give the same numbers.
pub struct Kernels {
    /// With the axes of the sweep: what no axis changes is computed once for all lanes.
    pub kernel: Kernel,
    /// With any two names as axes; none where that is the same program.
    pub free: Option<Vec<u8>>,
    /// What tells of places of rest whether none would stay, with any two names as axes.
    pub rest: Option<RestKernel>,
    /// For a graphics processor, in f32; none where that cannot hold the numbers of the formula, or its compiler would take long.
    pub shader: Option<Shader>,
}

/// A shader, and what is otherwise where it computes.
pub struct Shader {
    pub portable: Portable,
    pub precision: Precision,
    pub bar: Bar<f64>,
    /// The least share of the slopes at the starts that a stop test can ask for.
    pub least_share: f64,
}

impl Shader {
    fn of(spec: &FormulaSweep) -> Option<Self> {
        let narrow = spec.narrow()?;
        Some(Self {
            portable: Portable::of(&narrow)?,
            precision: narrow.precision,
            bar: narrow.bar(),
            least_share: Tolerance::usual(false).number(),
        })
    }
}

impl Kernels {
    /// None where a page can use none.
    pub fn of(spec: &FormulaSweep) -> Option<Self> {
        let kernel = if is_map(spec) { wasm::kernels(spec) } else { None }?.descents;
        let wasm::Kernels { descents, rest } = wasm::kernels(&freed(spec))?;
        if descents.layout != kernel.layout {
            return None;
        }
        let free = Some(descents.bytes).filter(|bytes| *bytes != kernel.bytes);
        Some(Self { kernel, free, rest, shader: Shader::of(spec) })
    }
}

/// Whether it has two axes, and no start or other name of its own is drawn for each of their values.
fn is_map(spec: &FormulaSweep) -> bool {
    let is_axis = |name: &str| std::iter::once(&spec.x).chain(&spec.y).any(|axis| axis.name == name);
    let is_fixed = |knob: &Knob| matches!(knob.source, Source::Fixed(_));
    spec.y.is_some() && spec.knobs.iter().all(|knob| is_fixed(knob) || is_hidden(&knob.name) || is_axis(&knob.name))
}

/// The same sweep as if every knob that has a name were an axis: no lane may rely on another's value of it.
fn freed(spec: &FormulaSweep) -> FormulaSweep {
    let mut freed = spec.clone();
    for knob in freed.common.knobs.iter_mut().filter(|knob| !is_hidden(&knob.name)) {
        knob.source = Source::X(0);
    }
    freed
}
