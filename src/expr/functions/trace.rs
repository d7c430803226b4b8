//! A function as a list of primitive operations, from which shaders and machine code are made.

use super::number::{Number, Truth, Word};
use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Shl, Shr, Sub};

/// The number of an operation in its list.
pub type At = u32;

/// Whose numbers a function is written down for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Machine {
    /// `f32` of shaders, which may take for granted that infinity and what is no number never occur in arithmetic: what
    /// happens to these is in operations on the bits.
    Shader,
    /// `f32` as IEEE 754 has it.
    Single,
    /// `f64` likewise.
    Double,
}

impl Machine {
    /// A processor with numbers of 64 bits, or of 32.
    pub fn processor(is_wide: bool) -> Self {
        if is_wide { Self::Double } else { Self::Single }
    }

    fn number(self, value: f64) -> u64 {
        match self {
            Self::Shader | Self::Single => u64::from((value as f32).to_bits()),
            Self::Double => value.to_bits(),
        }
    }

    fn word(self, value: u64) -> u64 {
        match self {
            Self::Shader | Self::Single => u64::from(value as u32),
            Self::Double => value,
        }
    }

    fn magnitude(self) -> u64 {
        self.word(u64::MAX) >> 1
    }

    fn infinity(self) -> u64 {
        self.number(f64::INFINITY)
    }
}

/// One operation. Numbers are those of the machine, words their bits, which wrap around. In shaders, sums, products,
/// quotients and comparisons are those of ordinary numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Primitive {
    /// An argument of the function.
    Argument(u32),
    /// A constant number, by its bits.
    Number(u64),
    Word(u64),
    Add(At, At),
    Sub(At, At),
    Mul(At, At),
    Div(At, At),
    /// The number of the other sign.
    Negated(At),
    /// The square root of what is not negative.
    Root(At),
    BitsOf(At),
    NumberOf(At),
    Plus(At, At),
    Minus(At, At),
    Times(At, At),
    And(At, At),
    Or(At, At),
    Xor(At, At),
    Left(At, u32),
    Right(At, u32),
    LeftBy(At, At),
    RightBy(At, At),
    Below(At, At),
    Equal(At, At),
    WordBelow(At, At),
    Either(At, At),
    /// The second where the first holds, else the third: of numbers, or of words.
    Choose(At, At, At),
}

/// A function as its operations, in an order in which each uses only those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traced {
    pub operations: Vec<Primitive>,
    pub result: At,
}

/// What is being written down.
#[derive(Debug)]
pub struct Arena {
    machine: Machine,
    list: RefCell<Vec<Primitive>>,
}

impl Arena {
    fn new(machine: Machine) -> Self {
        Self { machine, list: RefCell::default() }
    }

    fn push(&self, operation: Primitive) -> Noted<'_> {
        let mut list = self.list.borrow_mut();
        let known = list.iter().position(|known| *known == operation);
        let at = known.unwrap_or_else(|| {
            list.push(operation);
            list.len() - 1
        });
        Noted { arena: self, at: at as At }
    }
}

/// A number, a word or a truth that is only written down.
#[derive(Debug, Clone, Copy)]
pub struct Noted<'a> {
    arena: &'a Arena,
    at: At,
}

/// A number that is only written down.
#[derive(Debug, Clone, Copy)]
pub struct NotedNumber<'a>(Noted<'a>);
/// Likewise its bits.
#[derive(Debug, Clone, Copy)]
pub struct NotedWord<'a>(Noted<'a>);
/// Likewise whether something holds.
#[derive(Debug, Clone, Copy)]
pub struct NotedTruth<'a>(Noted<'a>);

/// Writes down a function of one argument.
pub fn traced(machine: Machine, function: impl for<'a> Fn(NotedNumber<'a>) -> NotedNumber<'a>) -> Traced {
    let arena = Arena::new(machine);
    let result = function(NotedNumber(arena.push(Primitive::Argument(0)))).0.at;
    needed(arena.list.into_inner(), result)
}

/// Writes down a function of two arguments.
pub fn traced_of_two(
    machine: Machine,
    function: impl for<'a> Fn(NotedNumber<'a>, NotedNumber<'a>) -> NotedNumber<'a>,
) -> Traced {
    let arena = Arena::new(machine);
    let [a, b] = [0, 1].map(|argument| NotedNumber(arena.push(Primitive::Argument(argument))));
    let result = function(a, b).0.at;
    needed(arena.list.into_inner(), result)
}

