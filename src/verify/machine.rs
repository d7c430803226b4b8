//! What there is to verify here, check by check.

use super::check::{Check, Measured};
use super::controls::{gradients, perturbed_kernel, perturbed_rule, wrong_function, wrong_gradient};
use super::edges::at_edges;
use super::generator::{batch_draws, known_answers};
use super::laws::{LAWS, law};
use super::limits::{limits, wrong_limits};
use super::parity::{FULL_RUNS, SHORT_RUNS, arithmetic, elementary, full_run, short_run};
use super::published::{PUBLISHED, published};
use super::words::{fly_by, unconfirmed, words, wrong_words};
use crate::engine::cpu::CpuEngine;
use crate::engine::gpu::{Choice, GpuEngine};
use crate::engine::{Engine, EngineError};
use crate::sweep::Precision;

/// The engines of this machine.
pub struct Machine<'a> {
    /// Always there: GPUs are compared with it.
    pub cpu: CpuEngine,
    /// Why the CPU itself is not verified, if it is not.
    pub cpu_left_out: Option<String>,
    /// The adapter and how it was asked for, or why none is verified.
    pub gpu: Result<(GpuEngine, Choice<'a>), String>,
}

type Work<'a> = Box<dyn Fn() -> Result<Measured, EngineError> + 'a>;

/// A check that can be run.
pub struct Task<'a> {
    name: String,
    engine: &'static str,
    work: Work<'a>,
}

impl<'a> Task<'a> {
    fn new(
        engine: &'static str,
        name: impl Into<String>,
        work: impl Fn() -> Result<Measured, EngineError> + 'a,
    ) -> Self {
        Self { name: name.into(), engine, work: Box::new(work) }
    }

    fn left_out(engine: &'static str, why: &'a str) -> Self {
        Self::new(engine, "all checks", || Err(EngineError::Unsupported(why.to_owned())))
    }

    /// Runs it.
    pub fn run(&self) -> Check {
        Check::new(&self.name, self.engine, (self.work)())
    }
}

/// How much α or a gradient is off in the negative controls.
const OFF: f64 = 1.01;
/// What holds where a descent flies through the minimum.
const AT_THE_MINIMUM: &str = "abs(x) < 1e-8";

impl Machine<'_> {
    /// Every check, in the order of the table. An engine that is left out is one check that will be skipped.
    pub fn tasks(&self) -> Vec<Task<'_>> {
        let mut tasks = match &self.cpu_left_out {
            None => self.cpu_tasks(),
            Some(why) => vec![Task::left_out("cpu", why)],
        };
        match &self.gpu {
            Ok((gpu, choice)) => tasks.extend(self.gpu_tasks(gpu, *choice)),
            Err(why) => tasks.push(Task::left_out("gpu", why)),
        }
        tasks
    }

    fn cpu_tasks(&self) -> Vec<Task<'_>> {
        let cpu = &self.cpu;
        let mut tasks = vec![
            Task::new("cpu", "generator: published words", || Ok(known_answers())),
            Task::new("cpu", "generator: rows of random batches", || batch_draws(cpu)),
            Task::new("cpu", "gradients: derived, against differences", || gradients(cpu)),
        ];
        tasks.extend(word_tasks(cpu, &[Precision::F64, Precision::Compensated, Precision::F32]));
        tasks.push(Task::new("cpu", "limits: from the step's derivative, as closed forms", || Ok(limits(1.0))));
        tasks.extend(law_tasks(cpu, &[Precision::F64, Precision::Compensated]));
        tasks.extend(
            PUBLISHED
                .iter()
                .map(|row| Task::new("cpu", format!("published: {}", row.name), || published(row, cpu, row.precision))),
        );
        tasks.push(Task::new("cpu", "control: α off by 1 % is caught", || perturbed_rule(cpu, OFF)));
        tasks.push(Task::new("cpu", "control: a gradient off by 1 % is caught", || wrong_gradient(cpu, OFF)));
        tasks.push(Task::new("cpu", "control: words of an α off by 1 % are caught", || wrong_words(cpu, OFF)));
        tasks.push(Task::new("cpu", "control: limits off by 1 % are caught", || Ok(wrong_limits(OFF))));
        let control = || unconfirmed(cpu, AT_THE_MINIMUM);
        tasks.push(Task::new("cpu", "control: a fly-by that counts as an arrival is caught", control));
        tasks
    }

    fn gpu_tasks<'s>(&'s self, gpu: &'s GpuEngine, choice: Choice<'s>) -> Vec<Task<'s>> {
        let cpu = &self.cpu;
        let mut tasks = vec![
            Task::new("gpu", "arithmetic of the adapter", || arithmetic(gpu)),
            Task::new("gpu", "elementary functions, as the CPU", || elementary(gpu)),
            Task::new("gpu", "edges of all operations, as the table", || at_edges(gpu, false)),
            Task::new("gpu", "generator: rows of random batches", || batch_draws(gpu)),
        ];
        tasks.extend(
            SHORT_RUNS
                .iter()
                .map(|run| Task::new("gpu", format!("as the CPU: {}", run.name()), || short_run(run, cpu, gpu))),
        );
        tasks.extend(
            FULL_RUNS
                .iter()
                .map(|name| Task::new("gpu", format!("outcomes as on the CPU: {name}"), || full_run(name, cpu, gpu))),
        );
        tasks.extend(word_tasks(gpu, &[Precision::Compensated, Precision::F32]));
        tasks.extend(law_tasks(gpu, &[Precision::Compensated]));
        // f32 as printed; the others, which are f64, as closely as compensated f32 comes.
        let rows = PUBLISHED.iter().filter(|row| row.narrow || row.precision == Precision::F32);
        tasks.extend(rows.map(|row| {
            let precision = if row.narrow { Precision::Compensated } else { row.precision };
            Task::new("gpu", format!("published: {}", row.name), move || published(row, gpu, precision))
        }));
        let control = move || perturbed_kernel(cpu, choice, None);
        tasks.push(Task::new("gpu", "control: a kernel off by 1 % is caught", control));
        tasks.push(Task::new("gpu", "control: a wrong elementary function is caught", move || wrong_function(choice)));
        tasks
    }
}

fn word_tasks<'s>(engine: &'s dyn Engine, precisions: &'static [Precision]) -> Vec<Task<'s>> {
    let name: &'static str = engine.info().engine;
    vec![
        Task::new(name, "words: descents worked out by hand", move || words(engine, precisions, 1.0)),
        Task::new(name, "words: a fly-by is no arrival", move || fly_by(engine, precisions)),
    ]
}

fn law_tasks<'s>(engine: &'s dyn Engine, precisions: &'static [Precision]) -> Vec<Task<'s>> {
    let task = move |row: &'static super::LawRow| {
        let name: &'static str = engine.info().engine;
        Task::new(name, format!("law: {}", row.name), move || law(row, engine, precisions))
    };
    LAWS.iter().map(task).collect()
}
