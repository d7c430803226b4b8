//! Random programs of all operations, for tests that compare what engines make of them with the table of operations, bit for bit.

use crate::expr::{Binary, Comparison, Graph, NodeId, Real, Unary};
use crate::problem::parse_csv;
use crate::problem::random::threefry2x32;
use crate::sweep::{Axis, Batch, DataColumn, FormulaSweep, Input, Precision, Request, StopTest};

/// Numbers that lanes hold, beside any.
const SPECIAL: [f64; 29] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -3.0,
    7.25,
    0.1,
    -0.3,
    88.7,
    -104.0,
    709.5,
    -745.0,
    4095.9,
    4096.5,
    -1e6,
    67_108_865.0,
    -3e9,
    1e30,
    3e38,
    1e300,
    1e-30,
    -1e-40,
    5e-324,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
];
const CONSTANTS: [f64; 9] = [0.5, -2.0, 3.0, 0.1, 1e3, -7.25, 1e-4, 0.0, 1.0];

pub struct Random(pub u32);

impl Random {
    pub fn word(&mut self) -> u32 {
        self.0 += 1;
        threefry2x32([7, 7], [self.0, 0])[0]
    }

    pub fn below(&mut self, most: usize) -> usize {
        self.word() as usize % most
    }

    pub fn number(&mut self) -> f64 {
        match self.below(8) {
            0..=2 => SPECIAL[self.below(SPECIAL.len())],
            3..=5 => (f64::from(self.word()) / f64::from(u32::MAX) - 0.5) * 12.0,
            // Any bits of f32, and any size.
            6 => f64::from(f32::from_bits(self.word())),
            _ => f64::from_bits(u64::from(self.word()) << 32 | u64::from(self.word())),
        }
    }
}

/// What may be drawn for the lanes before a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawn {
    Nothing,
    /// The rule's noise, and rows that all lanes share.
    SharedRows,
    /// The rule's noise, and rows of each lane's own.
    OwnRows,
}

/// Rows of a batch.
pub const SIZE: u32 = 3;
/// The noise that programs read: of which parameter, and which half.
pub const NOISE: [(u32, u32); 2] = [(0, 1), (1, 0)];

/// A sweep whose step is to be replaced: a line through a few points, by gradient descent.
pub fn sweep(is_wide: bool, drawn: Drawn) -> FormulaSweep {
    let rows = "u,v\n1,2\n-0.5,0\n0,1e-30\n-3,4097\n2.5,-1\n0.25,88\n";
    let mut request = Request::parse("mean((a*u+b-v)^2)").expect("a formula");
    request = request.data(parse_csv(rows.as_bytes(), "rows.csv").expect("a table"));
    let axis = |text: &str| text.parse::<Axis>().expect("an axis");
    request = request.vary("alpha", axis("0.1,0.2")).gtol(0.0);
    if drawn != Drawn::Nothing {
        let rule = "delta = -alpha*g + alpha*noise".parse().expect("a rule");
        request = request.rule(rule).batch(Batch::Random(SIZE));
    }
    if drawn == Drawn::OwnRows {
        request = request.vary("seed", axis("0,1"));
    }
    request.precision(if is_wide { Precision::F64 } else { Precision::F32 }).resolve().expect("a sweep")
}

/// Rows of the data.
pub const ROWS: u32 = 6;