/// The operations that the result needs.
fn needed(operations: Vec<Primitive>, result: At) -> Traced {
    let mut wanted = vec![false; operations.len()];
    wanted[result as usize] = true;
    for at in (0..operations.len()).rev() {
        if wanted[at] {
            mark(&operations, at, &mut wanted);
        }
    }
    let mut place = vec![0; operations.len()];
    let mut kept = Vec::new();
    for (at, operation) in operations.iter().enumerate().filter(|(at, _)| wanted[*at]) {
        place[at] = kept.len() as At;
        kept.push(operation.over(|used| place[used as usize]));
    }
    Traced { operations: kept, result: place[result as usize] }
}

fn mark(operations: &[Primitive], at: usize, wanted: &mut [bool]) {
    operations[at].each_used(|used| wanted[used as usize] = true);
}

impl Primitive {
    /// What it uses.
    pub fn each_used(self, mut see: impl FnMut(At)) {
        let _ = self.over(|used| {
            see(used);
            used
        });
    }

    /// The same operation of others.
    #[must_use]
    pub fn over(self, mut of: impl FnMut(At) -> At) -> Self {
        match self {
            Self::Argument(_) | Self::Number(_) | Self::Word(_) => self,
            Self::Add(a, b) => Self::Add(of(a), of(b)),
            Self::Sub(a, b) => Self::Sub(of(a), of(b)),
            Self::Mul(a, b) => Self::Mul(of(a), of(b)),
            Self::Div(a, b) => Self::Div(of(a), of(b)),
            Self::Negated(a) => Self::Negated(of(a)),
            Self::Root(a) => Self::Root(of(a)),
            Self::BitsOf(a) => Self::BitsOf(of(a)),
            Self::NumberOf(a) => Self::NumberOf(of(a)),
            Self::Plus(a, b) => Self::Plus(of(a), of(b)),
            Self::Minus(a, b) => Self::Minus(of(a), of(b)),
            Self::Times(a, b) => Self::Times(of(a), of(b)),
            Self::And(a, b) => Self::And(of(a), of(b)),
            Self::Or(a, b) => Self::Or(of(a), of(b)),
            Self::Xor(a, b) => Self::Xor(of(a), of(b)),
            Self::Left(a, by) => Self::Left(of(a), by),
            Self::Right(a, by) => Self::Right(of(a), by),
            Self::LeftBy(a, b) => Self::LeftBy(of(a), of(b)),
            Self::RightBy(a, b) => Self::RightBy(of(a), of(b)),
            Self::Below(a, b) => Self::Below(of(a), of(b)),
            Self::Equal(a, b) => Self::Equal(of(a), of(b)),
            Self::WordBelow(a, b) => Self::WordBelow(of(a), of(b)),
            Self::Either(a, b) => Self::Either(of(a), of(b)),
            Self::Choose(truth, yes, no) => Self::Choose(of(truth), of(yes), of(no)),
        }
    }
}

macro_rules! operators {
    ($($kind:ident: $($operator:ident $method:ident $primitive:ident),+;)+) => {$($(
        impl<'a> $operator for $kind<'a> {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self(self.0.arena.push(Primitive::$primitive(self.0.at, other.0.at)))
            }
        }
    )+)+};
}
operators! {
    NotedNumber: Add add Add, Sub sub Sub, Mul mul Mul, Div div Div;
    NotedWord: BitAnd bitand And, BitOr bitor Or, BitXor bitxor Xor;
}

macro_rules! constants {
    ($($operator:ident $method:ident),+) => {$(
        impl<'a> $operator<f64> for NotedNumber<'a> {
            type Output = Self;
            fn $method(self, other: f64) -> Self {
                $operator::$method(self, self.number(other))
            }
        }
    )+};
}
constants!(Add add, Sub sub, Mul mul);

impl Neg for NotedNumber<'_> {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.arena.push(Primitive::Negated(self.0.at)))
    }
}

macro_rules! shifts {
    ($($operator:ident $method:ident $primitive:ident),+) => {$(
        impl<'a> $operator<u32> for NotedWord<'a> {
            type Output = Self;
            fn $method(self, by: u32) -> Self {
                Self(self.0.arena.push(Primitive::$primitive(self.0.at, by)))
            }
        }
    )+};
}
shifts!(Shl shl Left, Shr shr Right);

