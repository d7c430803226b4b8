//! The functions of a module. Each takes the step that all descents of the group are at and the one to stop before, and returns
//! whether any of them goes on.

use super::layout::{Layout, PARTS};
use super::packed::Packed;
use super::writer::{Local, STEP, UNTIL, Writer};
use crate::engine::classes::{Class, Classes};
use crate::expr::NodeId;
use crate::sweep::{FormulaSweep, Input, Stage};
use wasm_encoder::{BlockType, ValType};

/// What a function does besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Makes steps as long as any descent goes on.
    Steps,
    /// And keeps the least and the largest loss.
    Watched,
    /// Judges the descents where they have no steps left, makes none, and keeps the same.
    Last,
}

/// All functions of a module: name, locals and body of each.
pub fn functions(spec: &FormulaSweep, layout: &Layout) -> Vec<(&'static str, Vec<ValType>, Vec<u8>)> {
    let classes = Classes::new(spec);
    let begun = || Begun::new(spec, &classes, layout);
    let followed = [("steps", Kind::Steps), ("watched", Kind::Watched), ("last", Kind::Last)];
    let followed = followed.map(|(name, kind)| (name, begun().followed(kind)));
    let all = std::iter::once(("look", begun().look())).chain(followed);
    all.map(|(name, (locals, body))| (name, locals, body)).collect()
}

/// A function whose inputs are loaded.
struct Begun<'a> {
    writer: Writer<'a>,
    spec: &'a FormulaSweep,
    judge: Vec<Stage>,
    advance: Vec<Stage>,
    /// Masks of the descents that go on, and of those whose stop test holds.
    alive: Local,
    held: Local,
}

impl<'a> Begun<'a> {
    fn new(spec: &'a FormulaSweep, classes: &'a Classes, layout: &'a Layout) -> Self {
        let mut writer = Writer::new(spec, classes, layout);
        let program = &spec.program;
        writer.load_inputs();
        let prepared = program.schedule(&writer.prepared());
        writer.stages(&prepared);
        let (alive, held) = (writer.vectors(), writer.vectors());
        for (slot, first) in [(layout.alive, alive), (layout.held, held)] {
            load(&mut writer, slot, first);
        }
        let judged = program.graph.needed_by(&program.judged());
        let moving = writer.operations(|class| class == Class::Moving);
        let (judge, advance): (Vec<NodeId>, Vec<NodeId>) = moving.into_iter().partition(|id| judged[id.index()]);
        let [judge, advance] = [judge, advance].map(|nodes| program.schedule(&nodes));
        Self { writer, spec, judge, advance, alive, held }
    }

    /// Writes down the loss.
    fn look(mut self) -> (Vec<ValType>, Vec<u8>) {
        let program = &self.spec.program;
        let needed = program.graph.needed_by(&[program.loss]);
        let moving = self.writer.operations(|class| class == Class::Moving);
        self.judge = program.schedule(&moving.into_iter().filter(|id| needed[id.index()]).collect::<Vec<_>>());
        self.begin_step();
        self.note_loss();
        self.any_alive();
        self.writer.finish()
    }

    fn followed(mut self, kind: Kind) -> (Vec<ValType>, Vec<u8>) {
        let layout = self.writer.layout;
        let window = (kind != Kind::Steps).then(|| [layout.low, layout.high].map(|slot| (slot, self.writer.vectors())));
        window.iter().flatten().for_each(|(slot, first)| load(&mut self.writer, *slot, *first));
        if kind == Kind::Last {
            self.judged(window, kind);
            self.note_loss();
        } else {
            self.writer.out().block(BlockType::Empty).loop_(BlockType::Empty);
            self.writer.out().local_get(STEP).local_get(UNTIL).i32_ge_u().br_if(1);
            self.judged(window, kind);
            let advance = std::mem::take(&mut self.advance);
            self.writer.stages(&advance);
            self.carry();
            self.writer.out().local_get(STEP).i32_const(1).i32_add().local_set(STEP).br(0).end().end();
            self.store_carried();
        }
        let kept =
            [(layout.alive, self.alive), (layout.held, self.held)].into_iter().chain(window.into_iter().flatten());
        kept.for_each(|(slot, first)| store(&mut self.writer, slot, first));
        self.any_alive();
        self.writer.finish()
    }

    /// What is found once per step, and what judges it.
    fn begin_step(&mut self) {
        self.writer.step_number();
        let stepwise = self.writer.operations(|class| class == Class::Stepwise);
        self.writer.straight(&stepwise);
        let judge = std::mem::take(&mut self.judge);
        self.writer.stages(&judge);
    }

