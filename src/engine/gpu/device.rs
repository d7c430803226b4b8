//! An open adapter: buffers, submissions and what can go wrong with them.

use super::adapter::{AdapterSummary, summary, wide_features};
use super::network::workgroup_memory;
use crate::engine::EngineError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, mpsc};
use wgpu::{BufferUsages, PollType};

/// A device with its queue. Every failure comes back as [`EngineError::Device`], also those that wgpu reports to a
/// callback or by a panic.
pub struct Device {
    pub summary: AdapterSummary,
    pub handle: wgpu::Device,
    pub queue: wgpu::Queue,
    /// The first thing that wgpu reported outside of any call.
    failure: Arc<Mutex<Option<String>>>,
}

/// No more of an adapter's binding size is asked for than a tile can use.
const MAX_BINDING: u64 = 1 << 30;

impl Device {
    /// Opens an adapter.
    ///
    /// # Errors
    /// [`EngineError::Device`] if the driver refuses.
    pub fn open(adapter: &wgpu::Adapter) -> Result<Self, EngineError> {
        let size = adapter.limits().max_storage_buffer_binding_size.min(MAX_BINDING);
        let limits = wgpu::Limits {
            max_storage_buffer_binding_size: size,
            max_compute_workgroup_storage_size: workgroup_memory(&adapter.limits()),
            max_buffer_size: size.max(wgpu::Limits::downlevel_defaults().max_buffer_size),
            ..wgpu::Limits::downlevel_defaults()
        };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("alphasweep"),
            required_features: adapter.features() & wide_features(),
            required_limits: limits,
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (device, queue) = opened.map_err(|error| EngineError::device(&error.to_string()))?;
        let failure = Arc::new(Mutex::new(None));
        let note = |failure: &Arc<Mutex<Option<String>>>, text: String| {
            if let Ok(mut first) = failure.lock() {
                first.get_or_insert(text);
            }
        };
        let seen = Arc::clone(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| note(&seen, error.to_string())));
        let lost = Arc::clone(&failure);
        device.set_device_lost_callback(move |_, message| note(&lost, format!("device lost: {message}")));
        Ok(Self { summary: summary(adapter), handle: device, queue, failure })
    }

    /// Whether shaders can compute in f64 here.
    pub fn has_f64(&self) -> bool {
        self.handle.features().contains(wide_features())
    }

    /// A buffer of `size` bytes.
    pub fn buffer(&self, label: &str, size: u64, usage: BufferUsages) -> wgpu::Buffer {
        // Some back ends refuse empty buffers; copies need multiples of 4.
        let size = size.max(16).next_multiple_of(4);
        self.handle.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage,
            mapped_at_creation: false,
        })
    }

    /// A compute pipeline with its bind group layout made from the shader.
    ///
    /// # Errors
    /// [`EngineError::Device`] with the compiler's message.
    pub fn pipeline(&self, label: &str, source: &str, entry_point: &str) -> Result<wgpu::ComputePipeline, EngineError> {
        self.contained(|| {
            let source = wgpu::ShaderSource::Wgsl(source.into());
            let module = self.handle.create_shader_module(wgpu::ShaderModuleDescriptor { label: Some(label), source });
            self.handle.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(label),
                layout: None,
                module: &module,
                entry_point: Some(entry_point),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        })
    }

    /// Binds buffers 0, 1, 2, … of a pipeline.
    pub fn bind(&self, pipeline: &wgpu::ComputePipeline, buffers: &[&wgpu::Buffer]) -> wgpu::BindGroup {
        let numbered = buffers.iter().zip(0..);
        let entries: Vec<_> = numbered
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let layout = pipeline.get_bind_group_layout(0);
        self.handle.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries })
    }

    /// Submits what `record` encodes, waits for it, and returns the contents of `read`, a mappable buffer.
    ///
    /// # Errors
    /// [`EngineError::Device`]: validation, out of memory, device lost.
    pub fn submit_and_read(
        &self,
        read: &wgpu::Buffer,
        bytes: u64,
        record: impl FnOnce(&mut wgpu::CommandEncoder),
    ) -> Result<Vec<u8>, EngineError> {
        self.contained(|| {
            let mut encoder = self.handle.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            record(&mut encoder);
            self.queue.submit([encoder.finish()]);
            let (send, receive) = mpsc::channel();
            // The receiver is gone only when this function has already failed.
            read.map_async(wgpu::MapMode::Read, 0..bytes, move |result| drop(send.send(result)));
            self.handle.poll(PollType::wait_indefinitely()).map_err(|error| error.to_string())?;
            receive.recv().map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
            let contents = read.get_mapped_range(0..bytes).map_err(|error| error.to_string())?.to_vec();
            read.unmap();
            Ok(contents)
        })?
        .map_err(|message: String| self.taken_failure().unwrap_or(EngineError::device(&message)))
    }

    /// Runs calls of wgpu; a panic (how a lost device shows in `poll`) or a reported error becomes a value.
    fn contained<T>(&self, calls: impl FnOnce() -> T) -> Result<T, EngineError> {
        let result = catch_unwind(AssertUnwindSafe(calls));
        if let Some(failure) = self.taken_failure() {
            return Err(failure);
        }
        result.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            EngineError::device(text.as_deref().unwrap_or("the driver gave up"))
        })
    }

    fn taken_failure(&self) -> Option<EngineError> {
        self.failure.lock().ok().and_then(|mut first| first.take()).map(|text| EngineError::device(&text))
    }
}