impl<'a> Number for NotedNumber<'a> {
    type Word = NotedWord<'a>;
    type Truth = NotedTruth<'a>;

    fn number(self, value: f64) -> Self {
        Self(self.0.arena.push(Primitive::Number(self.machine().number(value))))
    }
    fn word(self, value: u64) -> NotedWord<'a> {
        NotedWord(self.0.arena.push(Primitive::Word(self.machine().word(value))))
    }
    fn bits(self) -> NotedWord<'a> {
        NotedWord(self.0.arena.push(Primitive::BitsOf(self.0.at)))
    }
    fn magnitude(self) -> NotedWord<'a> {
        self.bits() & self.word(self.machine().magnitude())
    }
    fn sign(self) -> NotedWord<'a> {
        self.bits() & self.word(self.machine().magnitude() + 1)
    }
    fn is_below(self, other: Self) -> NotedTruth<'a> {
        NotedTruth(self.0.arena.push(Primitive::Below(self.0.at, other.0.at)))
    }
    fn equals(self, other: Self) -> NotedTruth<'a> {
        NotedTruth(self.0.arena.push(Primitive::Equal(self.0.at, other.0.at)))
    }
    fn choose(truth: NotedTruth<'a>, yes: Self, no: Self) -> Self {
        Self(truth.0.arena.push(Primitive::Choose(truth.0.at, yes.0.at, no.0.at)))
    }
    fn root(self) -> Self {
        Self(self.0.arena.push(Primitive::Root(self.0.at)))
    }
    fn unless_nan(self, argument: Self) -> Self {
        self.in_shaders(|this| {
            let is_nan = this.word(this.machine().infinity()).is_less(argument.magnitude());
            Self::choose(is_nan, this.number(f64::NAN), this)
        })
    }
    fn unless_infinite(self, argument: Self) -> Self {
        self.in_shaders(|this| {
            let is_beyond = this.word(this.machine().infinity() - 1).is_less(argument.magnitude());
            Self::choose(is_beyond, this.number(f64::NAN), this)
        })
    }
    fn infinite_above(self, argument: Self, limit: f64) -> Self {
        self.in_shaders(|this| {
            let is_above = argument.is_above_number(limit);
            Self::choose(is_above, this.number(f64::INFINITY), this)
        })
    }
}

impl NotedNumber<'_> {
    fn machine(self) -> Machine {
        self.0.arena.machine
    }

    /// What shaders need beside the value itself, which processors with the numbers of IEEE 754 have.
    fn in_shaders(self, guarded: impl FnOnce(Self) -> Self) -> Self {
        if self.machine() == Machine::Shader { guarded(self) } else { self }
    }
}

impl<'a> Word for NotedWord<'a> {
    type Number = NotedNumber<'a>;
    type Truth = NotedTruth<'a>;

    fn plus(self, other: Self) -> Self {
        Self(self.0.arena.push(Primitive::Plus(self.0.at, other.0.at)))
    }
    fn minus(self, other: Self) -> Self {
        Self(self.0.arena.push(Primitive::Minus(self.0.at, other.0.at)))
    }
    fn times(self, other: Self) -> Self {
        Self(self.0.arena.push(Primitive::Times(self.0.at, other.0.at)))
    }
    fn left(self, by: Self) -> Self {
        Self(self.0.arena.push(Primitive::LeftBy(self.0.at, by.0.at)))
    }
    fn right(self, by: Self) -> Self {
        Self(self.0.arena.push(Primitive::RightBy(self.0.at, by.0.at)))
    }
    fn is_less(self, other: Self) -> NotedTruth<'a> {
        NotedTruth(self.0.arena.push(Primitive::WordBelow(self.0.at, other.0.at)))
    }
    fn pick(truth: NotedTruth<'a>, yes: Self, no: Self) -> Self {
        Self(truth.0.arena.push(Primitive::Choose(truth.0.at, yes.0.at, no.0.at)))
    }
    fn as_number(self) -> NotedNumber<'a> {
        NotedNumber(self.0.arena.push(Primitive::NumberOf(self.0.at)))
    }
    fn constant(self, value: u64) -> Self {
        Self(self.0.arena.push(Primitive::Word(self.0.arena.machine.word(value))))
    }
}

impl Truth for NotedTruth<'_> {
    fn or(self, other: Self) -> Self {
        Self(self.0.arena.push(Primitive::Either(self.0.at, other.0.at)))
    }
}