    /// Judges the step: who has come to an end is told, and no longer goes on.
    fn judged(&mut self, window: Option<[(usize, Local); 2]>, kind: Kind) {
        self.begin_step();
        let loss = self.spec.program.loss;
        let packed = self.writer.packed;
        for part in 0..PARTS {
            let [low, high] = window.map_or([None; 2], |window| window.map(|(_, first)| Some(first + part as Local)));
            for (kept, is_low) in low.map(|local| (local, true)).into_iter().chain(high.map(|local| (local, false))) {
                self.writer.out().local_get(kept);
                self.writer.push(loss, part);
                let beyond = if is_low { Packed::lower } else { Packed::higher };
                beyond(packed, &mut self.writer.out());
                self.writer.out().local_set(kept);
            }
        }
        let masks = [0; 2].map(|_| self.writer.vectors());
        (0..PARTS).for_each(|part| self.tests(part, masks));
        if kind != Kind::Last {
            self.events(masks);
            self.writer.out().if_(BlockType::Empty);
        }
        (0..PARTS).for_each(|part| self.ends(part, masks, kind));
        if kind != Kind::Last {
            // Out of the loop where nobody goes on.
            self.any_alive();
            self.writer.out().i32_eqz().br_if(2).end();
        }
    }

    /// Masks of a part: where loss and parameters are within their bounds, and where the stop test holds besides.
    fn tests(&mut self, part: usize, [within, holds]: [Local; 2]) {
        let program = &self.spec.program;
        let (packed, layout) = (self.writer.packed, self.writer.layout);
        let writer = &mut self.writer;
        writer.push(program.loss, part);
        packed.abs(&mut writer.out());
        writer.load(layout.bar, part);
        packed.le(&mut writer.out());
        self.parameters_within(part);
        let writer = &mut self.writer;
        writer.out().v128_and().local_tee(within + part as Local);
        for (tested, tolerance) in program.stop.tested().iter().zip(&layout.tolerances) {
            writer.push(*tested, part);
            packed.abs(&mut writer.out());
            writer.load(*tolerance, part);
            packed.lt(&mut writer.out());
            writer.out().v128_and();
        }
        writer.out().local_set(holds + part as Local);
    }

    /// Pushes where every parameter of a part is within its limit.
    fn parameters_within(&mut self, part: usize) {
        let program = &self.spec.program;
        let limit = self.writer.packed.constant(program.parameter_limit());
        for (at, parameter) in program.parameters.iter().enumerate() {
            let packed = self.writer.packed;
            self.push_carried(parameter.hi, part);
            packed.abs(&mut self.writer.out());
            self.writer.out().v128_const(limit);
            packed.le(&mut self.writer.out());
            if at > 0 {
                self.writer.out().v128_and();
            }
        }
    }

    /// Pushes whether something happens to any descent that goes on: it ends, or its stop test begins, goes on or ceases to
    /// hold.
    fn events(&mut self, [within, holds]: [Local; 2]) {
        for part in 0..PARTS as Local {
            let (alive, held) = (self.alive + part, self.held + part);
            let mut out = self.writer.out();
            out.local_get(within + part).v128_not().local_get(holds + part).v128_or();
            out.local_get(held).v128_or().local_get(alive).v128_and();
            if part > 0 {
                out.v128_or();
            }
        }
        self.writer.out().v128_any_true();
    }

    /// Writes down which descents of a part end here, and where the stop test begins to hold.
    fn ends(&mut self, part: usize, [within, holds]: [Local; 2], kind: Kind) {
        let layout = self.writer.layout;
        let [bad, hold, begins, arrives] = [0; 4].map(|_| self.writer.locals(1, ValType::V128));
        let [alive, held, within, holds] = [self.alive, self.held, within, holds].map(|first| first + part as Local);
        let packed = self.writer.packed;
        let mut out = self.writer.out();
        out.local_get(alive).local_get(within).v128_andnot().local_set(bad);
        out.local_get(alive).local_get(holds).v128_and().local_tee(hold);
        out.local_get(held).v128_andnot().local_set(begins);
        self.note_begins(part, begins);
        // Counts down where it goes on holding.
        let confirmation = packed.count(self.spec.confirmation());
        self.writer.store(layout.left, part, |writer| {
            writer.out().v128_const(confirmation);
            writer.load(layout.left, part);
            writer.out().v128_const(packed.count(1));
            packed.minus(&mut writer.out());
            writer.out().local_get(begins).v128_bitselect();
        });
        self.writer.out().local_get(hold);
        if kind != Kind::Last {
            self.writer.load(layout.left, part);
            self.writer.out().v128_const(packed.count(0));
            packed.same(&mut self.writer.out());
            self.writer.out().v128_and();
        }
        self.writer.out().local_set(arrives);
        self.writer.store_where(layout.code, part, arrives, |writer| {
            writer.out().v128_const(packed.count(Layout::ARRIVED));
        });
        self.note_divergence(part, bad);
        let mut out = self.writer.out();
        out.local_get(hold).local_set(held);
        out.local_get(alive).local_get(bad).local_get(arrives).v128_or().v128_andnot().local_set(alive);
    }

