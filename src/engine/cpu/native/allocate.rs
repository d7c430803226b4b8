//! Which value is in which register, while machine code is written from the first operation to the last.

use super::assembler::Assembler;
use super::machine::{Address, Base, Isa, Operand, Vector};

/// A value of the step, in one of the interleaved vectors.
pub type Value = usize;

/// A value that is read again within so much time is worth a register.
const SOON: usize = 16;

/// Where values are.
pub struct Allocator {
    /// Value in each register.
    registers: Vec<Option<Value>>,
    /// Registers that the instruction at hand uses.
    locked: Vec<bool>,
    /// Registers that keep what they hold.
    pinned: Vec<bool>,
    places: Vec<Place>,
    /// Bytes of a vector; spilled values go behind each other from here.
    bytes: i32,
    next_spill: i32,
    pub spills: usize,
    /// The time at hand.
    now: usize,
}

#[derive(Debug, Clone, Default)]
struct Place {
    register: Option<Vector>,
    memory: Option<Address>,
    /// Whether there is one number in memory, for all lanes.
    is_single: bool,
    /// Times at which the value is read, in order, and how many of them are behind.
    uses: Vec<usize>,
    used: usize,
}

impl Place {
    /// Whether it is not read again soon after now.
    fn is_read_once(&self, now: usize) -> bool {
        !self.next_uses().iter().any(|time| *time > now && *time <= now + SOON)
    }

    /// Times at which it is still to be read, soonest first.
    fn next_uses(&self) -> &[usize] {
        &self.uses[self.used..]
    }
}

impl Allocator {
    /// For `values` values; spills go behind [`Base::Common`] from `first_spill` on (bytes).
    pub fn new(isa: Isa, values: usize, first_spill: i32) -> Self {
        let (registers, bytes) = (usize::from(isa.registers()), isa.bytes());
        Self {
            registers: vec![None; registers],
            locked: vec![false; registers],
            pinned: vec![false; registers],
            now: 0,
            places: vec![Place::default(); values],
            bytes: bytes as i32,
            next_spill: first_spill,
            spills: 0,
        }
    }

    /// Bytes behind [`Base::Common`] in use, spills included.
    pub fn common_bytes(&self) -> i32 {
        self.next_spill
    }

    /// The value is in memory from the beginning.
    pub fn in_memory(&mut self, value: Value, at: Address) {
        self.places[value].memory = Some(at);
    }

    /// One number in memory is the value of all lanes.
    pub fn in_all_lanes(&mut self, value: Value, at: Address) {
        self.places[value].memory = Some(at);
        self.places[value].is_single = true;
    }

    /// Takes a register out of use.
    pub fn pin(&mut self, register: Vector) {
        self.pinned[usize::from(register)] = true;
    }

    /// And puts it back, empty.
    pub fn unpin(&mut self, register: Vector) {
        self.pinned[usize::from(register)] = false;
    }

    pub fn is_pinned(&self, register: Vector) -> bool {
        self.pinned[usize::from(register)]
    }

    /// Takes the register out of use in which a value is.
    pub fn pin_in_place(&mut self, value: Value) {
        if let Some(register) = self.places[value].register {
            self.registers[usize::from(register)] = None;
            self.pin(register);
        }
    }

    /// The value is no longer in a register.
    pub fn forget(&mut self, value: Value) {
        self.places[value].register = None;
    }

    /// Registers that hold nothing.
    pub fn free(&self) -> usize {
        (0..self.registers.len()).filter(|at| self.registers[*at].is_none() && !self.pinned[*at]).count()
    }

    /// Whether a value is read after `from` and not after `to`.
    pub fn is_read_between(&self, value: Value, from: usize, to: usize) -> bool {
        self.places[value].next_uses().iter().any(|time| *time > from && *time <= to)
    }

    /// Those of some values, one for each time that they are read, that are in memory as vectors: most often read first.
    pub fn read_most(&self, mut read: Vec<Value>) -> Vec<Value> {
        read.sort_unstable();
        let is_candidate = |value: Value| {
            let place = &self.places[value];
            place.memory.is_some() && place.register.is_none() && !place.is_single
        };
        let mut counted: Vec<(usize, Value)> = read.chunk_by(|a, b| a == b).map(|same| (same.len(), same[0])).collect();
        counted.retain(|(_, value)| is_candidate(*value));
        counted.sort_by_key(|(count, value)| (std::cmp::Reverse(*count), *value));
        counted.into_iter().map(|(_, value)| value).collect()
    }

    /// Everything that is read again goes to memory, and no register holds anything.
    pub fn clear(&mut self, out: &mut Assembler) {
        for register in 0..self.registers.len() {
            if let Some(value) = self.registers[register].take() {
                let is_read = !self.places[value].next_uses().is_empty();
                self.places[value].register = None;
                if is_read && self.places[value].memory.is_none() {
                    let at = self.spill_slot();
                    self.places[value].memory = Some(at);
                    out.store(at, register as Vector);
                }
            }
        }
    }

