//! The summary at the end of a sweep, for people.

use crate::analysis::theory::{Exact, Known, RestClass, RestPoint, Theory};
use crate::analysis::{Best, Comparison, DataScale, MeasuredFacts, MeasuredValues, Summary};
use crate::cli::advice;
use crate::cli::repair;
use crate::cli::say::fact;
use crate::draw::{figure, share, with_minus};
use crate::engine::Record;
use crate::files::{Fact, RunInfo};
use crate::sweep::{ColumnKind, FormulaSweep, NetworkSweep, OUTCOMES, Sweep, SweepCommon, Tolerance};

/// What computes, and why that: the first line of every run.
pub fn engine(engine: &str, device: &str, reason: &str) -> String {
    fact("engine", &format!("{engine}, {device}: {reason}"))
}

/// What `--native-functions` means.
pub fn native_functions(on_cpu: bool) -> &'static str {
    if on_cpu {
        "--native-functions changes nothing on the CPU"
    } else {
        "functions are the driver's: WGSL lets sin and cos be 2⁻¹¹ off, exp 3 + 2|x| units in the last place, ln 2⁻²¹ near 1, \
         tan and powers what follows from these; results differ from device to device"
    }
}

/// The summary as lines of text.
pub fn text(facts: &[Fact]) -> String {
    facts.iter().map(|said| fact(said.label, &said.text())).collect()
}

/// The summary, fact by fact; without what is about the run alone where there is none.
pub fn facts(sweep: &Sweep, run: Option<&RunInfo>, known: &Known, summary: &Summary) -> Vec<Fact> {
    let Known { exact, curves, .. } = known;
    let grid: &SweepCommon = sweep;
    let mut lines = Lines(Vec::new());
    let size = if grid.y.is_some() {
        format!("{} × {} = {}", grid.nx(), grid.ny(), summary.cells)
    } else {
        summary.cells.to_string()
    };
    let rates = run.map_or(String::new(), |_| match summary.cells_per_second {
        0.0 => ", all from tiles that were kept".to_owned(),
        cells => {
            let (cells, steps) = (rate(cells), rate(summary.steps_per_second));
            format!(" in {:.2} s: {cells} cells/s, {steps} descent-steps/s", summary.seconds)
        }
    });
    lines.add("cells", &format!("{size}{rates}"));
    if let Some(record) = run.and_then(|run| run.failover.as_ref()) {
        lines.add("failed", &failed(record, run.map_or("", |run| &run.engine.engine), summary));
    }
    if let Some(repaired) = run.and_then(|run| run.repaired).filter(|repaired| repaired.doubtful > 0) {
        lines.add("repair", &repair::told(&repaired, summary.cells));
    }
    let mut label = "outcomes";
    for outcome in OUTCOMES.into_iter().filter(|outcome| summary.cells_of(*outcome) > 0) {
        let count = summary.cells_of(outcome);
        let parts = vec![outcome.word().to_owned(), share(count, summary.cells), count.to_string()];
        lines.0.push(Fact { label, parts });
        label = "";
    }
    lines.list("tolerance", &sweep.formula().and_then(|spec| tolerance(spec)).into_iter().collect::<Vec<_>>());
    if sweep.formula().is_some() {
        lines.add("critical α", &critical(sweep, known, summary));
    }
    for curve in curves {
        lines.add("", &format!("theory on this map: {}", curve.label));
    }
    lines.list("at rest", &rest_points(sweep, known));
    lines.list("measured", &summary.measured.iter().map(|facts| measured(facts, summary.cells)).collect::<Vec<_>>());
    match sweep {
        Sweep::Formula(spec) => lines.list("best α", &advice::text(spec, summary.advice.as_ref())),
        Sweep::Network(spec) => {
            lines.list("best", &[best_trainings(spec, summary), advice::of_network(spec, summary)].concat());
        }
    }
    if let Some((exact, spec)) = exact.as_ref().zip(sweep.formula()) {
        lines.add("exact", &exact_text(spec, exact, summary));
    }
    if let Some((scale, spec)) = summary.data_scale.as_ref().zip(sweep.formula()) {
        lines.list("unscaled", &data_scale(spec, scale));
    }
    for (at, path) in run.iter().flat_map(|run| &run.files).enumerate() {
        lines.add(if at == 0 { "wrote" } else { "" }, &path.display().to_string());
    }
    lines.0
}

