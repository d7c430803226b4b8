//! Random programs of all operations, as WebAssembly and as the table of operations has them: the same bits in every lane, whatever
//! numbers these hold, and whatever is drawn for them. All of a test run in one process of Node.js; without it the tests say SKIPPED.

use super::{Kernel, Layout, descents};
use crate::engine::random_programs::{self, NOISE, ROWS, Random, SIZE, draw, programs, same};
use crate::expr::{Real, evaluate_over};
use crate::problem::random::{batch_row, noise_key, noise_number};
use crate::sweep::FormulaSweep;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Node.js with the script that runs kernels.
struct Node {
    process: Child,
    requests: Option<ChildStdin>,
    answers: ChildStdout,
}

impl Node {
    /// None where there is none, which is said past the test harness.
    fn start() -> Option<Self> {
        if !Command::new("node").arg("--version").output().is_ok_and(|output| output.status.success()) {
            let line = b"SKIPPED random programs as WebAssembly: there is no Node.js\n";
            std::io::stderr().write_all(line).expect("stderr");
            return None;
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wasm/programs.mjs");
        let mut command = Command::new("node");
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("node runs");
        let (requests, answers) = (process.stdin.take(), process.stdout.take().expect("its answers"));
        Some(Self { process, requests, answers })
    }

    /// Makes a step of a group.
    fn make(&mut self, step: u32, module: &[u8], memory: &mut [u8]) {
        let head = [module.len() as u32, memory.len() as u32, step].map(u32::to_le_bytes).concat();
        let requests = self.requests.as_mut().expect("it is open");
        requests.write_all(&[&head, module, memory].concat()).expect("node reads");
        self.answers.read_exact(memory).expect("node answers");
    }
}

impl Drop for Node {
    /// It ends where there is nothing left to read.
    fn drop(&mut self) {
        drop(self.requests.take());
        let _ = self.process.wait();
    }
}

/// What the memory of a module holds.
struct Memory<'a> {
    layout: &'a Layout,
    bytes: Vec<u8>,
}

impl Memory<'_> {
    fn put<T: Real>(&mut self, slot: usize, lane: usize, value: T) {
        let at = slot + lane * size_of::<T>();
        self.bytes[at..at + size_of::<T>()].copy_from_slice(&value.word().to_le_bytes()[..size_of::<T>()]);
    }

    fn fill<T: Real>(&mut self, slot: usize, value: T) {
        (0..self.layout.lanes).for_each(|lane| self.put(slot, lane, value));
    }

    fn get<T: Real>(&self, slot: usize, lane: usize) -> T {
        let at = slot + lane * size_of::<T>();
        let mut word = [0; 8];
        word[..size_of::<T>()].copy_from_slice(&self.bytes[at..at + size_of::<T>()]);
        T::from_word(u64::from_le_bytes(word))
    }
}

/// What may be broken first.
#[derive(Debug, Clone, Copy)]
enum Break {
    Nothing,
    /// Instructions are others.
    Code(&'static [u8], &'static [u8]),
    /// Noise and rows are those of another seed.
    Draws,
}

/// How many of the lanes of a random program have other bits than the table of operations gives, or none where it has no kernel.
fn differences<T: Real>(node: &mut Node, spec: &mut FormulaSweep, random: &mut Random, broken: Break) -> Option<usize> {
    let roots = draw(spec, random);
    let Kernel { mut bytes, layout } = descents(spec)?;
    if let Break::Code(from, to) = broken {
        replace(&mut bytes, from, to);
    }
    let mut memory = Memory { layout: &layout, bytes: vec![0; layout.bytes] };
    let (step, seed) = (random.word() >> 8, random.word());
    // All bits of a lane.
    memory.fill(layout.alive, T::from_word(u64::MAX));
    memory.fill(layout.bar, T::MAX);
    let alpha_at = layout.knobs[spec.program.knob("alpha")?];
    let mut inputs: Vec<Vec<T>> = Vec::new();
    for lane in 0..layout.lanes {
        // No step is made of a group in which no descent goes on, as none does from numbers that are too large, or none.
        let mut small = || (random.below(40) as f64 - 20.0) / 8.0;
        let alpha = small();
        let [a, b] = if lane == 0 { [small(), small()] } else { [random.number(), random.number()] };
        let mut numbers = [a, b, alpha].map(T::from_f64).to_vec();
        for (slot, value) in [layout.carried[0], layout.carried[1], alpha_at].into_iter().zip(&numbers) {
            memory.put(slot, lane, *value);
        }
        let cell = [random.word(), random.word()];
        for (slot, number) in layout.cell.into_iter().zip(cell) {
            memory.put(slot, lane, T::from_word(number.into()));
        }
        let noise = |(parameter, half)| noise_number::<T>(noise_key(seed, cell, parameter), step, half);
        numbers.extend(NOISE.map(noise));
        inputs.push(numbers);
    }
    let other = u32::from(matches!(broken, Break::Draws));
    memory.bytes[layout.seed..layout.seed + 4].copy_from_slice(&(seed ^ other).to_le_bytes());
    let data = &spec.data.as_ref()?.tables[0].columns;
    for place in &layout.columns {
        for (row, number) in data[place.data].iter().enumerate() {
            memory.put(place.at, row, T::from_f64(*number));
        }
    }
    node.make(step, &bytes, &mut memory.bytes);
    let of_batch = spec.program.columns.iter().any(|column| column.batch);
    let rows: Vec<u32> =
        if of_batch { (0..SIZE).map(|slot| batch_row(seed, step, slot, ROWS)).collect() } else { (0..ROWS).collect() };
    let number = |column: &Vec<f64>| rows.iter().map(|row| T::from_f64(column[*row as usize])).collect();
    let data: Vec<Vec<T>> = data.iter().map(number).collect();
    let columns: Vec<&[T]> = data.iter().map(Vec::as_slice).collect();
    let is_right = |lane: &usize| {
        let expected = evaluate_over(&spec.program.graph, &roots, &inputs[*lane], &columns);
        (0..2).all(|at| same(memory.get(layout.carried[at], *lane), expected[at]))
    };
    Some((0..layout.lanes).filter(|lane| !is_right(lane)).count())
}

