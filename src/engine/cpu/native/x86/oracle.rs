//! What the encoder writes, read back by a disassembler (iced-x86): every instruction that it can write, with every
//! register and every kind of operand, and whatever whole programs come to.

use super::super::compile::compile;
use super::super::expand::Flats;
use super::super::machine::{Address, Base, Extremes, Instructions, Isa, Masks, Operand, Vector, When};
use super::super::operations::{Arithmetic, Magnitudes, Relation, Shift};
use super::X86;
use crate::engine::Watch;
use crate::engine::classes::Classes;
use crate::expr::Comparison;
use crate::problem::catalog::{OBJECTIVES, RULES};
use crate::sweep::{Batch, Precision, Request};
use iced_x86::{Decoder, DecoderOptions, Formatter, Instruction, IntelFormatter, MemorySizeOptions, NumberBase};
use std::collections::BTreeSet;

const EVERY_ISA: [Isa; 2] = [Isa::Avx2, Isa::Avx512];

/// Machine code as text, an instruction a line.
fn read(code: &[u8]) -> String {
    let mut formatter = IntelFormatter::new();
    let options = formatter.options_mut();
    options.set_number_base(NumberBase::Decimal);
    options.set_memory_size_options(MemorySizeOptions::Never);
    options.set_use_pseudo_ops(false);
    options.set_space_after_operand_separator(true);
    options.set_branch_leading_zeros(false);
    options.set_show_branch_size(false);
    let mut decoder = Decoder::with_ip(64, code, 0, DecoderOptions::NONE);
    let (mut instruction, mut text) = (Instruction::default(), String::new());
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        formatter.format(&instruction, &mut text);
        text.push('\n');
    }
    text
}

/// What was asked for, as the disassembler would say it, and what the encoder made of it.
struct Written {
    asked: String,
    code: Vec<u8>,
}

/// Everything that the encoder can be asked for, in one set of instructions.
struct Everything {
    isa: Isa,
    /// Of f64.
    wide: bool,
    written: Vec<Written>,
}

impl Everything {
    fn of(isa: Isa) -> Self {
        let mut all = Self { isa, wide: false, written: Vec::new() };
        all.moves();
        all.scalars();
        for wide in [false, true] {
            all.wide = wide;
            all.arithmetic();
            all.comparisons();
            all.selections();
            all.sign_tests();
            if isa.has_masks() {
                all.masks();
                all.words();
            }
        }
        all
    }

    fn ask(&mut self, asked: impl Into<String>, write: impl FnOnce(&mut X86)) {
        let mut out = X86::new(self.isa, self.wide);
        write(&mut out);
        self.written.push(Written { asked: asked.into(), code: Box::new(out).finish() });
    }

    /// A vector register's name.
    fn name(&self, register: Vector) -> String {
        if self.isa.has_masks() { format!("zmm{register}") } else { format!("ymm{register}") }
    }

    /// Last operands, each with its text: every register, and every base with offsets short and long.
    fn operands(&self) -> Vec<(Operand, String)> {
        let registers = (0..self.isa.registers()).map(|at| (Operand::Register(at), self.name(at)));
        registers.chain(addresses().into_iter().map(|(at, text)| (Operand::Memory(at), text))).collect()
    }

    /// Every two registers, each pair with every last operand in turn.
    fn triples(&self) -> Vec<(Vector, Vector, Operand, String)> {
        let (count, operands) = (self.isa.registers(), self.operands());
        let pairs = (0..count).flat_map(|to| (0..count).map(move |a| (to, a)));
        let last = |at: usize| operands[at % operands.len()].clone();
        pairs.enumerate().map(|(at, (to, a))| (to, a, last(at).0, last(at).1)).collect()
    }

    /// Every register with every last operand.
    fn pairs(&self) -> Vec<(Vector, Operand, String)> {
        let to = 0..self.isa.registers();
        to.flat_map(|to| self.operands().into_iter().map(move |(operand, text)| (to, operand, text))).collect()
    }

    fn moves(&mut self) {
        for (to, from, text) in self.pairs() {
            let register = self.name(to);
            self.ask(format!("vmovaps {register}, {text}"), |out| out.load(to, from));
            if let Operand::Memory(at) = from {
                self.ask(format!("vmovaps {text}, {register}"), |out| out.store(at, to));
            }
        }
    }

