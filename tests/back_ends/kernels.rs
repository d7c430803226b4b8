//! Every kernel that can be generated, each once.

use crate::common::{EVERY_PRECISION, along, asked, read, resolved};
use crate::network_kinds::every_kind;
use alphasweep::engine::gpu::network::Room;
use alphasweep::engine::gpu::{network, shader, unsupported_in_f64};
use alphasweep::problem::catalog::{self, ObjectiveRow, RULES};
use alphasweep::sweep::{FormulaSweep, Precision, Request};
use naga::Module;
use naga::valid::ModuleInfo;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

/// A shader with one entry point.
pub struct Kernel {
    pub name: String,
    pub source: String,
    /// Whether it computes in f64.
    pub wide: bool,
    /// The workgroup memory that a network was planned for (bytes).
    pub planned_for: Option<u32>,
    pub parsed: OnceLock<(Module, ModuleInfo)>,
}

impl Kernel {
    pub fn new(name: impl Into<String>, source: impl Into<String>) -> Self {
        Self { name: name.into(), source: source.into(), wide: false, planned_for: None, parsed: OnceLock::new() }
    }
}

/// Rooms for networks: the least that there is, WebGPU's default, a software driver's, and the most that is asked for.
const ROOMS: [Room; 4] = [
    Room { workgroup: 16_352, turns: 1 << 20, lanes: 64 },
    Room { workgroup: 16_384, turns: 1 << 20, lanes: 64 },
    Room { workgroup: 32 << 10, turns: 32_768, lanes: 8 },
    Room { workgroup: 48 << 10, turns: 1 << 20, lanes: 64 },
];

/// All kernels.
pub fn all() -> &'static [Kernel] {
    static ALL: LazyLock<Vec<Kernel>> = LazyLock::new(|| {
        let mut all = fixed();
        all.extend(formulas().par_iter().flat_map_iter(of_formula).collect::<Vec<_>>());
        all.extend(networks());
        // Many sweeps share a shader.
        let distinct: BTreeMap<String, Kernel> =
            all.into_iter().map(|kernel| (kernel.source.clone(), kernel)).collect();
        distinct.into_values().collect()
    });
    &ALL
}

/// Those that no sweep changes.
fn fixed() -> Vec<Kernel> {
    let probe = Kernel::new("probe", include_str!("../../shaders/probe.wgsl"));
    let roof = Kernel::new("roof", include_str!("../../shaders/roof.wgsl"));
    vec![probe, roof]
}

/// Every objective with every rule; with every kind of batch, where it has data; and what else changes a shader.
fn formulas() -> Vec<Request> {
    let mut all = Vec::new();
    for row in catalog::OBJECTIVES {
        for rule in RULES {
            let request = asked(row.name).rule(read(rule.name));
            all.extend(batches(row).map(|batch| request.clone().batch(read(batch))));
            all.push(request);
        }
        if row.gradient.is_empty() {
            all.push(asked(row.name).gradient(read("central:1e-3")));
        }
    }
    let functions = "exp(x) + ln(x) + log2(x) + sqrt(x) + abs(x) + sign(x) + min(x, y) + max(x, y) + sin(x) + cos(y) + tan(x) \
                     + tanh(x) + sigmoid(x) + softplus(y) + relu(x) + floor(x) + select(x <= y, x, y) + x^1.5 + x^y + x^-3";
    let exact = "select(x < 1, x^2, abs(y)) + min(x, y) + max(x, 2) + relu(x)/3 + floor(x) + sign(y)*sqrt(x)";
    let rule = "v = 0.9*v + g; s = max(s, abs(g)); delta = -alpha*v/(1 + s) - 0.001*t*p";
    all.extend([functions, exact].map(|formula| asked(formula).rule(read(rule)).set("alpha", 0.1)));
    let seeds = || asked("line").vary("seed", along("lin:1:8:8")).vary("alpha", along("log:1e-3:0.3:5"));
    all.extend([seeds(), seeds().batch(read("7")), asked("rosenbrock").stop(read("loss < 1e-3"))]);
    all.push(asked("rosenbrock").schedule(read("warmup:9*one-cycle")).set("alpha@x1", 1e-4));
    all
}

/// Batches that an objective may have.
fn batches(row: &ObjectiveRow) -> impl Iterator<Item = &'static str> {
    let all: &[&str] = if row.data.is_empty() { &[] } else { &["full", "each", "2"] };
    all.iter().copied()
}

/// The kernels of a request: in f64, where shaders have its functions.
fn of_formula(request: &Request) -> Vec<Kernel> {
    let specs = EVERY_PRECISION.map(|precision| resolved(&request.clone().precision(precision)));
    let possible =
        specs.iter().filter(|spec| !spec.program.precision.is_wide() || unsupported_in_f64(&spec.program).is_none());
    let kernel = |spec: &FormulaSweep| {
        let name = format!("{} by {:?}", request.formula.text(), request.common.rule.name());
        Kernel { wide: spec.program.precision.is_wide(), ..Kernel::new(name, shader(spec)) }
    };
    possible.map(kernel).collect()
}

fn networks() -> Vec<Kernel> {
    let mut all = Vec::new();
    for request in every_kind() {
        let spec = request.resolve().unwrap_or_else(|error| panic!("a good request: {error}"));
        for room in ROOMS {
            let source = network::shader(&spec, &room).expect("it fits");
            let planned_for = Some(room.workgroup as u32);
            let name = format!("network {} in {} bytes", spec.network, room.workgroup);
            all.push(Kernel { wide: spec.precision == Precision::F64, planned_for, ..Kernel::new(name, source) });
        }
    }
    all
}
