//! Machine code for aarch64 on another processor: `tests/aarch64/runner.c` runs it in an emulator, for the tests of this crate that
//! call kernels. `ALPHASWEEP_EMULATOR` is how that program is started (tests/aarch64/run.sh); without it there is no such code.

use super::call;
use super::kernel::Frame;
use super::machine::Isa;
use super::neon;
use crate::expr::Real;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

/// What an answer is.
const RETURNED: u64 = 1;
const OUTSIDE: u64 = 2;

/// Machine code for the emulator.
pub struct Emulated {
    code: Vec<u8>,
    /// No other has it.
    number: usize,
}

/// The program in the emulator.
struct Runner {
    process: Child,
    requests: ChildStdin,
    answers: ChildStdout,
    /// Where its function is that takes the place of ours.
    outside: u64,
    /// The code that it has.
    number: Option<usize>,
}

/// The sets of instructions that tests can run here: those of the emulator, where there is one, else those of this machine,
/// longest first.
pub fn sets() -> Vec<Isa> {
    if runner().is_some() {
        return vec![Isa::Neon];
    }
    match Isa::detect() {
        Some(Isa::Avx512) => vec![Isa::Avx512, Isa::Avx2],
        best => best.into_iter().collect(),
    }
}

fn runner() -> Option<&'static Mutex<Runner>> {
    static RUNNER: OnceLock<Option<Mutex<Runner>>> = OnceLock::new();
    let start = || std::env::var("ALPHASWEEP_EMULATOR").ok().map(|command| Mutex::new(Runner::start(&command)));
    RUNNER.get_or_init(start).as_ref()
}

impl Emulated {
    /// None where there is no emulator.
    pub fn new(mut code: Vec<u8>) -> Option<Self> {
        static NUMBERS: AtomicUsize = AtomicUsize::new(0);
        let outside = runner()?.lock().expect("nobody fails while it answers").outside;
        for is_wide in [false, true] {
            redirect(&mut code, call::address(is_wide), outside);
        }
        Some(Self { code, number: NUMBERS.fetch_add(1, Ordering::Relaxed) })
    }

    /// Breaks the code, for a test that must notice it.
    pub fn spoil(&mut self, change: impl Fn(&mut [[u8; 4]])) {
        change(self.code.as_chunks_mut().0);
    }

    /// Calls the function at `entry`.
    pub fn call<T: Real>(&self, entry: usize, frame: &mut Frame<'_, T>, steps: u64, data: &[T]) -> u64 {
        let runner = runner().expect("it was there when the code was made");
        let mut runner = runner.lock().expect("nobody fails while it answers");
        let known = runner.number.replace(self.number) == Some(self.number);
        let blocks = [
            if known { &[] } else { &self.code[..] },
            &bytes(frame.lanes),
            &bytes(frame.common),
            &bytes(frame.rows),
            &bytes(data),
        ];
        let lengths = blocks.iter().map(|block| block.len() as u64);
        let head: Vec<u8> = lengths.chain([entry as u64, steps]).flat_map(u64::to_le_bytes).collect();
        std::iter::once(&head[..]).chain(blocks).for_each(|part| runner.send(part));
        loop {
            match runner.word() {
                RETURNED => break,
                OUTSIDE => runner.answer::<T>(),
                other => panic!("{other} is no answer"),
            }
        }
        let left = runner.word();
        runner.receive(frame.lanes);
        runner.receive(frame.common);
        left
    }
}

/// Where the code calls one function it calls another.
fn redirect(code: &mut [u8], from: u64, to: u64) {
    let [from, mut to] = [from, to].map(neon::constant);
    assert!(to.len() <= from.len(), "addresses of a small program are short");
    to.resize(from.len(), neon::NOTHING);
    let (code, _) = code.as_chunks_mut::<4>();
    let is_there =
        |at: &usize| code[*at..].iter().map(|word| u32::from_le_bytes(*word)).take(from.len()).eq(from.iter().copied());
    let places: Vec<usize> = (0..code.len()).filter(is_there).collect();
    for place in places {
        for (word, new) in code[place..].iter_mut().zip(&to) {
            *word = new.to_le_bytes();
        }
    }
}

fn bytes<T: Real>(numbers: &[T]) -> Vec<u8> {
    let of = |number: &T| number.word().to_le_bytes().into_iter().take(size_of::<T>());
    numbers.iter().flat_map(of).collect()
}

impl Runner {
    fn start(command: &str) -> Self {
        let mut words = command.split_whitespace();
        let mut command = Command::new(words.next().expect("a command"));
        let command = command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the emulator starts");
        let (requests, answers) = (process.stdin.take(), process.stdout.take());
        let (requests, answers) = (requests.expect("it is piped"), answers.expect("it is piped"));
        let mut runner = Self { process, requests, answers, outside: 0, number: None };
        runner.outside = runner.word();
        runner
    }

    fn send(&mut self, bytes: &[u8]) {
        self.requests.write_all(bytes).expect("the emulator goes on");
    }

    fn take(&mut self, bytes: &mut [u8]) {
        let is_there = self.answers.read_exact(bytes).is_ok();
        assert!(is_there, "the code ended the emulator: {:?}", self.process.wait());
    }

    fn word(&mut self) -> u64 {
        let mut word = [0; 8];
        self.take(&mut word);
        u64::from_le_bytes(word)
    }

    fn receive<T: Real>(&mut self, numbers: &mut [T]) {
        let mut bytes = vec![0; size_of_val(numbers)];
        self.take(&mut bytes);
        for (number, bytes) in numbers.iter_mut().zip(bytes.chunks(size_of::<T>())) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            *number = T::from_word(u64::from_le_bytes(word));
        }
    }

    /// Computes what the code asks a function outside for.
    fn answer<T: Real>(&mut self) {
        let (lanes, number) = (self.word() as usize, self.word() as u32);
        let mut vectors = vec![T::ZERO; (call::ARGUMENTS + 1) * lanes];
        self.receive(&mut vectors[..call::ARGUMENTS * lanes]);
        call::evaluate_lanes(&mut vectors, lanes, number);
        self.send(&bytes(&vectors[call::ARGUMENTS * lanes..]));
    }
}
