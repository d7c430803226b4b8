//! Random sweeps: formulas, rules, axes, data, precisions, limits. The seed and the number of a run decide, and whether
//! there is a GPU.

use crate::common::{Random, along, asked, read};
use alphasweep::engine::gpu::GpuEngine;
use alphasweep::problem::parse_csv;
use alphasweep::sweep::{Batch, Fixed, FormulaSweep, KnobRef, Precision, Request, Sweep, Tolerance, Varied};
use std::fmt::Write;

/// A sweep to be run, and how.
pub struct Case {
    pub request: Request,
    pub spec: FormulaSweep,
    /// `cpu` or `gpu`.
    pub engine: &'static str,
    pub threads: u16,
    /// Whether doubtful cells are run again in f64.
    pub repair: bool,
    /// The text of `points.csv`, where the sweep has data of its own.
    pub table: Option<String>,
    /// Files besides the usual ones: flags and their names below `--out`.
    pub files: Vec<(&'static str, &'static str)>,
}

/// Most cell-steps, each with as many rows as there are.
const MOST_WORK: u64 = 4_000_000_000;

/// Most cells, so that all files are soon written.
const MOST_CELLS: usize = 400_000;

impl Case {
    /// Draws until a sweep comes that can be run; the second is how many could not. Where there is a GPU, a quarter of them
    /// are for it, or all.
    pub fn draw(random: &mut Random, gpu: Option<&GpuEngine>, gpu_only: bool) -> (Self, u64) {
        let share = if gpu_only { 1.0 } else { 0.25 };
        let mut refused = 0;
        loop {
            let engine = if gpu.is_some() && chance(random, share) { "gpu" } else { "cpu" };
            let (request, table) = request(random, engine);
            let threads = 1 + below(random, 2) as u16;
            let repair = request.common.precision != Precision::F64 && chance(random, 0.25);
            let more = [("--npy", "columns"), ("--svg", "map.svg"), ("--html", "map.html")];
            let files = more.into_iter().filter(|_| chance(random, 0.25)).collect();
            match request.resolve() {
                Ok(spec) if spec.cells() <= MOST_CELLS && work(&spec) <= MOST_WORK && runs_on(engine, &spec, gpu) => {
                    return (Self { request, spec, engine, threads, repair, table, files }, refused);
                }
                _ => refused += 1,
            }
        }
    }

    /// What is typed after `alphasweep` to run it into `out`.
    pub fn arguments(&self, out: &str) -> Vec<String> {
        let request = &self.request;
        let mut typed = vec!["sweep".to_owned(), request.formula.text().to_owned()];
        let mut add = |flag: &str, value: &str| typed.extend([flag.to_owned(), value.to_owned()]);
        let common = &request.common;
        add("--rule", rule_text(request));
        for Varied { knob, axis, flag } in &common.axes {
            match *flag {
                "--vary" => add(flag, &format!("{knob}={}", axis.text())),
                _ => add(flag, axis.text()),
            }
        }
        for Fixed { knob, text, .. } in &common.set {
            add("--set", &format!("{knob}={text}"));
        }
        for (name, value) in &request.constants {
            add("--const", &format!("{name}={value}"));
        }
        if let Some(stop) = &request.stop {
            add("--stop", stop.text());
        }
        if let Some(batch) = common.batch {
            add("--batch", &batch.to_string());
        }
        if let Some(gtol) = &common.gtol {
            add("--gtol", &gtol.to_string());
        }
        if let Some(seed) = common.seed {
            add("--seed", &seed.to_string());
        }
        if self.table.is_some() {
            add("--data", "points.csv");
        }
        add("--steps", &common.steps.to_string());
        add("--diverge", &common.diverge.to_string());
        add("--precision", &common.precision.to_string());
        add("--engine", self.engine);
        add("--threads", &self.threads.to_string());
        add("--out", out);
        add("--keep-after", "0");
        for (flag, name) in &self.files {
            add(flag, &format!("{out}/{name}"));
        }
        typed.push(if self.repair { "--repair" } else { "--no-repair" }.to_owned());
        typed
    }
}

/// The rule as it is typed.
fn rule_text(request: &Request) -> &str {
    let rule = &request.common.rule;
    rule.name().unwrap_or_else(|| rule.text())
}

/// Whether f32 and f64 may come to other ends in whole regions of the map: these rules divide slopes by their own
/// recent size, which near a minimum is rounding by rounding.
pub fn divides_rounding_by_rounding(case: &Case) -> bool {
    !case.spec.precision.is_wide() && ["rmsprop", "adam"].contains(&rule_text(&case.request))
}

/// Shaders have no f64 of exp, sin and the like.
fn runs_on(engine: &str, spec: &FormulaSweep, gpu: Option<&GpuEngine>) -> bool {
    engine == "cpu" || gpu.is_some_and(|gpu| gpu.check(&Sweep::from(spec.clone())).is_ok())
}

