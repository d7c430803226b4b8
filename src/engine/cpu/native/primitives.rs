//! Functions as their primitive operations, in the lists of what instructions compute.

use super::expand::Expander;
use super::flat::{At, Entry, Operation};
use super::operations::{Arithmetic, Literal, Relation, Shift};
use crate::expr::{Comparison, Primitive, Traced};

/// A truth: some of these comparisons hold.
type Truth = Vec<(Relation, At, At)>;

impl Expander<'_> {
    /// A function of these arguments.
    pub fn kernel(&mut self, kernel: &Traced, arguments: &[At]) -> Option<At> {
        let mut places = vec![0; kernel.operations.len()];
        let mut truths: Vec<Truth> = vec![Vec::new(); kernel.operations.len()];
        for (at, primitive) in kernel.operations.iter().enumerate() {
            let number = |at: u32| places[at as usize];
            places[at] = match *primitive {
                Primitive::Argument(which) => arguments[which as usize],
                Primitive::Number(bits) | Primitive::Word(bits) => self.constant(bits),
                Primitive::Add(a, b) => self.two(Arithmetic::Add, number(a), number(b)),
                Primitive::Sub(a, b) => self.two(Arithmetic::Sub, number(a), number(b)),
                Primitive::Mul(a, b) => self.two(Arithmetic::Mul, number(a), number(b)),
                Primitive::Div(a, b) => self.two(Arithmetic::Div, number(a), number(b)),
                Primitive::Plus(a, b) => self.two(Arithmetic::Plus, number(a), number(b)),
                Primitive::Minus(a, b) => self.two(Arithmetic::Minus, number(a), number(b)),
                Primitive::And(a, b) => self.two(Arithmetic::And, number(a), number(b)),
                Primitive::Or(a, b) => self.two(Arithmetic::Or, number(a), number(b)),
                Primitive::Xor(a, b) => self.two(Arithmetic::Xor, number(a), number(b)),
                Primitive::Negated(a) => {
                    let sign = self.literal(Literal::Sign);
                    self.two(Arithmetic::Xor, number(a), sign)
                }
                Primitive::Root(a) => self.push(Operation::Root(number(a))),
                Primitive::BitsOf(a) | Primitive::NumberOf(a) => number(a),
                Primitive::Left(a, by) => self.push(Operation::Shift(Shift::Left, number(a), by as u8)),
                Primitive::Right(a, by) => self.push(Operation::Shift(Shift::Right, number(a), by as u8)),
                Primitive::Below(a, b) => {
                    truths[at] = vec![(Relation::Number(Comparison::Less), number(a), number(b))];
                    continue;
                }
                Primitive::Equal(a, b) => {
                    truths[at] = vec![(Relation::Number(Comparison::Equal), number(a), number(b))];
                    continue;
                }
                Primitive::WordBelow(a, b) => {
                    let (low, high) = (number(a), number(b));
                    truths[at] = vec![self.above(high, low)];
                    continue;
                }
                Primitive::Either(a, b) => {
                    truths[at] = [a, b].iter().flat_map(|one| truths[*one as usize].clone()).collect();
                    continue;
                }
                Primitive::Choose(truth, yes, no) => {
                    let (yes, mut chosen) = (number(yes), number(no));
                    for (relation, a, b) in truths[truth as usize].clone().into_iter().rev() {
                        chosen = self.choose(relation, [a, b], [yes, chosen]);
                    }
                    chosen
                }
                // Only large angles and draws have these.
                Primitive::Times(..) | Primitive::LeftBy(..) | Primitive::RightBy(..) => return None,
            };
        }
        Some(places[kernel.result as usize])
    }

    /// Whether a word is above another. Vectors of 256 bits compare with signs: where one may have it, it is turned around.
    fn above(&mut self, high: At, low: At) -> (Relation, At, At) {
        if self.isa.compares_unsigned() || (self.has_no_sign(high) && self.has_no_sign(low)) {
            return (Relation::BitsAbove, high, low);
        }
        let [high, low] = [high, low].map(|word| {
            let sign = Literal::Sign.bits(self.is_wide);
            if let Entry::Constant(at) = self.flat.entries[word] {
                return self.constant(self.constants[at] ^ sign);
            }
            let sign = self.constant(sign);
            self.two(Arithmetic::Xor, word, sign)
        });
        (Relation::BitsAbove, high, low)
    }

    /// Whether the highest bit of a word is known to be 0.
    fn has_no_sign(&self, word: At) -> bool {
        match self.flat.entries[word] {
            Entry::Constant(at) => self.constants[at] & Literal::Sign.bits(self.is_wide) == 0,
            Entry::Operation(Operation::Two(Arithmetic::And, a, b)) => self.has_no_sign(a) || self.has_no_sign(b),
            Entry::Operation(Operation::Two(Arithmetic::Xor | Arithmetic::Or, a, b)) => {
                self.has_no_sign(a) && self.has_no_sign(b)
            }
            Entry::Operation(Operation::Shift(Shift::Right, _, by)) => by > 0,
            _ => false,
        }
    }
}
