//! What machine code works on: vectors behind three pointers.
//!
//! A *lane group* is the lanes that are stepped together: [`Layout::parts`] vectors, whose operations are interleaved so
//! that none waits for its own result.

use super::machine::{Address, Base, Isa};

/// A vector for each part of a group, or one that all parts share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    pub base: Base,
    /// Place of its first vector.
    pub vector: usize,
    pub per_part: bool,
}

/// Where everything is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    pub isa: Isa,
    /// Interleaved vectors of a group.
    pub parts: usize,
    /// Numbers per lane: knobs, carried values, the bar, what is watched, what is prepared. They move with it.
    pub of_lanes: usize,
    /// Slot of each knob that differs between lanes.
    pub knobs: Vec<Option<usize>>,
    /// Slot of each carried value that differs between lanes.
    pub carried: Vec<Option<usize>>,
    /// The bar on |loss|.
    pub bar: usize,
    /// The first of three: the least and the largest loss since they were set, and bits that are not zero where the stop test
    /// holds and must go on holding. Only the watching loop knows them.
    pub watch: usize,
    /// The first of what is prepared, in the order of the classes' `setup`.
    pub prepared: usize,
    /// Vectors behind [`Base::Common`], room for values on their way included.
    pub common: usize,
    pub loss: Slot,
    /// What the stop test looks at, in its order.
    pub tested: Vec<Slot>,
    /// Where a lane has come to an end: bits that are not zero.
    pub ended: Slot,
    /// The first of what these must be below, in the same order.
    pub tolerances: Slot,
    /// The first of the constants that instructions need, in the order of their bits in `constants`.
    pub literals: Slot,
    pub constants: Vec<u64>,
    /// The first of what never changes, in the order of the classes' `fixed`.
    pub fixed: Slot,
    /// What calls of functions outside need.
    pub calls: Slot,
    /// Vectors of a row: in the order of the classes' `stepwise`, then what is drawn.
    pub row: usize,
    /// The first of the rule's noise, in the order of `noise`.
    pub drawn: Slot,
    /// Of each number of it the parameter, and which half.
    pub noise: Vec<(u32, u32)>,
    /// The first of the rows of the step's batch.
    pub batch: Slot,
    /// The largest |parameter| of a descent that goes on, where steps are not judged.
    pub limit: Slot,
}

impl Layout {
    /// A group of one vector, with `of_lanes` vectors behind [`Base::Lanes`] and nothing else.
    pub fn plain(isa: Isa, of_lanes: usize) -> Self {
        let nowhere = Slot { base: Base::Common, vector: 0, per_part: false };
        Self {
            isa,
            parts: 1,
            of_lanes,
            knobs: Vec::new(),
            carried: Vec::new(),
            bar: 0,
            watch: 0,
            prepared: 0,
            common: 0,
            loss: nowhere,
            tested: Vec::new(),
            ended: nowhere,
            tolerances: nowhere,
            literals: nowhere,
            constants: Vec::new(),
            calls: nowhere,
            fixed: nowhere,
            row: 0,
            drawn: nowhere,
            noise: Vec::new(),
            batch: nowhere,
            limit: nowhere,
        }
    }

    /// Where a part's vector of a slot is.
    pub fn at(&self, slot: Slot, part: usize) -> Address {
        let part = if slot.per_part { part } else { 0 };
        Address { base: slot.base, offset: ((slot.vector + part) * self.isa.bytes()) as i32 }
    }

    /// The slot of a number of the lanes.
    pub fn lane_slot(&self, number: usize) -> Slot {
        Slot { base: Base::Lanes, vector: number * self.parts, per_part: true }
    }

    /// The slot of a number of the rule's noise.
    pub fn drawn(&self, at: usize) -> Slot {
        Slot { vector: self.drawn.vector + at * self.parts, ..self.drawn }
    }

    /// What a tested number must be below.
    pub fn tolerance(&self, tested: usize) -> Slot {
        Slot { vector: self.tolerances.vector + tested, ..self.tolerances }
    }

    /// The slot of something that is prepared.
    pub fn prepared(&self, at: usize) -> Slot {
        self.lane_slot(self.prepared + at)
    }

    /// Numbers of a vector.
    pub fn width_of_part(&self, is_wide: bool) -> usize {
        self.isa.bytes() / if is_wide { size_of::<f64>() } else { size_of::<f32>() }
    }

    /// Lanes of a group, for numbers of `bytes` bytes.
    pub fn width(&self, bytes: usize) -> usize {
        self.parts * self.isa.bytes() / bytes
    }
}