    /// Where the stop test begins to hold.
    fn note_begins(&mut self, part: usize, begins: Local) {
        let layout = self.writer.layout;
        self.note_step(layout.held_since, part, begins);
        let loss = self.spec.program.loss;
        self.writer.store_where(layout.held_loss, part, begins, |writer| writer.push(loss, part));
        self.note_carried(&layout.held_at, part, begins);
    }

    fn note_divergence(&mut self, part: usize, bad: Local) {
        let layout = self.writer.layout;
        let (packed, loss) = (self.writer.packed, self.spec.program.loss);
        self.note_step(layout.steps, part, bad);
        self.writer.store_where(layout.last_loss, part, bad, |writer| writer.push(loss, part));
        self.note_carried(&layout.last_at, part, bad);
        let usable = self.writer.locals(1, ValType::V128);
        let largest = packed.constant(self.spec.program.precision.largest());
        self.writer.push(loss, part);
        packed.abs(&mut self.writer.out());
        self.writer.out().v128_const(largest);
        packed.le(&mut self.writer.out());
        self.parameters_within(part);
        self.writer.out().v128_and().local_set(usable);
        self.writer.store_where(layout.code, part, bad, |writer| {
            let codes = [Layout::DIVERGED, Layout::OVERFLOWED].map(|code| packed.count(code));
            writer.out().v128_const(codes[0]).v128_const(codes[1]).local_get(usable).v128_bitselect();
        });
    }

    /// The number of the step, in the lanes of a mask.
    fn note_step(&mut self, slot: usize, part: usize, mask: Local) {
        let packed = self.writer.packed;
        self.writer.store_where(slot, part, mask, |writer| {
            writer.out().local_get(STEP);
            packed.spread_count(&mut writer.out());
        });
    }

    /// What is carried of parameters, likewise.
    fn note_carried(&mut self, slots: &[usize], part: usize, mask: Local) {
        for (slot, carried) in slots.iter().zip(self.spec.program.reported()) {
            let node = self.carried_local(carried, part);
            self.writer.store_where(*slot, part, mask, |writer| writer.get(node));
        }
    }
}

/// What is carried, and what comes of it.
impl Begun<'_> {
    /// The first local of a carried value, and how many there are.
    fn carried(&self, carried: usize) -> Option<(Local, usize)> {
        let id = self.writer.input(Input::Carried(carried))?;
        Some((self.writer.local(id)?, self.writer.parts(id)))
    }

    fn carried_local(&self, carried: usize, part: usize) -> Local {
        let (first, parts) = self.carried(carried).expect("every parameter is an input of the graph");
        first + part.min(parts - 1) as Local
    }

    fn push_carried(&mut self, carried: usize, part: usize) {
        let local = self.carried_local(carried, part);
        self.writer.out().local_get(local);
    }

    /// The next carried values take the place of the present ones, all at once.
    fn carry(&mut self) {
        let mut to = Vec::new();
        for (at, carried) in self.spec.program.carried.iter().enumerate() {
            let Some((first, parts)) = self.carried(at) else { continue };
            for part in 0..parts {
                self.writer.push(carried.next, part);
                to.push(first + part as Local);
            }
        }
        to.into_iter().rev().for_each(|local| self.writer.set(local));
    }

    fn store_carried(&mut self) {
        for at in 0..self.spec.program.carried.len() {
            let Some((first, parts)) = self.carried(at) else { continue };
            let slot = self.writer.layout.carried[at];
            for part in 0..parts {
                self.writer.store(slot, part, |writer| writer.get(first + part as Local));
            }
        }
    }

    fn note_loss(&mut self) {
        let (slot, loss) = (self.writer.layout.loss, self.spec.program.loss);
        (0..PARTS).for_each(|part| self.writer.store(slot, part, |writer| writer.push(loss, part)));
    }

    /// Pushes whether any descent goes on.
    fn any_alive(&mut self) {
        for part in 0..PARTS as Local {
            self.writer.out().local_get(self.alive + part);
            if part > 0 {
                self.writer.out().v128_or();
            }
        }
        self.writer.out().v128_any_true();
    }
}

fn load(writer: &mut Writer<'_>, slot: usize, first: Local) {
    for part in 0..PARTS {
        writer.load(slot, part);
        writer.out().local_set(first + part as Local);
    }
}

fn store(writer: &mut Writer<'_>, slot: usize, first: Local) {
    (0..PARTS).for_each(|part| writer.store(slot, part, |writer| writer.get(first + part as Local)));
}
