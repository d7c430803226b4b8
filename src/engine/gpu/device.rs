//! An open adapter: buffers, submissions and what can go wrong with them.

use super::adapter::{self, AdapterSummary, summary, wide_features};
use super::compiler::Compiler;
use super::fault::{Fault, Faults};
use super::limits;
use super::patience::{GLANCE, Patience};
use crate::engine::{EngineError, MachineError, Watch};
use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wgpu::{BufferUsages, PollError, PollType, SubmissionIndex};

/// A device with its queue. Every failure comes back as one of the machine's [`EngineError`]s, also those that wgpu
/// reports to a callback or by a panic.
pub struct Device {
    pub summary: AdapterSummary,
    pub handle: wgpu::Device,
    pub queue: wgpu::Queue,
    compiler: Compiler,
    reports: Arc<Reports>,
    /// Holds the number of the submission under way, which must come back with its results.
    stamp: wgpu::Buffer,
    submissions: AtomicU32,
    /// Nothing that waits for this device may be called any more.
    stuck: AtomicBool,
    faults: Option<Faults>,
}

/// What wgpu reported outside of any call.
#[derive(Default)]
struct Reports(Mutex<Option<MachineError>>);

impl Reports {
    /// Keeps the first report; but a lost device makes everything after it invalid, and the loss is what happened.
    fn note(&self, error: MachineError) {
        if let Ok(mut first) = self.0.lock()
            && (first.is_none() || matches!(error, MachineError::Lost(_)))
        {
            *first = Some(error);
        }
    }

    fn take(&self) -> Option<MachineError> {
        self.0.lock().ok().and_then(|mut first| first.take())
    }
}

/// The error of what wgpu calls one.
fn reported(error: &wgpu::Error) -> MachineError {
    let said = brief(&error.to_string());
    match error {
        wgpu::Error::OutOfMemory { .. } => MachineError::OutOfMemory(said),
        wgpu::Error::Validation { .. } => MachineError::Invalid(said),
        wgpu::Error::Internal { .. } => MachineError::Device(said),
    }
}

/// What a driver or compiler said, on one line of bearable length.
fn brief(said: &str) -> String {
    const MOST: usize = 400;
    let words: Vec<&str> = said.split_whitespace().collect();
    words.join(" ").chars().take(MOST).collect()
}

/// A GPU that has not finished a submission by now never will: submissions aim at 50 ms, the largest single step over
/// data is some seconds, and the watchdogs of drivers, where there are some, act within 10 s.
const HUNG: Duration = Duration::from_secs(60);
/// A software driver shares the processor with everything else, and has no way to hang.
const SOFTWARE_HUNG: Duration = Duration::from_secs(900);
/// Bytes of a stamp.
const STAMP: u64 = 4;

/// What one submission does.
pub struct Work {
    encoder: wgpu::CommandEncoder,
    /// A test makes dispatches do nothing.
    skips: bool,
}

impl Work {
    /// Runs a pipeline over (x, y) workgroups.
    pub fn dispatch(&mut self, pipeline: &wgpu::ComputePipeline, group: &wgpu::BindGroup, (x, y): (u32, u32)) {
        if self.skips {
            return;
        }
        let mut pass = self.encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, group, &[]);
        pass.dispatch_workgroups(x, y, 1);
    }

    /// Zeroes a buffer.
    pub fn clear(&mut self, buffer: &wgpu::Buffer) {
        self.encoder.clear_buffer(buffer, 0, None);
    }

    /// Zeroes the first `bytes` of a buffer.
    pub fn clear_first(&mut self, buffer: &wgpu::Buffer, bytes: u64) {
        self.encoder.clear_buffer(buffer, 0, Some(bytes));
    }

    /// Copies `bytes` from `first` of a buffer to `at` of another.
    pub fn copy_from(&mut self, (from, first): (&wgpu::Buffer, u64), to: &wgpu::Buffer, at: u64, bytes: u64) {
        self.encoder.copy_buffer_to_buffer(from, first, to, at, bytes);
    }

    /// Copies the first `bytes` of a buffer to `at` of another.
    pub fn copy(&mut self, from: &wgpu::Buffer, to: &wgpu::Buffer, at: u64, bytes: u64) {
        self.encoder.copy_buffer_to_buffer(from, 0, to, at, bytes);
    }
}

/// What was submitted, and the buffer in which its results will be.
pub struct Pending {
    read: wgpu::Buffer,
    bytes: u64,
    number: u32,
    /// Absent where a test keeps it from the device.
    index: Option<SubmissionIndex>,
    mapped: Receiver<Result<(), wgpu::BufferAsyncError>>,
    panic: Option<Box<dyn Any + Send>>,
    hangs: bool,
}