/// Replaces what a step computes. Gives what the lanes carry next, and what is tested before.
pub fn draw(spec: &mut FormulaSweep, random: &mut Random) -> [NodeId; 3] {
    let mut graph = Graph::new();
    let [a, b, alpha] = ["a", "b", "alpha"].map(|name| graph.input(name));
    let is_drawn = spec.program.batch.is_some();
    let noise = NOISE.map(|(parameter, half)| is_drawn.then(|| graph.input(&format!("{half} of {parameter}"))));
    let of_batch = is_drawn && random.below(2) == 0;
    let rows = if of_batch { SIZE } else { ROWS };
    let [u, v] = ["u", "v"].map(|name| graph.column(name));
    let reads_rows = of_batch || random.below(3) == 0;
    let mut values = if reads_rows { vec![alpha, u, a, v, b] } else { vec![alpha, a, b] };
    values.extend(noise.into_iter().flatten());
    for _ in 0..2 + random.below(10) {
        let recent = values.len().min(6);
        let mut pick = || values[values.len() - 1 - random.below(recent)];
        let [a, b, c, d]: [NodeId; 4] = std::array::from_fn(|_| pick());
        let value = match random.below(12) {
            0 => graph.constant(CONSTANTS[random.below(CONSTANTS.len())]),
            1..=4 => graph.unary(Unary::ALL[random.below(Unary::ALL.len())], a),
            5..=8 => graph.binary(Binary::ALL[random.below(Binary::ALL.len())], a, b),
            9 => {
                let op = [Comparison::Less, Comparison::LessEqual, Comparison::Equal][random.below(3)];
                let condition = graph.compare(op, a, b);
                graph.select(condition, c, d)
            }
            10 if graph.is_by_row(a) => graph.sum(rows, a),
            _ if graph.is_by_row(b) => graph.largest(rows, a, b),
            _ => graph.binary(Binary::Add, a, b),
        };
        values.push(value);
    }
    let mut roots = [1, 2, 3].map(|back| {
        let value = values[values.len() - back.min(values.len())];
        graph.sum(rows, value)
    });
    if is_drawn {
        // A step is judged before anything is drawn for it.
        roots[2] = alpha;
    }
    let program = &mut spec.program;
    let knob = program.knob("alpha").expect("every rule has it");
    program.inputs = vec![Input::Carried(0), Input::Carried(1), Input::Knob(knob)];
    if is_drawn {
        program.inputs.extend(NOISE.map(|(parameter, half)| Input::Drawn { parameter, half }));
    }
    program.columns = [0, 1].map(|data| DataColumn { data, batch: of_batch }).to_vec();
    (program.carried[0].next, program.carried[1].next) = (roots[0], roots[1]);
    program.loss = alpha;
    program.stop = StopTest::Gradient(vec![roots[2]]);
    program.graph = graph;
    spec.tolerances = vec![0.0];
    roots
}

/// What is no number has many patterns of bits.
pub fn same<T: Real>(a: T, b: T) -> bool {
    a.word() == b.word() || (a.to_f64().is_nan() && b.to_f64().is_nan())
}

/// How many programs are compared: `ALPHASWEEP_PROGRAMS`, or this many where that is not set.
pub fn programs(unless_set: u32) -> u32 {
    std::env::var("ALPHASWEEP_PROGRAMS").map_or(unless_set, |text| text.parse().expect("a whole number"))
}

/// Compares so many programs of one width, each with what may be drawn for it in turns. `differences` counts lanes that differ, where a
/// program runs at all. Gives the programs that ran and all lanes that differ; the first one is enough where something is `broken`.
pub fn compare(
    (count, is_wide, broken): (u32, bool, bool),
    mut differences: impl FnMut(&mut FormulaSweep, &mut Random) -> Option<usize>,
) -> (u32, usize) {
    let mut sweeps = [Drawn::Nothing, Drawn::SharedRows, Drawn::OwnRows].map(|drawn| sweep(is_wide, drawn));
    let (mut run, mut wrong) = (0, 0);
    for number in 0..count {
        let spec = &mut sweeps[number as usize % 3];
        let Some(found) = differences(spec, &mut Random(number << 8)) else { continue };
        run += 1;
        wrong += found;
        if wrong > 0 && broken {
            break;
        }
        if found > 0 && wrong < 100 {
            println!("program {number}, wide {is_wide}: {:?}", spec.program.graph.nodes());
        }
    }
    (run, wrong)
}