    /// Takes the highest register that is not out of use yet out of use, for good.
    pub fn pin_highest(&mut self) -> Vector {
        let register = self.pinned.iter().rposition(|pinned| !pinned).expect("some registers are never pinned");
        self.pin(register as Vector);
        register as Vector
    }

    /// The value is in a pinned register.
    pub fn in_pinned(&mut self, value: Value, register: Vector) {
        self.places[value].register = Some(register);
    }

    /// The value is read at `time`. Times must come in order.
    pub fn will_use(&mut self, value: Value, time: usize) {
        self.places[value].uses.push(time);
    }

    /// The value as the last source of an instruction: wherever it is. One that is read again soon is worth a register.
    pub fn operand(&mut self, out: &mut Assembler, value: Value) -> Operand {
        let now = self.now;
        let place = &mut self.places[value];
        place.used += place.next_uses().iter().take_while(|time| **time < now).count();
        match (place.register, place.memory) {
            (Some(register), _) => {
                self.locked[usize::from(register)] = true;
                Operand::Register(register)
            }
            (None, Some(at)) if !place.is_single && place.is_read_once(self.now) => Operand::Memory(at),
            _ => Operand::Register(self.register(out, value)),
        }
    }

    /// The value in a register.
    pub fn register(&mut self, out: &mut Assembler, value: Value) -> Vector {
        if let Some(register) = self.places[value].register {
            self.locked[usize::from(register)] = true;
            return register;
        }
        let at = self.places[value].memory.expect("a value is computed before it is read");
        let register = self.take(out);
        if self.places[value].is_single {
            out.spread_number(register, at);
        } else {
            out.load(register, Operand::Memory(at));
        }
        self.hold(value, register);
        register
    }

    /// A free register, locked.
    pub fn take(&mut self, out: &mut Assembler) -> Vector {
        let is_free = |register: &usize| self.registers[*register].is_none() && self.is_ours(*register);
        let free = (0..self.registers.len()).find(is_free);
        let register = free.unwrap_or_else(|| self.evict(out)) as Vector;
        self.locked[usize::from(register)] = true;
        register
    }

    fn is_ours(&self, register: usize) -> bool {
        !self.locked[register] && !self.pinned[register]
    }

    /// The register now holds the value.
    pub fn hold(&mut self, value: Value, register: Vector) {
        self.registers[usize::from(register)] = Some(value);
        self.places[value].register = Some(register);
    }

    /// Frees the register whose value is read latest; the value goes to memory if it is not there.
    fn evict(&mut self, out: &mut Assembler) -> usize {
        let next_use = |held: &Option<Value>| held.and_then(|value| self.places[value].next_uses().first().copied());
        let candidates = (0..self.registers.len()).filter(|register| self.is_ours(*register));
        let latest = candidates.max_by_key(|register| next_use(&self.registers[*register]).unwrap_or(usize::MAX));
        let register = latest.expect("an instruction locks only a few registers");
        if let Some(value) = self.registers[register].take() {
            let place = &mut self.places[value];
            place.register = None;
            if place.memory.is_none() {
                let at = self.spill_slot();
                self.places[value].memory = Some(at);
                out.store(at, register as Vector);
                self.spills += 1;
            }
        }
        register
    }

    /// After the operation of this time: what was read for the last time gives its register back.
    pub fn finish(&mut self, time: usize) {
        self.unlock();
        self.now = time + 1;
        for register in 0..self.registers.len() {
            let Some(value) = self.registers[register] else { continue };
            let place = &mut self.places[value];
            place.used += place.next_uses().iter().take_while(|next| **next <= time).count();
            if place.next_uses().is_empty() {
                self.registers[register] = None;
                place.register = None;
            }
        }
    }

    /// The instruction is done: its registers may be taken again.
    pub fn unlock(&mut self) {
        self.locked.fill(false);
    }

    /// As [`Allocator::unlock`], with some exceptions.
    pub fn unlock_all_but(&mut self, kept: &[Vector]) {
        self.unlock();
        for register in kept {
            self.locked[usize::from(*register)] = true;
        }
    }

    /// Where a value is: in a register, or else in memory.
    pub fn place(&self, value: Value) -> Operand {
        let place = &self.places[value];
        let in_memory = || Operand::Memory(place.memory.expect("a value that is asked for is somewhere"));
        place.register.map_or_else(in_memory, Operand::Register)
    }

    /// A place in memory that is nobody's.
    pub fn spill_slot(&mut self) -> Address {
        let offset = self.next_spill;
        self.next_spill += self.bytes;
        Address { base: Base::Common, offset }
    }
}
