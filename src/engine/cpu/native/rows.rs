//! Loops over rows. What goes from row to row stays in registers, as does what all rows read most.

use super::allocate::Value;
use super::compiler::{Compiler, Loop};
use super::encode::{Operand, Vector, When};
use super::flat::{Entry, RowStage};
use super::operations::Arithmetic;

impl Compiler<'_> {
    /// Everything goes to memory but what is chosen here: a row begins with what the row before began with.
    pub fn begin_rows(&mut self, rows: &RowStage, end: usize) {
        self.allocator.clear(&mut self.out);
        // Those that an instruction needs, and some for values on their way.
        let working = usize::from(self.layout.isa.registers()) / 4 + 2;
        let mut carried = Vec::new();
        for (value, next) in &rows.carried {
            let Entry::Carried { first, .. } = self.flat.entries[*value] else {
                unreachable!("it goes from row to row")
            };
            let first = self.entry_value(first, 0);
            for part in 0..self.layout.parts {
                let (value, next) = (self.entry_value(*value, part), self.entry_value(*next, part));
                let register = self.allocator.take(&mut self.out);
                let from = self.allocator.place(first);
                self.out.load(register, from);
                let stays = self.allocator.free() > working;
                if stays {
                    self.allocator.pin(register);
                    self.allocator.in_pinned(value, register);
                } else {
                    let at = self.allocator.spill_slot();
                    self.out.store(at, register);
                    self.allocator.in_memory(value, at);
                }
                self.allocator.unlock();
                carried.push((value, next, stays.then_some(register)));
            }
        }
        let mut kept = Vec::new();
        for value in self.allocator.read_most(self.time, end) {
            if self.allocator.free() <= working {
                break;
            }
            let register = self.allocator.register(&mut self.out, value);
            self.allocator.pin_in_place(value);
            kept.push((value, register));
            self.allocator.unlock();
        }
        self.out.count_rows(rows.rows);
        let begin = self.out.code.len();
        self.rows = Some(Loop { begin, end, carried, kept });
    }

    /// The end of a row; behind it everything is where it was at the beginning, and the sums are what came of them.
    pub fn end_rows(&mut self, number: usize, rows: &RowStage) {
        let Some(Loop { begin, carried, kept, .. }) = self.rows.take() else { unreachable!("a loop has begun") };
        for (value, next, register) in &carried {
            let from = self.allocator.register(&mut self.out, *next);
            match (register, self.allocator.place(*value)) {
                (Some(register), _) if *register == from => {}
                (Some(register), _) => self.out.load(*register, Operand::Register(from)),
                (None, _) => {
                    let at = self.allocator.memory(*value);
                    self.out.store(at, from);
                }
            }
            self.allocator.unlock();
        }
        let tables = &self.code.tables;
        let size = self.layout.isa.bytes() / self.layout.width_of_part(self.program.precision.is_wide());
        let row = tables.width(number) * size;
        self.out.move_data(row as i32);
        self.out.count_row();
        let again = self.out.jump(When::NotZero);
        self.out.land(again, begin);
        self.out.move_data(-((row * rows.rows as usize) as i32));
        self.allocator.clear(&mut self.out);
        for (value, register) in kept {
            self.allocator.unpin(register);
            self.allocator.forget(value);
        }
        for (value, next, register) in carried {
            if let Some(register) = register {
                self.allocator.unpin(register);
                self.allocator.forget(next);
                self.allocator.hold(value, register);
            }
        }
    }

    /// The register for a result: that of what goes on to the next row, where nothing reads it in this one any more.
    pub fn target(&mut self, value: Value, is_sum: bool) -> Vector {
        let going_on = self.rows.iter().flat_map(|rows| &rows.carried).find(|(_, next, _)| *next == value);
        if let Some((before, _, Some(register))) = going_on
            && is_sum
            && let Some(Loop { end, .. }) = self.rows
            && !self.allocator.is_read_between(*before, self.time, end)
        {
            let register = *register;
            self.allocator.in_pinned(value, register);
            return register;
        }
        self.allocator.take(&mut self.out)
    }

    /// to = a op b, where the result belongs.
    pub fn arithmetic(&mut self, value: Value, op: Arithmetic, a: Vector, b: Operand) -> Vector {
        let to = self.target(value, true);
        self.packed.arithmetic(&mut self.out, op, to, a, b);
        to
    }
}