/// Cell-steps at most, each as often as there are rows.
pub fn work(spec: &FormulaSweep) -> u64 {
    let steps = u64::from(spec.limits.steps) + 1;
    (spec.cells() as u64).saturating_mul(steps).saturating_mul(spec.program.rows_per_step().max(1))
}

/// A number below `end`.
pub fn below(random: &mut Random, end: usize) -> usize {
    (random.uniform(0.0, end as f64) as usize).min(end.saturating_sub(1))
}

/// True so often.
pub fn chance(random: &mut Random, share: f64) -> bool {
    random.uniform(0.0, 1.0) < share
}

/// One of them.
pub fn pick<T: Clone>(random: &mut Random, all: &[T]) -> T {
    all[below(random, all.len())].clone()
}

/// A few digits, of either sign, as they are typed.
fn coefficient(random: &mut Random) -> String {
    format!("{:.2}", random.either_sign(0.3, 3.0))
}

/// The same as a number.
fn number(random: &mut Random) -> f64 {
    read(&coefficient(random))
}

fn positive(random: &mut Random) -> String {
    format!("{:.2}", random.log_uniform(0.3, 3.0))
}

/// The request, and its data as a file.
fn request(random: &mut Random, engine: &str) -> (Request, Option<String>) {
    let precision = pick(random, &[Precision::F32, Precision::Compensated, Precision::Compensated, Precision::F64]);
    let mut table = None;
    let kind = below(random, 5);
    let mut request = match kind {
        0 => catalogued(random),
        1 => {
            table = Some(points(random));
            let data = parse_csv(table.as_deref().unwrap_or_default().as_bytes(), "points.csv").expect("a table");
            let formula = pick(random, &FITS);
            let request = asked(formula).set("b_start", number(random)).data(data);
            request.batch(read(pick(random, &["full", "full", "each", "5"]))).seed(below(random, 1000) as u64)
        }
        _ => written(random),
    };
    request = request.rule(read(rule(random)));
    request = axes(random, request, [None, Some("a")].get(kind).copied().unwrap_or(Some("x")), engine);
    // What f32 can bring a slope to, and no less: below that f64 goes on where f32 stands still.
    let wide = precision == Precision::F64;
    let gtol = random.log_uniform(if wide { 1e-9 } else { 3e-3 }, 0.03);
    request = match below(random, 4) {
        0 => request.gtol(0.0),
        1 => request.stop(read(&format!("loss < {:.3e}", random.log_uniform(1e-3, 0.3)))),
        2 => request.gtol(gtol),
        _ => request.gtol(Tolerance::Relative(gtol)),
    };
    let bar = random.log_uniform(1e4, 1e12);
    // Without a bar the largest number is one, and f32 has a smaller one.
    let diverge = pick(random, &[1e8, 1e3, bar, if wide { f64::INFINITY } else { 1e8 }]);
    (request.diverge(diverge).precision(precision), table)
}

const FITS: [&str; 4] = [
    "mean((a*u + b - v)^2)",
    "mean((a*u + b*u^2 - v)^2)/4",
    "mean(ln(1 + (a*u + b - v)^2))",
    "mean(sqrt(0.1 + (a*tanh(u) + b - v)^2))",
];

const CATALOG: [&str; 12] = [
    "lecture",
    "square",
    "bowl",
    "quartic",
    "double-well",
    "logistic-map",
    "rosenbrock",
    "booth",
    "himmelblau",
    "line",
    "sine",
    "hours",
];

fn catalogued(random: &mut Random) -> Request {
    asked(pick(random, &CATALOG)).seed(below(random, 1000) as u64)
}

fn points(random: &mut Random) -> String {
    let rows = 3 + below(random, 30);
    let (slope, height) = (random.either_sign(0.3, 2.0), random.uniform(-1.0, 1.0));
    let mut text = "u,v\n".to_owned();
    for _ in 0..rows {
        let u = random.uniform(-2.0, 2.0);
        let noise = random.uniform(-0.3, 0.3);
        writeln!(text, "{u:.4},{:.4}", slope * u + height + noise).expect("memory");
    }
    text
}

/// A formula of one to three parameters: a bowl of some kind for each, and what couples them.
fn written(random: &mut Random) -> Request {
    let names = &["x", "y", "z"][..=below(random, 3)];
    let mut terms: Vec<String> = names.iter().map(|name| bowl(random, name)).collect();
    for _ in 0..below(random, 3) {
        let (one, other) = (pick(random, names), pick(random, names));
        terms.push(coupling(random, one, other));
    }
    let mut formula = terms.join(" + ");
    if chance(random, 0.2) {
        formula =
            pick(random, &["ln(1 + (F)^2)", "sqrt(1 + (F)^2)", "(F)^2/8", "max(F, 0.1*(F))"]).replace('F', &formula);
    }
    let mut request = asked(&formula);
    if chance(random, 0.3) {
        request = asked(&format!("{formula} + c*x")).constant("c", random.uniform(-1.0, 1.0));
    }
    for name in &names[1..] {
        request = request.set(&format!("{name}_start"), number(random));
    }
    request
}