    fn arithmetic(&mut self) {
        let (wide, suffix) = (self.wide, suffix(self.wide));
        let operations = [
            (Arithmetic::Add, "vadd"),
            (Arithmetic::Mul, "vmul"),
            (Arithmetic::Sub, "vsub"),
            (Arithmetic::Div, "vdiv"),
            (Arithmetic::And, "vand"),
            (Arithmetic::Or, "vor"),
            (Arithmetic::Xor, "vxor"),
            (Arithmetic::Least, "vmin"),
            (Arithmetic::Largest, "vmax"),
        ];
        let integer = if wide { "q" } else { "d" };
        let words = [(Arithmetic::Plus, "vpadd"), (Arithmetic::Minus, "vpsub")];
        let of_words = words.map(|(op, name)| (op, name, integer));
        for (op, name, suffix) in operations.map(|(op, name)| (op, name, suffix)).into_iter().chain(of_words) {
            for (to, a, b, text) in self.triples() {
                let asked = format!("{name}{suffix} {}, {}, {text}", self.name(to), self.name(a));
                self.ask(asked, |out| out.arithmetic(op, to, a, b));
            }
        }
        for (shift, name) in [(Shift::Left, "vpsll"), (Shift::Right, "vpsrl")] {
            let count = self.isa.registers();
            for (to, a) in (0..count).flat_map(|to| (0..count).map(move |a| (to, a))) {
                let by = (to * 3 + a) % if wide { 64 } else { 32 };
                let asked = format!("{name}{integer} {}, {}, {by}", self.name(to), self.name(a));
                self.ask(asked, |out| out.shift(shift, to, a, by));
            }
        }
        for (to, (at, text)) in (0..self.isa.registers()).flat_map(|to| addresses().into_iter().map(move |at| (to, at)))
        {
            let single = if wide { "d" } else { "s" };
            let asked = format!("vbroadcasts{single} {}, {text}", self.name(to));
            self.ask(asked, |out| out.spread_number(to, at));
        }
        let round = if self.isa == Isa::Avx2 { "vround" } else { "vrndscale" };
        for (to, from, text) in self.pairs() {
            let to_name = self.name(to);
            // Whatever is said of the operand that a root has not.
            self.ask(format!("vsqrt{suffix} {to_name}, {text}"), |out| {
                out.arithmetic(Arithmetic::Sqrt, to, 5, from);
            });
            self.ask(format!("{round}{suffix} {to_name}, {text}, 9"), |out| out.floor(to, from));
        }
        if !wide {
            for (to, a, b, text) in self.triples() {
                let Operand::Register(b) = b else { continue };
                let asked = format!("vfmadd213ps {}, {}, {text}", self.name(to), self.name(a));
                self.ask(asked, |out| out.multiply_add(to, a, b));
            }
        }
    }

    fn comparisons(&mut self) {
        let (wide, suffix) = (self.wide, suffix(self.wide));
        let integer = if wide { "q" } else { "d" };
        for (op, predicate) in [(Comparison::Equal, 0), (Comparison::Less, 17), (Comparison::LessEqual, 18)] {
            for (to, a, b, text) in self.triples() {
                let (to_name, a_name) = (self.name(to), self.name(a));
                let asked = if self.isa.has_masks() {
                    format!("vcmp{suffix} k1, {a_name}, {text}, {predicate}\nvpmovm2{integer} {to_name}, k1")
                } else {
                    format!("vcmp{suffix} {to_name}, {a_name}, {text}, {predicate}")
                };
                self.ask(asked, |out| out.compare(Relation::Number(op), to, a, b));
                let no = (a + 5) % self.isa.registers();
                let (no_name, last) = (self.name(no), self.isa.registers() - 1);
                let yes = self.name(last);
                let asked = if self.isa.has_masks() {
                    format!(
                        "vcmp{suffix} k1, {a_name}, {text}, {predicate}\nvblendm{suffix} {to_name}{{k1}}, {no_name}, {yes}"
                    )
                } else {
                    format!(
                        "vcmp{suffix} {to_name}, {a_name}, {text}, {predicate}\n\
                         vblendv{suffix} {to_name}, {no_name}, {yes}, {to_name}"
                    )
                };
                let branches = (Operand::Register(last), no);
                self.ask(asked, |out| out.choose(to, (Relation::Number(op), a, b), branches));
            }
        }
        for (to, a, b, text) in self.triples() {
            let (to_name, a_name) = (self.name(to), self.name(a));
            let asked = if self.isa.has_masks() {
                format!("vpcmpu{integer} k1, {a_name}, {text}, 6\nkortestw k1, k1")
            } else {
                format!("vpcmpgt{integer} {to_name}, {a_name}, {text}\nvmovmskps eax, {to_name}\ntest eax, eax")
            };
            self.ask(asked, |out| out.test_above(to, a, b));
            if self.isa.has_masks() {
                let (mask, within, above) = (to % 8, to / 8 % 8, a % 2 == 0);
                let under = if within == 0 { String::new() } else { format!("{{k{within}}}") };
                let predicate = if above { 6 } else { 1 };
                let asked = format!("vpcmpu{integer} k{mask}{under}, {a_name}, {text}, {predicate}");
                self.ask(asked, |out| out.compare_bits(mask, within, a, above, b));
            } else {
                let asked = format!("vpcmpgt{integer} {}, {a_name}, {text}", self.name(to));
                self.ask(asked, |out| out.compare(Relation::BitsAbove, to, a, b));
            }
        }
    }

