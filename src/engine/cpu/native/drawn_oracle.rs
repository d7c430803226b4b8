//! Random sweeps of all that is drawn (batches, orders, noise, data of each seed), as machine code and as the interpreter follows
//! them: the same outcomes, bit for bit.

use super::super::block::{Block, Shared};
use super::super::chunk::{Cells, Chunk, DataView};
use super::super::tape::Tape;
use super::emulated::sets;
use super::kernel::Kernel;
use super::machine::Isa;
use super::run::Run;
use crate::engine::Watch;
use crate::expr::Real;
use crate::problem::random::threefry2x32;
use crate::problem::{Data, data_row, draw, parse_csv};
use crate::sweep::{Axis, Batch, FormulaSweep, Precision, Request, Tile};

const OVER_ROWS: [&str; 7] = [
    "mean((a*x+b-y)^2)",
    "mean(softplus(-y*(a*x+b))) + 0.01*a^2",
    "max(abs(a*x+b-y))",
    "mean(abs(a*x-y)) + min((b-x)^2) + mean(exp(x/9)*y)*a",
    "m = mean(a*x); mean((a*x-m)^2) + (b-1)^2",
    "mean(select(a*x < b, y^2*a^2, select(x < y, b*x, a)))",
    "mean((10*sin(a*x)+b-y)^2)",
];
const WITHOUT: [&str; 3] = ["(1-a)^2+100*(b-a^2)^2", "a^4/4-a^2/2+b^2", "10*sin(a)+exp(a/10)+a^2/10+abs(b)"];
const RULES: [&str; 5] = [
    "gd",
    "adam",
    "momentum",
    "delta = -alpha*g + sqrt(2*alpha*0.01)*noise",
    "v = 0.9*v + 0.1*noise; delta = -alpha*(g + v)/sqrt(t)",
];
const STOPS: [&str; 2] = ["loss < 0.05", "abs(change) < 1e-3"];
const STEPS: [u64; 10] = [0, 1, 2, 5, 17, 64, 65, 130, 300, 777];

struct Random([u32; 2]);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0[1] += 1;
        threefry2x32([8, 8], self.0)[0] as usize % most
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    fn data(&mut self) -> Data {
        if self.below(3) == 0 {
            return draw(data_row("line").expect("a row of the catalog"), 0);
        }
        let rows = 1 + self.below(40);
        let number = |random: &mut Self| (random.below(2001) as f64 - 1000.0) / 250.0;
        let lines: Vec<String> = (0..rows).map(|_| format!("{},{}", number(self), number(self))).collect();
        parse_csv(format!("x,y\n{}\n", lines.join("\n")).as_bytes(), "rows.csv").expect("a table")
    }

    /// Something in which rows or noise are drawn, or both.
    fn sweep(&mut self) -> FormulaSweep {
        let over_rows = self.below(5) > 0;
        let rule = if over_rows { self.below(RULES.len()) } else { 3 + self.below(2) };
        let formula = if over_rows { self.of(&OVER_ROWS) } else { self.of(&WITHOUT) };
        let mut request = Request::parse(formula).expect("a formula").rule(RULES[rule].parse().expect("a rule"));
        if over_rows {
            let data = self.data();
            let size = 1 + self.below(data.rows().min(12)) as u32;
            let size = if self.below(8) == 0 { data.rows() as u32 } else { size };
            let batches = [Batch::Full, Batch::Each, Batch::Random(size), Batch::Shuffled(size)];
            request = request.data(data).batch(self.of(&batches));
        }
        request = request.steps(self.of(&STEPS));
        request = request.precision(self.of(&[Precision::F32, Precision::F64, Precision::Compensated]));
        if self.below(3) == 0 {
            request = request.stop(self.of(&STOPS).parse().expect("a condition"));
        } else if self.below(2) == 0 {
            request = request.gtol(self.of(&[0.0, 0.3]));
        }
        let axis = |text: &str| text.parse::<Axis>().expect("an axis");
        let alpha = axis(self.of(&["log:1e-4:1:13", "lin:0:0.2:13", "log:1e-3:1e30:13"]));
        let starts =
            request.clone().set("b_start", 0.5).vary("alpha", alpha.clone()).vary("a_start", axis("lin:-3:3:17"));
        let request = match self.below(3) {
            0 => request.set("b_start", 0.5).vary("alpha", alpha).vary("seed", axis("lin:0:16:17")),
            1 => request.set("b_start", 0.5).vary("seed", axis("3,4,9,77")).vary("alpha", alpha).set("a_start", 0.5),
            _ => starts.clone().seed(7),
        };
        // Where nothing is drawn a seed is refused.
        request.resolve().or_else(|_| starts.resolve()).expect("a sweep")
    }
}

