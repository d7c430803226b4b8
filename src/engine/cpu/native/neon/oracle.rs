//! What the encoder writes, read back by a disassembler (yaxpeax-arm): everything that can be asked for, with every register and
//! every kind of operand.

use super::super::machine::{Address, Base, Extremes, Instructions, Operand, Vector, When};
use super::super::operations::{Arithmetic, Magnitudes, Relation, Shift};
use super::operations::Neon;
use crate::expr::Comparison;
use std::fs;
use std::process::Command;
use yaxpeax_arch::{Decoder, U8Reader};
use yaxpeax_arm::armv8::a64::InstDecoder;

/// Registers that values are in.
const REGISTERS: Vector = 30;

/// Machine code as text, an instruction a line.
fn read(code: &[u8]) -> String {
    let decoder = InstDecoder::default();
    let text = |word: &[u8]| match decoder.decode(&mut U8Reader::new(word)) {
        Ok(instruction) => instruction.to_string(),
        Err(error) => format!("{error:?}"),
    };
    code.chunks(4).map(text).collect::<Vec<_>>().join("\n")
}

/// What was asked for, as the disassembler would say it, and what the encoder made of it.
struct Written {
    asked: String,
    code: Vec<u8>,
}

/// Everything that the encoder can be asked for.
struct Everything {
    /// Of f64.
    wide: bool,
    written: Vec<Written>,
}

/// Last operands: what loads them, if anything does, and the register that they are in then.
fn operands() -> Vec<(Operand, String, Vector)> {
    let registers = (0..REGISTERS).map(|at| (Operand::Register(at), String::new(), at));
    let in_memory = |(at, text): Place| (Operand::Memory(at), text("ldr", 30) + "\n", 30);
    registers.chain(addresses().into_iter().map(in_memory)).collect()
}

/// An address, and the text of a load or store of a vector there.
type Place = (Address, fn(&str, Vector) -> String);

/// Every base, with offsets that fit an instruction and others.
fn addresses() -> Vec<Place> {
    macro_rules! address {
        ($base:ident, $offset:expr, $before:expr, $text:expr) => {
            (
                Address { base: Base::$base, offset: $offset },
                (|op, vector| format!("{}{op} q{vector}, [{}]", $before, $text)) as fn(&str, Vector) -> String,
            )
        };
    }
    vec![
        address!(Lanes, 0, "", "x0"),
        address!(Lanes, 16, "", "x0, #0x10"),
        address!(Common, 4096, "", "x2, #0x1000"),
        address!(Common, 65520, "", "x2, #0xfff0"),
        address!(Common, 65536, "mov x9, #0x10000\n", "x2, x9"),
        address!(Row, 0x0012_3450, "mov x9, #0x3450\nmovk x9, #0x12, lsl #16\n", "x3, x9"),
        address!(Row, 32, "", "x3, #0x20"),
        address!(Data, i32::MAX - 15, "mov x9, #0xfff0\nmovk x9, #0x7fff, lsl #16\n", "x4, x9"),
        address!(Data, 8, "mov x9, #0x8\n", "x4, x9"),
    ]
}

impl Everything {
    fn new() -> Self {
        let mut all = Self { wide: false, written: Vec::new() };
        all.moves();
        all.counts();
        all.calls();
        for wide in [false, true] {
            all.wide = wide;
            all.arithmetic();
            all.lesser_and_larger();
            all.shifts();
            all.comparisons();
            all.selections();
            all.numbers();
        }
        all
    }

    fn ask(&mut self, asked: impl Into<String>, write: impl FnOnce(&mut Neon)) {
        let mut out = Neon::new(self.wide);
        write(&mut out);
        self.written.push(Written { asked: asked.into(), code: Box::new(out).finish() });
    }

    /// A vector register's name, of lanes that have a size.
    fn name(&self, register: Vector) -> String {
        format!("v{register}.{}", if self.wide { "2d" } else { "4s" })
    }

    /// `op to, a, b`
    fn three(&self, op: &str, [to, a, b]: [Vector; 3]) -> String {
        format!("{op} {}, {}, {}", self.name(to), self.name(a), self.name(b))
    }

    /// Every two registers, each pair with every last operand in turn.
    fn triples() -> Vec<(Vector, Vector, Operand, String, Vector)> {
        let operands = operands();
        let pairs = (0..REGISTERS).flat_map(|to| (0..REGISTERS).map(move |a| (to, a)));
        let with = |(at, (to, a)): (usize, (Vector, Vector))| {
            let (operand, before, b) = operands[at % operands.len()].clone();
            (to, a, operand, before, b)
        };
        pairs.enumerate().map(with).collect()
    }