    fn selections(&mut self) {
        let (wide, suffix) = (self.wide, suffix(self.wide));
        let integer = if wide { "q" } else { "d" };
        for (to, b, a, text) in self.triples() {
            let condition = (to + 3 * b + 1) % self.isa.registers();
            let (to_name, b_name, condition_name) = (self.name(to), self.name(b), self.name(condition));
            let asked = if self.isa.has_masks() {
                format!("vpmov{integer}2m k1, {condition_name}\nvblendm{suffix} {to_name}{{k1}}, {b_name}, {text}")
            } else {
                format!("vblendv{suffix} {to_name}, {b_name}, {text}, {condition_name}")
            };
            self.ask(asked, |out| out.select(to, condition, a, b));
        }
    }

    fn sign_tests(&mut self) {
        let integer = if self.wide { "q" } else { "d" };
        for a in 0..self.isa.registers() {
            let asked = if self.isa.has_masks() {
                format!("vpmov{integer}2m k1, {}\nkortestw k1, k1", self.name(a))
            } else {
                format!("vmovmskps eax, {}\ntest eax, eax", self.name(a))
            };
            self.ask(asked, |out| out.test_signs(a));
        }
    }

    fn masks(&mut self) {
        for (to, a) in (0..8).flat_map(|to| (0..8).map(move |a| (to, a))) {
            for b in 0..8 {
                self.ask(format!("korw k{to}, k{a}, k{b}"), |out| out.either(to, a, b));
                self.ask(format!("kxorw k{to}, k{a}, k{b}"), |out| out.differing(to, a, b));
            }
        }
        for mask in 0..8 {
            self.ask(format!("kortestw k{mask}, k{mask}"), |out| out.test_mask(mask));
            let integer = if self.wide { "q" } else { "d" };
            for to in 0..self.isa.registers() {
                let asked = format!("vpmovm2{integer} {}, k{mask}", self.name(to));
                self.ask(asked, |out| out.spread(to, mask));
            }
        }
    }

    fn words(&mut self) {
        let (integer, suffix) = (if self.wide { "q" } else { "d" }, suffix(self.wide));
        for (to, a, b, text) in self.triples() {
            let asked = format!("vpmaxu{integer} {}, {}, {text}", self.name(to), self.name(a));
            self.ask(asked, |out| out.larger_bits(to, a, b));
        }
        for (op, number) in [(Magnitudes::Least, 10), (Magnitudes::Largest, 11)] {
            for (to, a, b, text) in self.triples() {
                let asked = format!("vrange{suffix} {}, {}, {text}, {number}", self.name(to), self.name(a));
                self.ask(asked, |out| out.magnitudes(op, to, a, b));
            }
        }
        for (of, mask) in (0..self.isa.registers()).zip((0..8).cycle()) {
            let asked = format!("vpmov{integer}2m k{mask}, {}", self.name(of));
            self.ask(asked, |out| out.signs(mask, of));
        }
    }

    fn scalars(&mut self) {
        self.ask("test rsi, rsi", X86::test_count);
        for number in [1, 8, 127] {
            self.ask(format!("add rsi, {number}"), |out| out.count_up(number));
            self.ask(format!("test esi, {number}"), |out| out.test_low(u32::from(number)));
        }
        self.ask("dec rsi", X86::count_down);
        self.ask("mov rax, rsi\nvzeroupper\nret", X86::return_count);
        for bytes in [64, 127, 128, 4096, i32::MAX] {
            self.ask(format!("add rcx, {bytes}"), |out| out.next_row(bytes));
            self.ask(format!("add r8, {bytes}"), |out| out.move_data(bytes));
            self.ask(format!("mov r10, r8\nlea r8, [rcx+{bytes}]"), |out| out.data_of_step(bytes));
            self.ask(format!("mov r9d, {bytes}"), |out| out.count_rows(bytes as u32));
            self.ask(format!("mov eax, {bytes}"), |out| out.set_number(bytes as u32));
            let asked = format!(
                "lea rdi, [rdx+{bytes}]\nmov esi, 16\nmov edx, eax\nvzeroupper\nmov rax, 81985529216486895\ncall rax"
            );
            self.ask(asked, |out| out.call_outside(bytes, 16, 0x0123_4567_89ab_cdef));
        }
        self.ask("mov r8, r10", X86::data_of_all_steps);
        self.ask("dec r9", X86::count_row);
        self.ask("ret", X86::go_back);
        let kept = "push rdi\npush rsi\npush rdx\npush rcx\npush rax\npush r8\npush r9\npush r10";
        self.ask(kept, X86::keep_numbers);
        let back: Vec<String> = kept.lines().rev().map(|line| line.replace("push", "pop")).collect();
        self.ask(back.join("\n"), X86::take_back_numbers);
        for target in [0, 5, 1000] {
            self.ask(format!("call {target}"), |out| {
                let call = out.call();
                out.land(call, target);
            });
        }
        for (when, name, length) in [(When::Always, "jmp", 5), (When::Zero, "je", 6), (When::NotZero, "jne", 6)] {
            for target in [0, 1, length, 1000] {
                self.ask(format!("{name} {target}"), |out| {
                    let jump = out.jump(when);
                    out.land(jump, target);
                });
            }
        }
    }
}