/// Everything that is written down, as bits.
fn bits(chunk: &Chunk) -> Vec<Vec<u64>> {
    let numbers = |values: &Vec<f64>| values.iter().map(|value| value.to_bits()).collect::<Vec<u64>>();
    let mut all = vec![numbers(&chunk.loss_start), numbers(&chunk.loss_final)];
    all.extend(chunk.handed.iter().map(numbers));
    all.push(chunk.steps.iter().map(|steps| u64::from(*steps)).collect());
    all.push(chunk.codes.iter().map(|code| u64::from(*code)).collect());
    all
}

/// How many cells have other outcomes by machine code, which `spoil` may break first.
fn differences<T: Real>(spec: &FormulaSweep, isa: Isa, spoil: &impl Fn(&mut Kernel<T>)) -> usize {
    let silent = Watch::silent();
    let (tape, data) = (Tape::new(&spec.program), DataView::<T>::new(spec));
    let shared = Shared { spec, tape: &tape, data: &data };
    let cells = Cells::new(spec, Tile { x0: 0, y0: 0, nx: spec.nx(), ny: spec.ny() });
    let all = 0..spec.nx() * spec.ny();
    let mut kernel = Kernel::new(spec, isa, &silent).expect("nobody stops it").expect("all of these have machine code");
    spoil(&mut kernel);
    let native = Run::new(&shared, &kernel, &cells, all.clone()).run(&silent).expect("nobody stops it");
    let interpreted = Block::new(&shared, &cells, all.clone()).run(&silent).expect("nobody stops it");
    let (a, b) = (bits(&native), bits(&interpreted));
    let differs = |cell: &usize| a.iter().zip(&b).any(|(a, b)| a[*cell] != b[*cell]);
    all.filter(differs).count()
}

/// Compares sweeps, which `wide` and `narrow` may break: how many cells differ.
fn compare(count: u32, wide: impl Fn(&mut Kernel<f64>), narrow: impl Fn(&mut Kernel<f32>)) -> usize {
    let mut wrong = 0;
    for number in 0..count {
        let spec = Random([number, 0]).sweep();
        for isa in sets() {
            let found = if spec.program.precision.is_wide() {
                differences::<f64>(&spec, isa, &wide)
            } else {
                differences::<f32>(&spec, isa, &narrow)
            };
            if found > 0 && wrong < 1000 {
                let (formula, rule) = (spec.objective.text(), spec.rule.text());
                println!(
                    "sweep {number}, {isa:?}: {found} cells differ: {formula}, {rule}, {:?}, {:?}, {} steps",
                    spec.batch, spec.precision, spec.limits.steps
                );
            }
            wrong += found;
        }
    }
    wrong
}

/// How many sweeps are compared: `ALPHASWEEP_SWEEPS`, 120 unless set.
fn sweeps() -> u32 {
    std::env::var("ALPHASWEEP_SWEEPS").map_or(120, |text| text.parse().expect("a whole number"))
}

#[test]
fn what_is_drawn_is_drawn_alike() {
    assert_eq!(compare(sweeps(), |_| (), |_| ()), 0);
}

/// Rows that are other ones, and noise that is, are noticed.
#[test]
fn a_wrong_draw_is_noticed() {
    fn other_half<T: Real>(kernel: &mut Kernel<T>) {
        kernel.layout.noise.iter_mut().for_each(|(_, half)| *half = 1 - *half);
    }
    fn other_parameter<T: Real>(kernel: &mut Kernel<T>) {
        kernel.layout.noise.iter_mut().for_each(|(parameter, _)| *parameter += 1);
    }
    /// All rows are there, but the loops over batches and over lanes of their own do not find each where it was.
    fn other_rows<T: Real>(kernel: &mut Kernel<T>) {
        kernel.rows.values.iter_mut().flatten().for_each(|table| table.reverse());
    }
    fn other_data<T: Real>(kernel: &mut Kernel<T>) {
        kernel.rows.values.reverse();
    }
    if sets().is_empty() {
        return;
    }
    assert!(compare(12, other_half, other_half) > 0, "the halves of a draw");
    assert!(compare(12, other_parameter, other_parameter) > 0, "the parameter");
    assert!(compare(12, other_rows, other_rows) > 0, "the order of rows");
    assert!(compare(40, other_data, other_data) > 0, "whose data");
}
