//! Which adapters there are, and which one to take.

use crate::engine::{DeviceName, EngineError};
use serde::Serialize;
use std::sync::OnceLock;
use wgpu::DeviceType;

/// How an adapter is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<'a> {
    /// A discrete or integrated GPU; never a software driver.
    Hardware,
    /// The best there is, software included.
    Any,
    /// The one whose name contains the text, or whose PCI address is `pci:TEXT`, or which is [shown](DeviceName) so.
    Named(&'a str),
    /// The one at this position of the list.
    Number(usize),
}

/// What is known of an adapter without opening it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdapterSummary {
    pub name: String,
    /// `discrete`, `integrated`, `virtual`, `software` or `other`.
    pub kind: &'static str,
    pub backend: String,
    pub driver: String,
    /// PCI address, where the back end tells.
    pub pci: String,
    /// Whether shaders can compute in f64.
    pub f64: bool,
    /// Largest storage buffer a shader can see (bytes).
    pub max_binding: u64,
}

impl AdapterSummary {
    /// What computes, as engines say it.
    pub fn device_name(&self) -> DeviceName {
        DeviceName::Adapter { name: self.name.clone(), kind: self.kind, backend: self.backend.clone() }
    }
}

/// The kind of a driver that computes on the processor.
pub const SOFTWARE: &str = "software";

/// Every adapter of this machine, in the driver's order.
pub fn adapters() -> Vec<wgpu::Adapter> {
    // One for the whole process, and never dropped: with the last one drivers are unloaded, and where a thread of theirs has
    // left something to be done at the end of the process, that is no longer there (seen with Mesa's llvmpipe, now and then).
    // Of a fork of the process drivers know nothing: there are no adapters in one whose parent has opened them.
    static INSTANCE: OnceLock<(u32, wgpu::Instance)> = OnceLock::new();
    let (process, instance) = INSTANCE.get_or_init(|| {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::PRIMARY;
        descriptor.flags = wgpu::InstanceFlags::empty();
        (std::process::id(), wgpu::Instance::new(descriptor))
    });
    if *process != std::process::id() {
        return Vec::new();
    }
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
}

/// Every adapter of this machine, in the driver's order, as it is described.
pub fn list() -> Vec<AdapterSummary> {
    adapters().iter().map(summary).collect()
}

/// Describes an adapter.
pub fn summary(adapter: &wgpu::Adapter) -> AdapterSummary {
    let info = adapter.get_info();
    AdapterSummary {
        kind: match info.device_type {
            DeviceType::DiscreteGpu => "discrete",
            DeviceType::IntegratedGpu => "integrated",
            DeviceType::VirtualGpu => "virtual",
            DeviceType::Cpu => SOFTWARE,
            DeviceType::Other => "other",
        },
        name: info.name,
        backend: info.backend.to_string(),
        driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
        pci: info.device_pci_bus_id,
        f64: adapter.features().contains(wide_features()),
        max_binding: adapter.limits().max_storage_buffer_binding_size,
    }
}

/// What f64 shaders need: the numbers, and integers of their width for the tests on bits.
pub fn wide_features() -> wgpu::Features {
    wgpu::Features::SHADER_F64 | wgpu::Features::SHADER_INT64
}

/// Position of the adapter to take. wgpu's own preference is not asked: it may name a software driver first.
///
/// # Errors
/// [`EngineError::Unsupported`], naming the flag and what there is.
pub fn choose(adapters: &[AdapterSummary], choice: Choice<'_>) -> Result<usize, EngineError> {
    let rank = |adapter: &AdapterSummary| {
        ["discrete", "integrated", "virtual", "other", SOFTWARE].iter().position(|kind| *kind == adapter.kind)
    };
    let best = |wanted: &dyn Fn(&AdapterSummary) -> bool| {
        (0..adapters.len()).filter(|at| wanted(&adapters[*at])).min_by_key(|at| rank(&adapters[*at]))
    };
    let found = match choice {
        Choice::Hardware => best(&|adapter| matches!(adapter.kind, "discrete" | "integrated")),
        Choice::Any => best(&|_| true),
        Choice::Named(text) => best(&|adapter| is_named(adapter, text)),
        Choice::Number(at) => (at < adapters.len()).then_some(at),
    };
    found.ok_or_else(|| {
        let there: Vec<&str> = adapters.iter().map(|adapter| adapter.name.as_str()).collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        let asked = match choice {
            Choice::Named(text) => format!("--adapter {text}: no adapter is called so"),
            _ => "--engine gpu: no adapter found".to_owned(),
        };
        EngineError::Unsupported(format!("{asked} (adapters here: {there}); --engine cpu needs none"))
    })
}

fn is_named(adapter: &AdapterSummary, text: &str) -> bool {
    if let Some(address) = text.strip_prefix("pci:") {
        return !adapter.pci.is_empty() && adapter.pci.eq_ignore_ascii_case(address);
    }
    let is_shown_so = adapter.device_name().to_string().eq_ignore_ascii_case(text);
    is_shown_so || adapter.name.to_lowercase().contains(&text.to_lowercase())
}