impl Device {
    /// Opens an adapter as if it had these limits: its own, or those of a weaker one.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] with the figure if they are too low, [`MachineError::Device`] if the driver refuses.
    pub fn open(adapter: &wgpu::Adapter, there: &wgpu::Limits) -> Result<Self, EngineError> {
        let summary = summary(adapter);
        let limits = limits::asked(there).map_err(|why| {
            EngineError::Unsupported(format!("--engine gpu: {} is too weak: {why}; use --engine cpu", summary.name))
        })?;
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("alphasweep"),
            required_features: adapter.features() & (wide_features() | wgpu::Features::PIPELINE_CACHE),
            required_limits: limits,
            ..Default::default()
        };
        let opened = pollster::block_on(adapter.request_device(&descriptor));
        let (handle, queue) = opened.map_err(|error| MachineError::Device(brief(&error.to_string())))?;
        let reports = Arc::new(Reports::default());
        let seen = Arc::clone(&reports);
        handle.on_uncaptured_error(Arc::new(move |error: wgpu::Error| seen.note(reported(&error))));
        let lost = Arc::clone(&reports);
        handle.set_device_lost_callback(move |_, message| lost.note(MachineError::Lost(brief(&message))));
        let stamp = handle.create_buffer(&wgpu::BufferDescriptor {
            label: Some("stamp"),
            size: STAMP,
            usage: BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let compiler = Compiler::new(&handle, &adapter.get_info());
        Ok(Self {
            summary,
            handle,
            queue,
            compiler,
            reports,
            stamp,
            submissions: AtomicU32::new(0),
            stuck: AtomicBool::new(false),
            faults: None,
        })
    }

    /// From now on, asks before every submission what goes wrong with it.
    pub fn suffer(&mut self, faults: Faults) {
        self.faults = Some(faults);
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

    /// A buffer into which `size` bytes, a multiple of 4, can be copied to be read.
    pub fn readback(&self, label: &str, size: u64) -> wgpu::Buffer {
        self.buffer(label, size + STAMP, BufferUsages::MAP_READ | BufferUsages::COPY_DST)
    }

    /// Sends bytes to the beginning of a buffer.
    ///
    /// # Errors
    /// The machine's [`EngineError`]s.
    pub fn write(&self, buffer: &wgpu::Buffer, bytes: &[u8]) -> Result<(), EngineError> {
        self.write_at(buffer, 0, bytes)
    }

    /// Sends bytes to a place of a buffer.
    ///
    /// # Errors
    /// As [`Device::write`].
    pub fn write_at(&self, buffer: &wgpu::Buffer, at: u64, bytes: &[u8]) -> Result<(), EngineError> {
        self.contained(|| self.queue.write_buffer(buffer, at, bytes))
    }

    /// A compute pipeline with its bind group layout made from the shader.
    ///
    /// # Errors
    /// [`MachineError::Invalid`] or [`MachineError::Device`] with the compiler's message.
    pub fn pipeline(
        &self,
        source: &str,
        entry_point: &'static str,
        watch: &Watch<'_>,
    ) -> Result<wgpu::ComputePipeline, EngineError> {
        let made = self.contained(|| self.compiler.pipeline(source, entry_point, watch))?;
        if matches!(made, Err(EngineError::Interrupted)) {
            self.stuck.store(true, Ordering::Relaxed);
        }
        made
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

    /// Submits what `record` encodes, waits for it, and returns the first `bytes` of `read`, a [`Device::readback`]
    /// buffer.
    ///
    /// # Errors
    /// As [`Device::finish`].
    pub fn submit_and_read(
        &self,
        read: &wgpu::Buffer,
        bytes: u64,
        watch: &Watch<'_>,
        record: impl FnOnce(&mut Work),
    ) -> Result<Vec<u8>, EngineError> {
        self.finish(self.submit(read, bytes, record), watch)
    }

    /// Submits what `record` encodes; the first `bytes` of `read`, a [`Device::readback`] buffer, will be waited for. What
    /// goes wrong already is told then: of a device that was lost, the loss comes after everything else.
    pub fn submit(&self, read: &wgpu::Buffer, bytes: u64, record: impl FnOnce(&mut Work)) -> Pending {
        let fault = self.faults.as_ref().and_then(|next| next());
        let number = self.submissions.fetch_add(1, Ordering::Relaxed) + 1;
        let (send, mapped) = mpsc::channel();
        let index = catch_unwind(AssertUnwindSafe(|| {
            self.fail_at_once(fault);
            let skips = fault == Some(Fault::Skipped);
            let index = (fault != Some(Fault::Dropped)).then(|| self.encode(read, bytes, number, skips, record));
            // The receiver is gone only where nobody waits any more.
            read.map_async(wgpu::MapMode::Read, 0..bytes + STAMP, move |result| drop(send.send(result)));
            index
        }));
        let (index, panic) = index.map_or_else(|panic| (None, Some(panic)), |index| (index, None));
        Pending { read: read.clone(), bytes, number, index, mapped, panic, hangs: fault == Some(Fault::Hung) }
    }

    /// Waits for a submission, and returns the bytes that it was asked for.
    ///
    /// # Errors
    /// The machine's [`EngineError`]s; [`EngineError::Interrupted`] where the watch was cancelled and the device does
    /// not come back soon.
    pub fn finish(&self, pending: Pending, watch: &Watch<'_>) -> Result<Vec<u8>, EngineError> {
        let Pending { read, bytes, number, index, mapped, panic, hangs } = pending;
        let said = |error: &dyn std::error::Error| MachineError::Device(brief(&error.to_string()));
        let mut contents = self
            .contained(|| {
                if let Some(panic) = panic {
                    resume_unwind(panic);
                }
                self.wait(index, watch, if hangs { Duration::ZERO } else { self.patience() })?;
                mapped.recv().map_err(|error| said(&error))?.map_err(|error| said(&error))?;
                let contents = read.get_mapped_range(0..bytes + STAMP).map_err(|error| said(&error))?.to_vec();
                read.unmap();
                Ok(contents)
            })?
            .map_err(|error: EngineError| self.reports.take().map_or(error, EngineError::from))?;
        let stamp = contents.split_off(bytes as usize);
        if stamp == number.to_le_bytes() { Ok(contents) } else { Err(MachineError::Dropped.into()) }
    }

    fn encode(
        &self,
        read: &wgpu::Buffer,
        bytes: u64,
        number: u32,
        skips: bool,
        record: impl FnOnce(&mut Work),
    ) -> SubmissionIndex {
        self.queue.write_buffer(&self.stamp, 0, &number.to_le_bytes());
        let encoder = self.handle.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let mut work = Work { encoder, skips };
        record(&mut work);
        // Last, as commands run in order: who drops the work drops the stamp.
        work.copy(&self.stamp, read, bytes, STAMP);
        self.queue.submit([work.encoder.finish()])
    }

    /// Waits for a submission, or for all of them, at most `patience`.
    fn wait(
        &self,
        mut index: Option<SubmissionIndex>,
        watch: &Watch<'_>,
        patience: Duration,
    ) -> Result<(), EngineError> {
        let begun = Instant::now();
        let mut unwanted = Patience::default();
        loop {
            if unwanted.is_over(watch) {
                self.stuck.store(true, Ordering::Relaxed);
                return Err(EngineError::Interrupted);
            }
            if begun.elapsed() >= patience {
                self.stuck.store(true, Ordering::Relaxed);
                return Err(MachineError::Hung { seconds: patience.as_secs() }.into());
            }
            match self.handle.poll(PollType::Wait { submission_index: index.clone(), timeout: Some(GLANCE) }) {
                Ok(_) => return Ok(()),
                Err(PollError::Timeout) => {}
                // It failed, and why is told to those who wait for all.
                Err(PollError::WrongSubmissionIndex(..)) if index.is_some() => index = None,
                Err(error) => return Err(MachineError::Device(brief(&error.to_string())).into()),
            }
        }
    }

    fn patience(&self) -> Duration {
        if self.summary.kind == adapter::SOFTWARE { SOFTWARE_HUNG } else { HUNG }
    }

    /// Faults that are there before the submission: real ones, as far as wgpu lets them be made.
    fn fail_at_once(&self, fault: Option<Fault>) {
        match fault {
            Some(Fault::Lost) => self.handle.destroy(),
            Some(Fault::OutOfMemory) => self.reports.note(MachineError::OutOfMemory("injected".to_owned())),
            // No buffer can be read by both.
            Some(Fault::Invalid) => drop(self.buffer("invalid", 16, BufferUsages::MAP_READ | BufferUsages::STORAGE)),
            Some(Fault::Hung | Fault::Dropped | Fault::Skipped) | None => {}
        }
    }

    /// Runs calls of wgpu; a panic (how some losses show in `poll`) or a reported error becomes a value.
    pub fn contained<T>(&self, calls: impl FnOnce() -> T) -> Result<T, EngineError> {
        let result = catch_unwind(AssertUnwindSafe(calls));
        if let Some(failure) = self.reports.take() {
            if matches!(failure, MachineError::Lost(_)) {
                self.stuck.store(true, Ordering::Relaxed);
            }
            return Err(failure.into());
        }
        result.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            MachineError::Device(brief(text.as_deref().unwrap_or("the driver gave up"))).into()
        })
    }
}

impl Drop for Device {
    /// The last handle to a queue waits, without limit, until the device is idle. One that hangs never is: its handles are
    /// left to the end of the process.
    fn drop(&mut self) {
        if self.stuck.load(Ordering::Relaxed) {
            mem::forget((self.handle.clone(), self.queue.clone()));
        }
    }
}