/// Every base, with the offsets at which shorter forms would end.
fn addresses() -> Vec<(Address, String)> {
    let bases = [(Base::Lanes, "rdi"), (Base::Common, "rdx"), (Base::Row, "rcx"), (Base::Data, "r8")];
    let offsets = [0, 32, 64, 96, 128, 4096, 8192, 1 << 20, i32::MAX - 63];
    let text = |name: &str, offset: i32| if offset == 0 { format!("[{name}]") } else { format!("[{name}+{offset}]") };
    let with = |(base, name)| offsets.map(|offset| (Address { base, offset }, text(name, offset)));
    bases.into_iter().flat_map(with).collect()
}

fn suffix(wide: bool) -> &'static str {
    if wide { "pd" } else { "ps" }
}

#[test]
fn a_disassembler_reads_what_the_encoder_was_asked_for() {
    for isa in EVERY_ISA {
        let all = Everything::of(isa).written;
        assert!(all.len() > 5000, "{} of {isa:?}", all.len());
        for Written { asked, code } in all {
            assert_eq!(read(&code).trim_end(), asked, "{code:02x?} of {isa:?}");
        }
    }
}

/// The sibling that must fail: with any one byte another it is another instruction. Not the lowest bit, in which the two
/// opcodes of moves between registers differ.
#[test]
fn a_flipped_byte_is_noticed() {
    for isa in EVERY_ISA {
        for Written { asked, code } in Everything::of(isa).written.into_iter().step_by(7) {
            // Shifts by a constant have no register where one bit more would name another.
            let names_nothing =
                |at: usize| at == 1 && isa == Isa::Avx512 && (asked.starts_with("vpsll") || asked.starts_with("vpsrl"));
            for at in (0..code.len()).filter(|at| !names_nothing(*at)) {
                let mut flipped = code.clone();
                flipped[at] ^= 0x10;
                assert_ne!(read(&flipped).trim_end(), asked, "byte {at} of {code:02x?}");
            }
        }
    }
}

/// The first words of some lines.
fn mnemonics(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Nothing is missing above: whatever the compiler writes for the catalog is made of these instructions.
#[test]
fn programs_are_made_of_instructions_that_were_read() {
    for isa in EVERY_ISA {
        let known: BTreeSet<String> = Everything::of(isa).written.iter().flat_map(|w| mnemonics(&w.asked)).collect();
        let (mut compiled, mut used) = (0, BTreeSet::new());
        for (objective, rule) in OBJECTIVES.iter().flat_map(|row| RULES.iter().map(move |rule| (row.name, rule.name))) {
            for precision in [Precision::F32, Precision::Compensated, Precision::F64] {
                let request = Request::parse(objective).expect("a row of the catalog");
                let mut request = request.rule(rule.parse().expect("a rule of the catalog")).precision(precision);
                let has_data = request.formula.row().is_some_and(|row| !row.data.is_empty());
                if has_data && compiled % 2 == 0 {
                    request = request.batch(Batch::Random(2));
                }
                let spec = request.resolve().expect("a row of the catalog");
                let classes = Classes::new(&spec);
                let flats = Flats::new(&spec, &classes, isa);
                if let Some(flats) = flats {
                    let code = compile(&spec.program, (&classes, &flats), isa, &Watch::silent());
                    let code = code.expect("nobody stops it");
                    used.append(&mut mnemonics(&read(&code.bytes)));
                    compiled += 1;
                }
            }
        }
        assert!(compiled > 100, "{compiled} programs");
        assert_eq!(used.difference(&known).collect::<Vec<_>>(), Vec::<&String>::new(), "not checked, of {isa:?}");
    }
}