/// Every instruction that is encoded so becomes another one.
fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    for at in 0..bytes.len().saturating_sub(from.len()) {
        if bytes[at..].starts_with(from) {
            bytes[at..at + to.len()].copy_from_slice(to);
        }
    }
}

/// Programs that were run, and lanes that differ.
fn compare(node: &mut Node, count: u32, is_wide: bool, broken: Break) -> (u32, usize) {
    let differences = if is_wide { differences::<f64> } else { differences::<f32> };
    let is_broken = !matches!(broken, Break::Nothing);
    random_programs::compare((count, is_wide, is_broken), |spec, random| differences(node, spec, random, broken))
}

/// Programs in each width.
const PROGRAMS: u32 = 2000;

#[test]
fn random_programs_have_the_bits_of_the_table() {
    let Some(mut node) = Node::start() else { return };
    for is_wide in [false, true] {
        let count = programs(PROGRAMS);
        let (run, wrong) = compare(&mut node, count, is_wide, Break::Nothing);
        println!("{run} of {count} programs, wide {is_wide}: {wrong} lanes differ");
        assert!(run > count / 100 * 98, "{run} of {count} programs have kernels, wide {is_wide}");
        assert_eq!(wrong, 0, "wide {is_wide}");
    }
}

/// Instructions of one width, and others that leave as many vectors on the stack.
type Breaks = [(&'static str, &'static [u8], &'static [u8]); 7];

const NARROW: Breaks = [
    ("f32x4.sub in place of add", &[0xfd, 0xe4, 0x01], &[0xfd, 0xe5, 0x01]),
    ("f32x4.div in place of mul", &[0xfd, 0xe6, 0x01], &[0xfd, 0xe7, 0x01]),
    ("f32x4.abs in place of sqrt", &[0xfd, 0xe3, 0x01], &[0xfd, 0xe0, 0x01]),
    ("f32x4.abs in place of neg", &[0xfd, 0xe1, 0x01], &[0xfd, 0xe0, 0x01]),
    ("i32x4.sub in place of add", &[0xfd, 0xae, 0x01], &[0xfd, 0xb1, 0x01]),
    ("i32x4.shr_u in place of shl", &[0xfd, 0xab, 0x01], &[0xfd, 0xad, 0x01]),
    // Where something is chosen by it.
    ("f32x4.le in place of lt", &[0xfd, 0x43, 0xfd, 0x52], &[0xfd, 0x45, 0xfd, 0x52]),
];
const WIDE: Breaks = [
    ("f64x2.sub in place of add", &[0xfd, 0xf0, 0x01], &[0xfd, 0xf1, 0x01]),
    ("f64x2.div in place of mul", &[0xfd, 0xf2, 0x01], &[0xfd, 0xf3, 0x01]),
    ("f64x2.abs in place of sqrt", &[0xfd, 0xef, 0x01], &[0xfd, 0xec, 0x01]),
    ("f64x2.abs in place of neg", &[0xfd, 0xed, 0x01], &[0xfd, 0xec, 0x01]),
    ("i64x2.sub in place of add", &[0xfd, 0xce, 0x01], &[0xfd, 0xd1, 0x01]),
    ("i64x2.shr_u in place of shl", &[0xfd, 0xcb, 0x01], &[0xfd, 0xcd, 0x01]),
    ("f64x2.le in place of lt", &[0xfd, 0x49, 0xfd, 0x52], &[0xfd, 0x4b, 0xfd, 0x52]),
];

/// An instruction that is another one is noticed, and so are draws of another seed.
#[test]
fn a_broken_kernel_is_noticed() {
    let Some(mut node) = Node::start() else { return };
    for (is_wide, breaks) in [(false, NARROW), (true, WIDE)] {
        for (name, from, to) in breaks {
            let (_, wrong) = compare(&mut node, 400, is_wide, Break::Code(from, to));
            assert!(wrong > 0, "{name}");
        }
        assert!(compare(&mut node, 12, is_wide, Break::Draws).1 > 0, "what is drawn, wide {is_wide}");
    }
}