    fn moves(&mut self) {
        for to in 0..REGISTERS {
            for from in 0..REGISTERS {
                self.ask(bytes("mov", [to, from]), |out| out.load(to, Operand::Register(from)));
            }
            for (at, text) in addresses() {
                self.ask(text("ldr", to), |out| out.load(to, Operand::Memory(at)));
                self.ask(text("str", to), |out| out.store(at, to));
            }
        }
    }

    fn arithmetic(&mut self) {
        let of_lanes = [
            (Arithmetic::Add, "fadd"),
            (Arithmetic::Mul, "fmul"),
            (Arithmetic::Sub, "fsub"),
            (Arithmetic::Div, "fdiv"),
            (Arithmetic::Plus, "add"),
            (Arithmetic::Minus, "sub"),
        ];
        let of_bits = [(Arithmetic::And, "and"), (Arithmetic::Or, "orr"), (Arithmetic::Xor, "eor")];
        for (to, a, operand, before, b) in Self::triples() {
            for (op, name) in of_lanes {
                let asked = before.clone() + &self.three(name, [to, a, b]);
                self.ask(asked, |out| out.arithmetic(op, to, a, operand));
            }
            for (op, name) in of_bits.into_iter().filter(|(op, _)| *op != Arithmetic::Or || a != b) {
                self.ask(before.clone() + &bytes(name, [to, a, b]), |out| out.arithmetic(op, to, a, operand));
            }
            // Whatever is said of the operand that a root has not.
            let asked = before.clone() + &format!("fsqrt {}, {}", self.name(to), self.name(b));
            self.ask(asked, |out| out.arithmetic(Arithmetic::Sqrt, to, a, operand));
            let asked = before.clone() + &format!("frintm {}, {}", self.name(to), self.name(b));
            self.ask(asked, |out| out.floor(to, operand));
            if let Operand::Register(b) = operand {
                self.ask(self.three("fmla", [to, a, b]), |out| out.multiply_add(to, a, b));
            }
        }
    }

    /// One of two by a comparison, whose result goes where it is overwritten by nothing that is still needed.
    fn lesser_and_larger(&mut self) {
        for (to, a, operand, before, b) in Self::triples() {
            let chosen = |truth: Vector| match to {
                to if to == b => bytes("bit", [to, a, truth]),
                to if to == a => bytes("bif", [to, b, truth]),
                to => bytes("bsl", [to, a, b]),
            };
            let truth = if to == a || to == b { 31 } else { to };
            let asked = |compared: String| format!("{before}{compared}\n{}", chosen(truth));
            let lesser = asked(self.three("fcmgt", [truth, b, a]));
            self.ask(lesser, |out| out.arithmetic(Arithmetic::Least, to, a, operand));
            let larger = asked(self.three("fcmgt", [truth, a, b]));
            self.ask(larger, |out| out.arithmetic(Arithmetic::Largest, to, a, operand));
            let larger = asked(self.three("cmhi", [truth, a, b]));
            self.ask(larger, |out| out.larger_bits(to, a, operand));
            for (op, name) in [(Magnitudes::Least, "fminnm"), (Magnitudes::Largest, "fmaxnm")] {
                let sizes = [(30, b), (31, a)].map(|(to, of)| format!("fabs {}, {}\n", self.name(to), self.name(of)));
                let asked = before.clone() + &sizes.concat() + &self.three(name, [to, 31, 30]);
                self.ask(asked, |out| out.magnitudes(op, to, a, operand));
            }
        }
    }

    fn shifts(&mut self) {
        let bits: u8 = if self.wide { 64 } else { 32 };
        for (to, a) in (0..REGISTERS).flat_map(|to| (0..REGISTERS).map(move |a| (to, a))) {
            let by = (to * 3 + a) % bits;
            let [to_name, a_name] = [to, a].map(|register| self.name(register));
            self.ask(format!("shl {to_name}, {a_name}, #{by:#x}"), |out| out.shift(Shift::Left, to, a, by));
            let asked = match by {
                0 => bytes("mov", [to, a]),
                by => format!("ushr {to_name}, {a_name}, #{by:#x}"),
            };
            self.ask(asked, |out| out.shift(Shift::Right, to, a, by));
        }
        let (to, a) = (self.name(1), self.name(2));
        self.ask(format!("ushr {to}, {a}, #{bits:#x}"), |out| out.shift(Shift::Right, 1, 2, bits));
    }

