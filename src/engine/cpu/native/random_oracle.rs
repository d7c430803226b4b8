//! Random programs of all operations, as machine code and as the table of operations has them: the same bits in every lane,
//! whatever numbers these hold, and whatever was drawn for them.

use super::super::instruction::Lanes;
use super::emulated::sets;
use super::expand::Flats;
use super::flat::{Entry, Operation};
use super::kernel::{Frame, Kernel, zeros};
use super::machine::Isa;
use super::operations::{Arithmetic, Relation, Shift};
use super::stepwise::Stepwise;
use super::table::Taken;
use crate::engine::Watch;
use crate::engine::classes::Classes;
use crate::engine::random_programs::{self, ROWS, Random, SIZE, draw, programs, same};
use crate::expr::{Real, Unary, evaluate_over};
use crate::sweep::FormulaSweep;

/// What may be broken first: operations, or the code made of them.
enum Break<'a> {
    Nothing,
    Operations(&'a dyn Fn(&mut Flats)),
    Code(Spoil<'a>),
    /// Noise and rows are those of other lanes.
    Draws,
}

/// An instruction of NEON, and what breaks some.
type Word = [u8; 4];
type Spoil<'a> = &'a dyn Fn(&mut [Word]);

/// How many of the lanes of a random program have other bits than the table of operations gives, or none where it has no
/// machine code.
fn differences<T: Real>(spec: &mut FormulaSweep, random: &mut Random, isa: Isa, broken: &Break<'_>) -> Option<usize> {
    let roots = draw(spec, random);
    let classes = Classes::new(spec);
    let mut flats = Flats::new(spec, &classes, isa)?;
    if let Break::Operations(spoil) = broken {
        spoil(&mut flats);
    }
    let mut kernel = Kernel::<T>::of(spec, (classes, &flats), isa, &Watch::silent()).expect("nobody stops it")?;
    if let Break::Code(spoil) = broken {
        kernel.spoil(spoil);
    }
    let layout = &kernel.layout;
    let width = layout.width(size_of::<T>());
    let mut lanes: Lanes<T> = zeros(kernel.numbers());
    let stepwise = Stepwise::<T>::new(spec, &kernel);
    let mut common = stepwise.common(&kernel);
    let mut inputs: Vec<Vec<T>> = Vec::new();
    for lane in 0..width {
        // A loss that is no number would end the descent before its step.
        let (a, b, alpha) = (random.number(), random.number(), (random.below(40) as f64 - 20.0) / 8.0);
        inputs.push([a, b, alpha].map(T::from_f64).to_vec());
        let places = [layout.carried[0], layout.carried[1], layout.knobs[spec.program.knob("alpha")?]];
        for (place, value) in places.into_iter().zip(&inputs[lane]) {
            if let Some(place) = place {
                lanes[place * width + lane] = *value;
            }
        }
        lanes[layout.bar * width + lane] = T::MAX;
    }
    let vector = width / layout.parts;
    // Nothing is beyond it, whatever it is.
    common[layout.limit.vector * vector..][..vector].fill(T::MAGNITUDE);
    let mut rows = zeros(2 * kernel.row());
    let of_lanes = drawn_rows(&kernel, random, &mut rows);
    for at in 0..layout.noise.len() {
        let into = &mut rows[layout.drawn(at).vector * vector..][..width];
        into.fill_with(|| T::from_f64(random.number()));
        into.iter().zip(&mut inputs).for_each(|(noise, inputs)| inputs.push(*noise));
    }
    if matches!(broken, Break::Draws) {
        rows.reverse();
    }
    let mut frame = Frame { lanes: &mut lanes, common: &mut common, rows: &rows, data: &[] };
    kernel.prepare(&mut frame);
    let left = kernel.run(&mut frame, 1);
    // Unless the test for it is what was broken.
    assert!(left == 0 || matches!(broken, Break::Code(_)), "no lane ends");
    if left > 0 {
        return Some(width);
    }
    let data = &spec.data.as_ref()?.tables[0].columns;
    let of_batch = spec.program.columns.iter().any(|column| column.batch);
    let is_right = |lane: usize| {
        let rows = if of_batch { of_lanes[lane % of_lanes.len()].clone() } else { (0..ROWS).collect() };
        let number = |column: &Vec<f64>| rows.iter().map(|row| T::from_f64(column[*row as usize])).collect();
        let data: Vec<Vec<T>> = data.iter().map(number).collect();
        let columns: Vec<&[T]> = data.iter().map(Vec::as_slice).collect();
        let expected = evaluate_over(&spec.program.graph, &roots, &inputs[lane], &columns);
        (0..2).all(|at| {
            let got = lanes[layout.carried[at].expect("parameters differ") * width + lane];
            same(got, expected[at])
        })
    };
    Some((0..width).filter(|lane| !is_right(*lane)).count())
}

/// Draws the rows of a batch, for all lanes or for each of them, and writes them to the rows of a step.
fn drawn_rows<T: Real>(kernel: &Kernel<T>, random: &mut Random, into: &mut [T]) -> Vec<Vec<u32>> {
    let lanes = if kernel.rows.tables.is_by_lane(true) { kernel.width() } else { 1 };
    let batch = |_| (0..SIZE).map(|_| random.below(ROWS as usize) as u32).collect();
    let drawn: Vec<Vec<u32>> = (0..lanes).map(batch).collect();
    let taken = |lane: usize| Taken { lanes: lane..lane + 1, table: 0, seed: lane as u32 };
    let taken: Vec<Taken> = (0..lanes).map(taken).collect();
    let begin = kernel.layout.batch.vector * kernel.width() / kernel.layout.parts;
    let row = |taken: &Taken, slot: u32| drawn[taken.seed as usize][slot as usize];
    kernel.rows.gather(true, &taken, row, &mut into[begin..]);
    drawn
}

/// Programs in each width and set of instructions.
const PROGRAMS: u32 = 500;

/// Programs that were run, and lanes that differ.
fn compare(count: u32, isa: Isa, is_wide: bool, broken: &Break<'_>) -> (u32, usize) {
    let differences = if is_wide { differences::<f64> } else { differences::<f32> };
    let is_broken = !matches!(broken, Break::Nothing);
    random_programs::compare((count, is_wide, is_broken), |spec, random| differences(spec, random, isa, broken))
}

#[test]
fn random_programs_have_the_bits_of_the_table() {
    for isa in sets() {
        for is_wide in [false, true] {
            let (run, wrong) = compare(programs(PROGRAMS), isa, is_wide, &Break::Nothing);
            println!("{run} programs of {isa:?}, wide {is_wide}: {wrong} lanes differ");
            assert_eq!((run, wrong), (programs(PROGRAMS), 0), "{isa:?}, wide {is_wide}");
        }
    }
}

/// What other operation takes the place of one.
macro_rules! breaks {
    ($($from:pat => $to:expr),+ $(,)?) => {
        [$(|operation| if let $from = operation { Some($to) } else { None }),+] as [fn(Operation) -> Option<Operation>; _]
    };
}

/// An operation that is another one is noticed, whichever it is.
#[test]
fn a_broken_operation_is_noticed() {
    use Operation::{Choose, Floor, Root, Shift as Shifted, Two, UnlessLarge};
    let breaks = breaks! {
        Two(Arithmetic::Add, a, b) => Two(Arithmetic::Sub, a, b),
        Two(Arithmetic::Mul, a, b) => Two(Arithmetic::Div, a, b),
        Two(Arithmetic::Plus, a, b) => Two(Arithmetic::Minus, a, b),
        Two(Arithmetic::Minus, a, b) => Two(Arithmetic::Plus, a, b),
        Two(Arithmetic::Least, a, b) => Two(Arithmetic::Least, b, a),
        Two(Arithmetic::And, a, b) => Two(Arithmetic::Or, a, b),
        Shifted(Shift::Left, a, by) => Shifted(Shift::Left, a, by - 1),
        Shifted(Shift::Right, a, by) => Shifted(Shift::Right, a, by + 1),
        Choose(Relation::BitsAbove, [a, b], c) => Choose(Relation::BitsAbove, [b, a], c),
        Choose(relation, ab, [yes, no]) => Choose(relation, ab, [no, yes]),
        UnlessLarge(Unary::Sin, a, b) => UnlessLarge(Unary::Cos, a, b),
        Root(a) => Floor(a),
    };
    for isa in sets() {
        for (number, broken) in breaks.iter().enumerate() {
            let spoil = |flats: &mut Flats| {
                for entry in &mut flats.step.entries {
                    if let Entry::Operation(operation) = *entry
                        && let Some(other) = broken(operation)
                    {
                        *entry = Entry::Operation(other);
                    }
                }
            };
            let (_, wrong) = compare(400, isa, false, &Break::Operations(&spoil));
            assert!(wrong > 0, "break {number} of {isa:?}");
        }
        assert!(compare(12, isa, false, &Break::Draws).1 > 0, "what is drawn, {isa:?}");
    }
}

/// All bits of an instruction of NEON but those of its registers and of the size of lanes.
const KIND: u32 = 0xffa0_fc00;

/// Puts one instruction, of the same registers, in the place of another.
fn instead(from: u32, to: u32) -> impl Fn(&mut [Word]) {
    move |code| {
        for word in code {
            let bits = u32::from_le_bytes(*word);
            if bits & KIND == from & KIND {
                *word = (to & KIND | bits & !KIND).to_le_bytes();
            }
        }
    }
}

/// `fmin` where the lesser of two is chosen: shorter, and another answer for zeros and where one is no number.
fn fmin(code: &mut [Word]) {
    const FCMGT: u32 = 0x6ea0_e400;
    const BSL: u32 = 0x6e60_1c00;
    const FMIN: u32 = 0x4ea0_f400;
    const SOURCES: [u32; 2] = [5, 16];
    let source = |bits: u32, at: u32| bits >> at & 31;
    for at in 1..code.len() {
        let [compared, chosen] = [at - 1, at].map(|at| u32::from_le_bytes(code[at]));
        let [a, b] = SOURCES.map(|at| source(chosen, at));
        let is_lesser = SOURCES.map(|at| source(compared, at)) == [b, a];
        if compared & KIND == FCMGT && chosen & (KIND | 1 << 22) == BSL && is_lesser {
            code[at] = (FMIN | b << 16 | a << 5 | chosen & 31).to_le_bytes();
        }
    }
}

/// An instruction of NEON that is another one is noticed, too.
#[test]
#[ignore = "needs an emulator: tests/aarch64/run.sh"]
fn a_broken_instruction_is_noticed() {
    let breaks: [(&str, u32, Spoil<'_>); 8] = [
        // Most functions choose again where an argument is no number.
        ("fmin in place of a choice", 8000, &fmin),
        ("fsub in place of fadd", 400, &instead(0x4e20_d400, 0x4ea0_d400)),
        ("fcmge in place of fcmgt", 400, &instead(0x6ea0_e400, 0x6e20_e400)),
        ("fcmgt in place of fcmge", 400, &instead(0x6e20_e400, 0x6ea0_e400)),
        ("cmgt in place of cmhi", 400, &instead(0x6ea0_3400, 0x4ea0_3400)),
        ("frintz in place of frintm", 400, &instead(0x4e21_9800, 0x4ea1_9800)),
        ("orr in place of and", 400, &instead(0x4e20_1c00, 0x4ea0_1c00)),
        ("add in place of sub", 400, &instead(0x6ea0_8400, 0x4ea0_8400)),
    ];
    assert_eq!(sets(), [Isa::Neon]);
    for (name, count, broken) in breaks {
        let (_, wrong) = compare(count, Isa::Neon, false, &Break::Code(broken));
        assert!(wrong > 0, "{name}");
    }
}
