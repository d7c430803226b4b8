//! Operations of the graph → instructions.

use super::calls::Function;
use super::layout::PARTS;
use super::writer::{Local, STEP, Writer};
use crate::expr::{Binary, Comparison, Node, NodeId, Unary};
use crate::sweep::{Fold, Input, RowLoop, Stage};
use wasm_encoder::{BlockType, MemArg, MemArgTarget, ValType};

impl Writer<'_> {
    /// Some operations, one after the other.
    pub fn straight(&mut self, nodes: &[NodeId]) {
        for id in nodes {
            self.operation(*id);
        }
    }

    pub fn stages(&mut self, stages: &[Stage]) {
        for stage in stages {
            match stage {
                Stage::Straight(nodes) => self.straight(nodes),
                Stage::Rows(rows) => self.rows(rows),
            }
        }
    }

    /// The number of the step about to be made, for whoever reads it.
    pub fn step_number(&mut self) {
        let Some(id) = self.input(Input::StepNumber) else { return };
        let first = self.take(id);
        let packed = self.packed;
        self.out().local_get(STEP).i32_const(1).i32_add();
        packed.spread_number(&mut self.out());
        self.out().local_set(first);
    }

    /// One operation, for every part.
    fn operation(&mut self, id: NodeId) {
        let first = self.take(id);
        for part in 0..self.parts(id) {
            self.value(id, part);
            self.out().local_set(first + part as Local);
        }
    }

    /// Pushes a part of what an operation comes to.
    fn value(&mut self, id: NodeId, part: usize) {
        let packed = self.packed;
        match self.program.graph.node(id) {
            Node::Unary(Unary::Sign, a) => self.sign(a, part),
            Node::Unary(op, a) => self.unary(op, a, part),
            Node::Binary(Binary::Min, a, b) => self.min_max((a, b), (b, a), part),
            Node::Binary(Binary::Max, a, b) => self.min_max((a, b), (a, b), part),
            Node::Binary(op, a, b) => self.binary(op, a, b, part),
            Node::Compare(op, a, b) => {
                self.push(a, part);
                self.push(b, part);
                let out = &mut self.out();
                match op {
                    Comparison::Equal => packed.eq(out),
                    Comparison::Less => packed.lt(out),
                    Comparison::LessEqual => packed.le(out),
                }
            }
            Node::Select(condition, a, b) => {
                self.push(a, part);
                self.push(b, part);
                self.push(condition, part);
                self.out().v128_bitselect();
            }
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Sum(..) | Node::Largest(..) => {
                unreachable!("sources are no operations, and loops are written elsewhere")
            }
        }
    }

    fn unary(&mut self, op: Unary, a: NodeId, part: usize) {
        if self.function(Function::One(op), &[a], part).is_some() {
            return;
        }
        self.push(a, part);
        let packed = self.packed;
        let out = &mut self.out();
        match op {
            Unary::Neg => packed.neg(out),
            Unary::Abs => packed.abs(out),
            Unary::Sqrt => packed.sqrt(out),
            Unary::Floor => packed.floor(out),
            _ => unreachable!("{op:?} is made of primitive operations"),
        }
    }

    fn binary(&mut self, op: Binary, a: NodeId, b: NodeId, part: usize) {
        if self.function(Function::Two(op), &[a, b], part).is_some() {
            return;
        }
        self.push(a, part);
        self.push(b, part);
        let packed = self.packed;
        let out = &mut self.out();
        match op {
            Binary::Add => packed.add(out),
            Binary::Sub => packed.sub(out),
            Binary::Mul => packed.mul(out),
            Binary::Div => packed.div(out),
            _ => unreachable!("{op:?} is made of primitive operations"),
        }
    }

    /// 1 above 0, −1 below 0, else the number itself.
    fn sign(&mut self, a: NodeId, part: usize) {
        let packed = self.packed;
        let [zero, one, minus_one] = [0.0, 1.0, -1.0].map(|value| packed.constant(value));
        self.out().v128_const(one).v128_const(minus_one);
        self.push(a, part);
        self.push(a, part);
        self.out().v128_const(zero);
        packed.lt(&mut self.out());
        self.out().v128_bitselect().v128_const(zero);
        self.push(a, part);
        packed.lt(&mut self.out());
        self.out().v128_bitselect();
    }

    /// The second of `order` where the first is below it, the first of `values` where these are equal, and not a number where
    /// one is none: as in `expr/values.rs`.
    fn min_max(&mut self, values: (NodeId, NodeId), order: (NodeId, NodeId), part: usize) {
        let packed = self.packed;
        let (a, b) = values;
        // b where b is beyond a, else a where it is not beyond b, else the sum, which is none.
        self.push(b, part);
        self.push(a, part);
        self.push(a, part);
        self.push(b, part);
        packed.add(&mut self.out());
        self.push(order.1, part);
        self.push(order.0, part);
        packed.le(&mut self.out());
        self.out().v128_bitselect();
        self.push(order.0, part);
        self.push(order.1, part);
        packed.lt(&mut self.out());
        self.out().v128_bitselect();
    }

    /// A loop over rows, of the data or of the step's batch. All lanes are in the same row, which is loaded once for all.
    fn rows(&mut self, rows: &RowLoop) {
        let graph = &self.program.graph;
        let results: Vec<Local> = rows.results.iter().map(|id| self.take(*id)).collect();
        let largest = rows.results.iter().filter(|id| matches!(graph.node(**id), Node::Largest(..))).count();
        let mut spare = (0..largest).map(|_| self.vectors()).collect::<Vec<_>>().into_iter();
        let [slot, row] = [0; 2].map(|_| self.locals(1, ValType::I32));
        let zero = self.packed.constant(0.0);
        for first in &results {
            for part in 0..PARTS as Local {
                self.out().v128_const(zero).local_set(first + part);
            }
        }
        self.out().i32_const(0).local_set(slot).loop_(BlockType::Empty);
        match self.calls.row.filter(|_| rows.batch) {
            Some(number) => self.out().local_get(STEP).local_get(slot).call(number),
            None => self.out().local_get(slot),
        };
        let bytes = self.layout.lane_bytes as i32;
        self.out().i32_const(bytes).i32_mul().local_set(row);
        self.columns(rows, row);
        self.straight(&rows.body);
        // They come in the order of the results.
        let folds = rows.folds(graph, Some, || None);
        for (fold, to) in folds.into_iter().zip(results) {
            match fold {
                Fold::Sum { of: Some(of), .. } => self.add_row(to, of),
                Fold::Largest { key: Some(key), value: Some(value), .. } => {
                    let best = spare.next().unwrap_or_default();
                    self.keep_largest(slot, [best, to], [key, value]);
                }
                _ => unreachable!("nodes have places"),
            }
        }
        self.out().local_get(slot).i32_const(1).i32_add().local_tee(slot);
        self.out().i32_const(rows.rows.cast_signed()).i32_lt_u().br_if(0).end();
    }

    /// The columns of a row, each in all lanes.
    fn columns(&mut self, rows: &RowLoop, row: Local) {
        let graph = &self.program.graph;
        for (at, node) in graph.nodes().iter().enumerate() {
            let Node::Column(number) = node else { continue };
            if !rows.columns.contains(number) {
                continue;
            }
            let id = graph.id_at(at);
            let local = self.locals(1, ValType::V128);
            self.is_at(id, local);
            let offset = self.layout.columns[*number as usize].at as u64;
            let wide = self.packed.wide;
            let mut out = self.out();
            out.local_get(row);
            let memory = |align| MemArg { offset, align, target: MemArgTarget::default(), ordering: None };
            if wide {
                out.v128_load64_splat(memory(3))
            } else {
                out.v128_load32_splat(memory(2))
            };
            out.local_set(local);
        }
    }

    fn add_row(&mut self, to: Local, of: NodeId) {
        let packed = self.packed;
        for part in 0..PARTS {
            let to = to + part as Local;
            self.out().local_get(to);
            self.push(of, part);
            packed.add(&mut self.out());
            self.out().local_set(to);
        }
    }

    /// Keeps key and value of a row where it is the first, its key is larger, or none.
    fn keep_largest(&mut self, slot: Local, [best, to]: [Local; 2], [key, value]: [NodeId; 2]) {
        let packed = self.packed;
        let mask = self.locals(1, ValType::V128);
        for part in 0..PARTS {
            let [best, to] = [best, to].map(|first| first + part as Local);
            self.out().local_get(best);
            self.push(key, part);
            packed.lt(&mut self.out());
            self.push(key, part);
            self.push(key, part);
            packed.ne(&mut self.out());
            // All bits in the first row.
            self.out()
                .v128_or()
                .local_get(slot)
                .i32_eqz()
                .i32_const(-1)
                .i32_mul()
                .i32x4_splat()
                .v128_or()
                .local_set(mask);
            for (kept, new) in [(best, key), (to, value)] {
                self.push(new, part);
                self.out().local_get(kept).local_get(mask).v128_bitselect().local_set(kept);
            }
        }
    }
}
