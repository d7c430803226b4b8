//! The programs by which a page makes descents of its own.

use crate::engine::wasm::{self, Kernel};
use crate::sweep::{FormulaSweep, Line, Scale, Source, SweepAxis, is_hidden};

/// Both know the same memory, and give the same numbers.
pub struct Kernels {
    /// With the axes of the sweep: what no axis changes is computed once for all lanes.
    pub kernel: Kernel,
    /// With any two names as axes; none where that is the same program.
    pub free: Option<Vec<u8>>,
}

impl Kernels {
    /// None where a page can use none.
    pub fn of(spec: &FormulaSweep) -> Option<Self> {
        let kernel = if has_more_between(spec) { wasm::kernel(spec) } else { None }?;
        let free = wasm::kernel(&freed(spec)).filter(|free| free.layout == kernel.layout);
        let free = free.map(|free| free.bytes).filter(|bytes| *bytes != kernel.bytes);
        Some(Self { kernel, free })
    }
}

/// Whether there are descents between those of the map: it has two axes with even steps, and nothing follows from these but their
/// own values.
fn has_more_between(spec: &FormulaSweep) -> bool {
    let is_even = |axis: &SweepAxis| axis.axis.scale() != Scale::Listed;
    let lines = [&spec.x_lines, &spec.y_lines];
    let alone = lines.iter().all(|lines| matches!(lines[..], [Line::Axis]));
    is_even(&spec.x) && spec.y.as_ref().is_some_and(is_even) && alone
}

/// The same sweep as if every knob that has a name were an axis: no lane may rely on another's value of it.
fn freed(spec: &FormulaSweep) -> FormulaSweep {
    let mut freed = spec.clone();
    for knob in freed.common.knobs.iter_mut().filter(|knob| !is_hidden(&knob.name)) {
        knob.source = Source::X(0);
    }
    freed
}