/// How often the machine failed, and whose the cells are.
fn failed(record: &Record, engine: &str, summary: &Summary) -> String {
    let times = match record.failures.len() {
        1 => "once".to_owned(),
        times => format!("{times} times"),
    };
    let first = record.failures.first().map_or("", |failure| &failure.error);
    let whose = record.stand_in.as_ref().map_or_else(
        || format!("all cells are from the {engine} all the same"),
        |other| {
            let cells = share(other.cells as u64, summary.cells);
            format!("{} cells ({cells}) are from the {} instead", other.cells, other.engine.engine)
        },
    );
    format!("{times}, first: {first}; {whose}")
}

struct Lines(Vec<Fact>);

impl Lines {
    /// The label stands before the first line.
    fn list(&mut self, label: &'static str, texts: &[String]) {
        for (at, text) in texts.iter().enumerate() {
            self.add(if at == 0 { label } else { "" }, text);
        }
    }

    fn add(&mut self, label: &'static str, text: &str) {
        self.0.push(Fact::new(label, text));
    }
}

/// 1234567 → `1.23 M`
fn rate(per_second: f64) -> String {
    let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    let unit = units.into_iter().find(|(size, _)| per_second >= *size);
    unit.map_or_else(|| format!("{per_second:.0}"), |(size, unit)| format!("{:.2} {unit}", per_second / size))
}

/// What slopes had to be below; nothing where that was typed, or the user's own condition ended descents.
fn tolerance(spec: &FormulaSweep) -> Option<String> {
    const SHOWN: usize = 4;
    let by_name = spec.tolerances_by_name();
    let Tolerance::Relative(share) = spec.limits.gtol else { return None };
    let (least, most) =
        spec.tolerances.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), of| (least.min(*of), most.max(*of)));
    let of_each = by_name.iter().map(|(name, of)| format!("{} of {name}", figure(*of)));
    let told = match by_name.len() {
        0 => return None,
        1..=SHOWN => of_each.collect::<Vec<_>>().join(", "),
        _ => format!("{} to {}", figure(least), figure(most)),
    };
    Some(format!("converged: slopes below {told} ({share:e} of those at the starts)"))
}

fn critical(spec: &Sweep, known: &Known, summary: &Summary) -> String {
    let Some(advice) = &summary.advice else { return format!("α is no axis here; {}", theory_text(spec, known)) };
    let end = advice.safe.as_ref().map(|safe| {
        let what = if spec.is_largest_alpha(safe.alpha) { "holds to the end of the axis," } else { "ends at" };
        format!("convergence {what} {}", figure(safe.alpha))
    });
    let rise = advice.first_rise.map(|rise| format!("descents rise or diverge from {} on", figure(rise.alpha)));
    let measured: Vec<String> = end.into_iter().chain(rise).collect();
    let measured = if measured.is_empty() {
        "no descent rises or diverges on this axis".to_owned()
    } else {
        measured.join(", ") + &spread(spec, summary)
    };
    let apart = Comparison::of(spec, known.theory.limits(), advice).map_or(String::new(), |compared| {
        let told = [(compared.end, "convergence ends"), (compared.rise, "the first rise is")];
        let told = told.into_iter().filter_map(|(cells, what)| match cells? {
            0 => None,
            cells => {
                let (count, plural) = (cells.abs(), if cells.abs() == 1 { "" } else { "s" });
                Some(format!("{what} {count} cell{plural} {}", if cells > 0 { "later" } else { "earlier" }))
            }
        });
        let told: Vec<String> = told.collect();
        // A limit is that of small deviations; noise has another reason.
        let of_starts = spec.beside_alpha().is_none_or(|axis| spec.is_of_starts(axis));
        let is_local = compared.rise.is_some_and(|cells| cells < 0) && of_starts && !spec.batched;
        let why =
            if is_local { ": theory is of starts near the minimum, and far ones leave at a smaller α" } else { "" };
        match told.is_empty() {
            true if compared.beyond => "; the axis ends before it".to_owned(),
            true => "; they agree to the cell".to_owned(),
            false => format!("; {}{why}", told.join(", ")),
        }
    });
    format!("{measured}; {}{apart}", theory_text(spec, known))
}