    fn comparisons(&mut self) {
        for (to, a, operand, before, b) in Self::triples() {
            let relations = [
                (Relation::Number(Comparison::Equal), "fcmeq", [a, b]),
                (Relation::Number(Comparison::Less), "fcmgt", [b, a]),
                (Relation::Number(Comparison::LessEqual), "fcmge", [b, a]),
                (Relation::BitsAbove, "cmhi", [a, b]),
            ];
            for (relation, name, [high, low]) in relations {
                let asked = before.clone() + &self.three(name, [to, high, low]);
                self.ask(asked.clone(), |out| out.compare(relation, to, a, operand));
                let no = (a + 5) % REGISTERS;
                let chosen = format!("{asked}\nldr q30, [x2, #0x20]\n{}", bytes("bsl", [to, 30, no]));
                let yes = Operand::Memory(Address { base: Base::Common, offset: 32 });
                self.ask(chosen, |out| out.choose(to, (relation, a, operand), (yes, no)));
            }
            let asked = before + &self.three("cmhi", [to, a, b]) + "\n" + &self.signs(to);
            self.ask(asked, |out| out.test_above(to, a, operand));
        }
    }

    fn signs(&self, of: Vector) -> String {
        let signs = if self.wide { "0x8000000000000000" } else { "0x8000000080000000" };
        format!("mov x9, v{of}.d[0]\nmov x10, v{of}.d[1]\norr x9, x9, x10\ntst x9, #{signs}")
    }

    fn selections(&mut self) {
        for (to, no, operand, before, yes) in Self::triples() {
            let condition = (to + 3 * no + 1) % REGISTERS;
            let truth = format!("cmlt {}, {}, #0x0", self.name(to), self.name(condition));
            let asked = format!("{truth}\n{before}{}", bytes("bsl", [to, yes, no]));
            self.ask(asked, |out| out.select(to, condition, operand, no));
        }
    }

    fn numbers(&mut self) {
        for to in 0..REGISTERS {
            self.ask(self.signs(to), |out| out.test_signs(to));
            let offsets = [
                (0, "", "x4"),
                (8, "add x9, x4, #0x8\n", "x9"),
                (4088, "add x9, x4, #0xff8\n", "x9"),
                (4096, "mov x9, #0x1000\nadd x9, x4, x9\n", "x9"),
            ];
            for (offset, before, base) in offsets {
                let asked = format!("{before}ld1r {{{}}}, [{base}]", self.name(to));
                self.ask(asked, |out| out.spread_number(to, Address { base: Base::Data, offset }));
            }
        }
    }

    fn counts(&mut self) {
        self.ask("cmp x1, #0x0", Neon::test_count);
        self.ask("subs x1, x1, #0x1", Neon::count_down);
        self.ask("subs x5, x5, #0x1", Neon::count_row);
        for by in [1_u8, 8, 127] {
            self.ask(format!("add x1, x1, #{by:#x}"), |out| out.count_up(by));
        }
        for bits in [1, 7, 63] {
            self.ask(format!("tst x1, #{bits:#x}"), |out| out.test_low(bits));
        }
        for bytes in [16, 4095] {
            self.ask(format!("add x3, x3, #{bytes:#x}"), |out| out.next_row(bytes));
            self.ask(format!("add x4, x4, #{bytes:#x}"), |out| out.move_data(bytes));
            self.ask(format!("sub x4, x4, #{bytes:#x}"), |out| out.move_data(-bytes));
            self.ask(format!("mov x7, x4\nadd x4, x3, #{bytes:#x}"), |out| out.data_of_step(bytes));
            self.ask(format!("mov x5, #{bytes:#x}"), |out| out.count_rows(bytes as u32));
        }
        self.ask("mov x9, #0x2000\nadd x3, x3, x9", |out| out.next_row(0x2000));
        self.ask("mov x9, #0x1\nmovk x9, #0x2, lsl #16\nsub x4, x4, x9", |out| out.move_data(-0x2_0001));
        self.ask("mov x4, x7", Neon::data_of_all_steps);
        self.ask("mov x5, #0x0", |out| out.count_rows(0));
    }