fn bowl(random: &mut Random, x: &str) -> String {
    const BOWLS: [&str; 10] = [
        "A*(x - C)^2",
        "A*(x^2 - B)^2/4",
        "A*(x - C)^4/8",
        "A*ln(1 + (x - C)^2)",
        "A*sqrt(B + x^2)",
        "A*(x - C)^2 - cos(B*x)",
        "A*exp(-x) + x^2/4",
        "A*max(x - C, B*(C - x))",
        "A*abs(x - C)",
        "select(x < C, A*(x - C)^2, B*(x - C)^2)",
    ];
    let form = pick(random, &BOWLS);
    filled(random, form, x, x)
}

fn coupling(random: &mut Random, x: &str, y: &str) -> String {
    const COUPLINGS: [&str; 7] =
        ["C*x*y/4", "A*(x*y - B)^2/8", "sin(C*x + y)", "A*exp(-x^2 - y^2)", "tanh(x)*y/2", "A*(x - y)^2", "C*cos(x*y)"];
    let form = pick(random, &COUPLINGS);
    filled(random, form, x, y)
}

fn filled(random: &mut Random, form: &str, x: &str, y: &str) -> String {
    let mut text = String::new();
    let mut letters = form.chars().peekable();
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        let alone = !before.is_alphabetic() && !letters.peek().is_some_and(|next| next.is_alphabetic());
        match letter {
            'A' | 'B' => text += &positive(random),
            'C' => write!(text, "({})", coefficient(random)).expect("memory"),
            'x' if alone => text += x,
            'y' if alone => text += y,
            other => text.push(other),
        }
        before = letter;
    }
    text
}

fn rule(random: &mut Random) -> &'static str {
    const RULES: [&str; 14] = [
        "gd",
        "gd",
        "gd",
        "gd",
        "momentum",
        "momentum",
        "nesterov",
        "averaged-momentum",
        "adagrad",
        "rmsprop",
        "adam",
        "v = m*v + g; delta = -alpha*v",
        "delta = -alpha*g/(1 + abs(g))",
        "v = 0.9*v + 0.1*g; delta = -alpha*(v + g)/2",
    ];
    pick(random, &RULES)
}

/// Axes, and values for what has none otherwise. `first` is the first parameter, where no catalog has a start for it.
fn axes(random: &mut Random, request: Request, first: Option<&str>, engine: &str) -> Request {
    let steps = match engine {
        "gpu" => pick(random, &[60, 200, 500]),
        _ => pick(random, &[300, 3_000, 20_000, 131_072, 131_072]),
    };
    // A software driver takes 65536 cells in one tile.
    let cells = if engine == "gpu" { random.log_uniform(3e4, 3e5) } else { random.log_uniform(3e3, 6e4) };
    let ny = if chance(random, 0.15) { 1 } else { random.log_uniform(4.0, cells / 20.0) as usize };
    let nx = (cells / ny as f64) as usize;
    let lo = random.log_uniform(0.002, 0.2);
    let hi = lo * random.log_uniform(5.0, 300.0);
    let scale = pick(random, &["lin", "log", "log"]);
    let mut request = request.steps(steps);
    let axis = along(&format!("{scale}:{lo:.4}:{hi:.3}:{nx}"));
    request.common.axes.push(Varied { knob: KnobRef::alpha(), axis, flag: "--alpha" });
    let rule = rule_text(&request).to_owned();
    let momentum = [("m", rule.contains("m*v")), ("momentum", rule == "momentum")].into_iter().find(|(_, has)| *has);
    let momentum = momentum.map(|(name, _)| name).filter(|_| ny > 1 && chance(random, 0.3));
    let seeded = ny > 1 && request.common.batch == Some(Batch::Random(5)) && chance(random, 0.5);
    let start = format!("lin:{:.3}:{:.3}:{ny}", random.uniform(-6.0, -0.5), random.uniform(0.5, 6.0));
    let request = match (momentum, seeded) {
        (Some(name), _) => with_start(random, request.vary(name, along(&format!("lin:0:0.95:{ny}"))), first),
        (None, true) => {
            request.common.seed = None;
            with_start(random, request.vary("seed", along(&format!("lin:1:{ny}:{ny}"))), first)
        }
        (None, false) if ny > 1 => request.vary_start(along(&start)),
        _ => with_start(random, request, first),
    };
    let needs_m = rule.contains("m*v") && momentum.is_none();
    if needs_m { request.set("m", read::<f64>(&format!("{:.2}", random.uniform(0.0, 0.95)))) } else { request }
}

fn with_start(random: &mut Random, request: Request, first: Option<&str>) -> Request {
    match first {
        Some(name) => request.set(&format!("{name}_start"), number(random)),
        None => request,
    }
}