/// How the first rise differs between starts, where it does.
fn spread(spec: &Sweep, summary: &Summary) -> String {
    let Some(critical) = summary.critical.as_ref().filter(|critical| critical.smallest < critical.largest) else {
        return String::new();
    };
    let name = spec.beside_alpha().map_or("starts", |axis| &axis.name);
    let [lo, middle, hi] = [critical.smallest, critical.at, critical.largest].map(figure);
    format!(" ({lo} … {middle} … {hi} over {} of {} values of {name})", critical.lines, critical.of)
}

/// Limits that are told one by one; of more the range.
const MOST_TOLD: usize = 4;

fn theory_text(sweep: &Sweep, known: &Known) -> String {
    let limits = match &known.theory {
        Theory::None(why) => return format!("theory: {why}"),
        Theory::Limits(limits) => limits,
    };
    let each = limits.iter().map(|limit| {
        let place = place(sweep, &limit.minimum);
        format!("{} (λmax = {} at {place})", figure(limit.alpha), figure(limit.sharpness))
    });
    let each = match &limits[..] {
        [least, .., largest] if limits.len() > MOST_TOLD => {
            let (count, least, largest) = (limits.len(), figure(least.alpha), figure(largest.alpha));
            let range = if least == largest { least } else { format!("{least} … {largest}") };
            format!("{range} at {count} minima, listed below")
        }
        _ => each.collect::<Vec<_>>().join(", "),
    };
    let named = known.theory_name(sweep);
    match known.formula(sweep) {
        Some(formula) => format!("{named} {formula} = {each}"),
        None => format!("{named}: {each}"),
    }
}

/// Parameters of a place that are told one by one.
const MOST_NAMED: usize = 10;

/// The names of the parameters with values.
fn place(sweep: &Sweep, point: &[f64]) -> String {
    let names = sweep.formula().map_or(&[][..], |spec| spec.objective.parameters()).iter().zip(point);
    let more = point.len().saturating_sub(MOST_NAMED);
    let mut each: Vec<String> =
        names.take(MOST_NAMED).map(|(name, value)| format!("{name} = {}", figure(*value))).collect();
    if more > 0 {
        each.push(format!("and {more} more"));
    }
    each.join(", ")
}

/// What a measure comes to.
fn measured(facts: &MeasuredFacts, cells: u64) -> String {
    /// Classes that are named.
    const MOST: usize = 8;
    let name = facts.name.replace('_', " ");
    let mut parts: Vec<String> = match &facts.values {
        MeasuredValues::Classes(counts) => {
            let mut all: Vec<(&u32, &u64)> = counts.iter().collect();
            all.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let more = all.len().saturating_sub(MOST);
            let loss = |class: &u32| facts.lowest_losses.get(class).map(|loss| format!(" (loss {})", figure(*loss)));
            let named = all.iter().take(MOST).map(|(class, count)| {
                format!("{class} in {}{}", share(**count, cells), loss(class).unwrap_or_default())
            });
            named.chain((more > 0).then(|| format!("{more} others"))).collect()
        }
        MeasuredValues::Numbers(None) => Vec::new(),
        MeasuredValues::Numbers(Some(range)) => vec![
            format!("{} … {}", with_minus(&figure(range.least)), with_minus(&figure(range.largest))),
            format!("above 0 in {}", share(range.above_zero, cells)),
        ],
    };
    let why = if facts.nothing_arrived { ": no training arrived; try --gtol or --stop, and more --steps" } else { "" };
    parts.extend((facts.unknown > 0).then(|| format!("unknown in {}{why}", share(facts.unknown, cells))));
    format!("{name}: {}", parts.join(", "))
}

