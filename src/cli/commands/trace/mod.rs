//! `alphasweep trace`

mod arguments;
mod network;

pub use arguments::TraceArguments;

use crate::cli::call::Call;
use crate::cli::interrupt::Patience;
use crate::cli::results::{self, Results, Written};
use crate::cli::{say, threads};
use crate::csv_text::ShortText;
use crate::draw::{Prediction, Trace, figure};
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Watch, trace};
use crate::files::{DeferredFile, FOLDER, trace_json, write_trace_csv};
use crate::sweep::{Precision, RequestError};
use anyhow::Context;
use std::io;

/// The files, made before the run.
pub struct Files<'a> {
    csv: Option<DeferredFile>,
    png: Option<DeferredFile>,
    gif: Option<DeferredFile>,
    results: Results<'a>,
}

impl<'a> Files<'a> {
    /// Makes them.
    ///
    /// # Errors
    /// A path that cannot be written.
    pub fn create(arguments: &'a TraceArguments) -> Result<Self, RequestError> {
        let results = Results::take(&arguments.files, arguments.problem.data.as_deref(), "trace.json")?;
        Ok(Self {
            csv: results.csv("trace.csv")?,
            png: results.png("trace.png")?,
            gif: (!arguments.no_gif).then(|| results.file("trace.gif", FOLDER, None)).transpose()?,
            results,
        })
    }
}

/// Runs the command.
///
/// # Errors
/// A wrong request, a failed machine, an interruption; see [`crate::cli::exit`].
pub fn run(arguments: &TraceArguments, call: &Call<'_>) -> anyhow::Result<()> {
    if arguments.is_of_network() {
        return network::run(arguments, call);
    }
    let to_stdout = arguments.files.to_stdout();
    arguments.print.has_stdout(to_stdout)?;
    let (descents, notes) = arguments.descents()?;
    threads::start(None)?;
    let engine = CpuEngine::new(None)?;
    let files = Files::create(arguments)?;
    let notes: Vec<String> = notes.iter().map(|text| say::note(text)).collect();
    arguments.quiet.voice().say(&notes.concat());
    call.interruption.ready(Patience::None);
    let traced = trace(&engine, &descents, &Watch::new(&|_| (), call.interruption.cancel()))?;
    let trace = Trace::new(descents, traced);
    let trace = if let Some(range) = arguments.range { trace.over(range) } else { trace };
    if to_stdout {
        write_trace_csv(&trace, &mut io::stdout().lock())?;
    }
    let written = files.finish(arguments, call, &trace, &engine).context("writing the results")?;
    arguments.quiet.voice().say(&(report(&trace) + &results::told(&written)));
    Ok(())
}

impl Files<'_> {
    /// Writes all files and names them.
    ///
    /// # Errors
    /// A full disk.
    pub fn finish(
        mut self,
        arguments: &TraceArguments,
        call: &Call<'_>,
        trace: &Trace,
        engine: &CpuEngine,
    ) -> anyhow::Result<Vec<Written>> {
        if let Some(file) = self.csv {
            self.results.add(file.filled(|out| write_trace_csv(trace, out))?, String::new());
        }
        if let Some(file) = self.png {
            self.results.add(file.written(&arguments.drawn(trace)?)?, String::new());
        }
        if let Some(file) = self.gif {
            let (bytes, info) = arguments.filmed(trace)?;
            let about =
                format!("  ({} frames, {} × {}, {} kB)", info.frames, info.width, info.height, bytes.len() / 1000);
            self.results.add(file.written(&bytes)?, about);
        }
        self.results.finish(arguments.print, |paths| trace_json(trace, &call.words, &engine.info(), paths))
    }
}

/// What came of each descent.
fn report(trace: &Trace) -> String {
    let descent = |at: usize| {
        let traced = &trace.traced()[at];
        let loss = if traced.loss_final.is_finite() { figure(traced.loss_final) } else { "none".to_owned() };
        let first = (format!("descent {}", at + 1), format!("{}: {}, loss {loss}", trace.label(at), trace.ending(at)));
        std::iter::once(first).chain(numbers(trace, at).into_iter().map(|line| (String::new(), line)))
    };
    let descents = (0..trace.traced().len()).flat_map(descent);
    descents.map(|(label, text)| say::fact(&label, &text)).collect()
}

/// The sharpness at the end against the edge, and the distance to the flow.
fn followed(trace: &Trace, at: usize) -> Vec<String> {
    let traced = &trace.traced()[at];
    let end = traced.path.shown;
    let edge = || match trace.edge(at) {
        Ok(edge) => format!("stable below {}", figure(edge)),
        Err(why) => why.why().to_owned(),
    };
    let sharpness = traced.sharpness.get(end).map(|sharpness| format!("sharpness {} ({})", figure(*sharpness), edge()));
    let distance = traced.flow.as_ref().map(|flow| flow.distances[end]);
    let distance = distance.map(|distance| {
        if distance.is_finite() {
            format!("{} from the gradient flow", figure(distance))
        } else {
            "the gradient flow cannot be followed so far".to_owned()
        }
    });
    sharpness.into_iter().chain(distance).collect()
}

/// Where a descent ended, what is shown of it there, and what its model predicts, in all digits.
fn numbers(trace: &Trace, at: usize) -> Vec<String> {
    const MOST: usize = 8;
    let wide = trace.descents().spec(at).program.precision != Precision::F32;
    let text = |value: f64, wide: bool| match ShortText::number(value, wide).as_bytes() {
        [] => "none".to_owned(),
        digits => String::from_utf8_lossy(digits).into_owned(),
    };
    let (names, values) = (trace.descents().specs[0].objective.parameters(), &trace.traced()[at].parameters);
    let equal = |(name, value): (&str, f64), wide: bool| format!("{name} = {}", text(value, wide));
    let ends = names.iter().zip(values).take(MOST).map(|(name, value)| equal((name, *value), wide));
    let more = values.len().checked_sub(MOST + 1).map(|more| format!("… {} more in trace.json", more + 1));
    let parameters = ends.chain(more).collect::<Vec<_>>().join(", ");
    let shown = trace.shown_at_end(at).map(|shown| equal(shown, true)).chain(followed(trace, at));
    let predicted = trace.predictions(at).map(|Prediction { at, value }| {
        let row: Vec<String> = at.iter().map(|given| equal(*given, true)).collect();
        format!("predicts {} for {}", text(value, true), row.join(", "))
    });
    std::iter::once(parameters).chain(shown).chain(predicted).collect()
}