    fn calls(&mut self) {
        let pairs = [(8, 9, 0x10), (10, 11, 0x20), (12, 13, 0x30), (14, 15, 0x40)];
        let of_pairs = |op: &str| pairs.map(|(a, b, at)| format!("{op} d{a}, d{b}, [sp, #{at:#x}]")).join("\n");
        self.ask(format!("stp x29, x30, [sp, #-0x50]!\nmov x29, sp\n{}", of_pairs("stp")), Neon::enter);
        let back = format!("mov x0, x1\n{}\nldp x29, x30, [sp], #0x50\nret", of_pairs("ldp"));
        self.ask(back, Neon::return_count);
        self.ask("ret", Neon::go_back);
        self.ask("mov x6, #0x29", |out| out.set_number(41));
        let kept =
            "stp x0, x1, [sp, #-0x40]!\nstp x2, x3, [sp, #0x10]\nstp x4, x5, [sp, #0x20]\nstp x7, x30, [sp, #0x30]";
        self.ask(kept, Neon::keep_numbers);
        let back =
            "ldp x7, x30, [sp, #0x30]\nldp x4, x5, [sp, #0x20]\nldp x2, x3, [sp, #0x10]\nldp x0, x1, [sp], #0x40";
        self.ask(back, Neon::take_back_numbers);
        let function =
            "mov x9, #0xcdef\nmovk x9, #0x89ab, lsl #16\nmovk x9, #0x4567, lsl #32\nmovk x9, #0x123, lsl #48";
        let asked = format!("add x0, x2, #0x50\nmov x1, #0x4\nmov x2, x6\n{function}\nblr x9");
        self.ask(asked, |out| out.call_outside(80, 4, 0x0123_4567_89ab_cdef));
        // Behind one instruction, so that there is something to jump back to.
        for (target, offset) in [(0, "-0x4"), (4, "+0x0"), (4096, "+0xffc"), (1 << 27, "+0x7fffffc")] {
            let behind_one = |text: &str| format!("cmp x1, #0x0\n{text} ${offset}");
            self.ask(behind_one("bl"), |out| {
                out.test_count();
                let call = out.call();
                out.land(call, target);
            });
            self.ask(behind_one("b"), |out| {
                out.test_count();
                let jump = out.jump(When::Always);
                out.land(jump, target);
            });
        }
        for (when, unless) in [(When::Zero, "b.ne"), (When::NotZero, "b.eq")] {
            self.ask(format!("{unless} $+0x8\nb $+0x60"), |out| {
                let jump = out.jump(when);
                out.land(jump, 100);
            });
        }
    }
}

/// An instruction of whole vectors.
fn bytes<const COUNT: usize>(op: &str, registers: [Vector; COUNT]) -> String {
    format!("{op} {}", registers.map(|register| format!("v{register}.16b")).join(", "))
}

#[test]
fn a_disassembler_reads_what_the_encoder_was_asked_for() {
    let all = Everything::new().written;
    assert!(all.len() > 40_000, "{}", all.len());
    for Written { asked, code } in all {
        assert_eq!(read(&code), asked, "{code:02x?}");
    }
}

/// What the disassembler takes for the same when a bit is another one: a move by `and`, a bit of a constant that means nothing, and
/// two that no instruction has.
const SAME: [(&str, usize); 4] = [("mov", 23), ("tst", 21), ("fabs", 23), ("ld1r", 31)];

/// The sibling that must fail: with any one bit another it is another instruction.
#[test]
fn a_flipped_bit_is_noticed() {
    for Written { asked, code } in Everything::new().written.into_iter().step_by(101) {
        let names: Vec<&str> = asked.lines().filter_map(|line| line.split(' ').next()).collect();
        for bit in (0..8 * code.len()).filter(|bit| !SAME.contains(&(names[bit / 32], bit % 32))) {
            let mut flipped = code.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(read(&flipped), asked, "bit {bit} of {code:02x?}");
        }
    }
}

/// The other way round, and to the bit: an assembler makes the same code of what was asked for.
#[test]
#[ignore = "needs an assembler for aarch64: tests/aarch64/run.sh"]
fn an_assembler_makes_the_same_of_it() {
    let tool = |name: &str| {
        let prefix = std::env::var("ALPHASWEEP_BINUTILS").expect("what the names of the tools begin with");
        Command::new(prefix + name)
    };
    let folder = tempfile::tempdir().expect("a folder");
    let [source, object, binary] = ["code.s", "code.o", "code"].map(|name| folder.path().join(name));
    let all = Everything::new().written;
    let text: String = all.iter().map(|written| written.asked.replace('$', ".") + "\n").collect();
    fs::write(&source, text).expect("a file");
    let assembled = tool("as").arg("-o").args([&object, &source]).status().expect("it starts");
    let copied = tool("objcopy").args(["-O", "binary"]).args([&object, &binary]).status().expect("it starts");
    assert!(assembled.success() && copied.success());
    let assembled = fs::read(&binary).expect("a file");
    let mut at = 0;
    for Written { asked, code } in all {
        assert_eq!(assembled[at..at + code.len()], code, "{asked}");
        at += code.len();
    }
    assert_eq!(at, assembled.len());
}