/// Where descents came to rest, where there is more to say than that it is one minimum.
fn rest_points(sweep: &Sweep, known: &Known) -> Vec<String> {
    let points = &known.rest_points;
    if let [RestPoint { class: RestClass::Minimum, .. }] | [] = points[..] {
        return Vec::new();
    }
    let line = |point: &RestPoint| {
        let limits = match &point.limits[..] {
            [least, .., largest] => format!(", limits from {} to {}", figure(least.alpha), figure(largest.alpha)),
            [limit] => format!(", limit {}", figure(limit.alpha)),
            [] => String::new(),
        };
        let share =
            point.share.map_or(String::new(), |share| format!(", {} % of what came to rest", figure(share * 100.0)));
        let words = point.class.words();
        format!("{words} at {}: loss {}{limits}{share}", place(sweep, &point.point), figure(point.loss))
    };
    let mut lines: Vec<String> = points.iter().map(line).collect();
    if known.more_rest_points > 0 {
        lines.push(format!("and {} more places", known.more_rest_points));
    }
    lines
}

/// The lowest loss, the highest accuracy, and what share trains.
fn best_trainings(spec: &NetworkSweep, summary: &Summary) -> Vec<String> {
    let place = |best: &Best| {
        let y = spec.y.as_ref().zip(best.y);
        let y = y.map_or(String::new(), |(y, value)| format!(", {} = {}", y.name, figure(value)));
        let measured = spec.measures().zip(&best.measures);
        let accuracies = measured.filter(|(column, _)| matches!(column.kind, ColumnKind::Accuracy(_)));
        let accuracies = accuracies.map(|(column, value)| format!(", {} {}", column.label(), figure(*value)));
        let accuracies: String = accuracies.collect();
        format!("loss {}{accuracies} at {} = {}{y}", figure(best.loss), spec.x.name, figure(best.x))
    };
    let mut lines = Vec::new();
    lines.extend(summary.lowest.as_ref().map(|best| format!("lowest loss: {}", place(best))));
    lines.extend(summary.highest.as_ref().map(|best| format!("highest accuracy: {}", place(best))));
    lines.extend(summary.trains.map(|trains| {
        let share = share(trains, summary.cells);
        format!("{share} of the cells train (mean of the last 20 losses below the first)")
    }));
    lines
}

/// All parameters with their values.
fn point(spec: &FormulaSweep, values: &[f64]) -> String {
    let named = spec.objective.parameters().iter().zip(values);
    named.map(|(name, value)| format!("{name} = {}", figure(*value))).collect::<Vec<_>>().join(", ")
}

/// What was found over standardised data, in the scale of the data.
fn data_scale(spec: &FormulaSweep, scale: &DataScale) -> Vec<String> {
    let named = [("the best cell is at", &scale.best), ("the exact minimum is at", &scale.exact)];
    let place = |(what, values): (&str, &Option<Vec<f64>>)| {
        let values = point(spec, values.as_ref()?);
        Some(format!("in the scale of the data {what} {values}"))
    };
    let mut lines: Vec<String> = named.into_iter().filter_map(place).collect();
    if lines.is_empty() {
        lines.push("no parameters give the same model over the data as they are".to_owned());
    }
    let condition = scale.condition_before.zip(scale.condition);
    lines.extend(condition.map(|(before, after)| {
        format!("the condition number is {}; over the data as they are, {}", figure(after), figure(before))
    }));
    lines
}

/// What the normal equations say, and how near the best cell came.
fn exact_text(spec: &FormulaSweep, exact: &Exact, summary: &Summary) -> String {
    let names = spec.objective.parameters();
    let which = if exact.unique {
        String::new()
    } else {
        format!("rank {} of {}, not unique: the minimum-norm answer is ", exact.rank, names.len())
    };
    let answer = format!("{which}{}, loss {} (normal equations)", point(spec, &exact.minimum), figure(exact.loss));
    let best = summary.best.as_ref().or(summary.lowest.as_ref());
    let Some((best, distance)) = best.zip(exact.distance) else { return answer };
    let alpha = if spec.x.name == "alpha" { format!(" at α = {}", figure(best.x)) } else { String::new() };
    let from = if exact.unique { "" } else { " from the set of minima" };
    format!("{answer}; the best cell{alpha} is {} away{from}", figure(distance))
}
