//! The functions of a module. Each takes the step that all descents of the group are at and the one to stop before, and returns
//! whether any of them goes on.

use super::calls::Calls;
use super::layout::{Layout, PARTS};
use super::writer::{Local, STEP, UNTIL, Writer, Written};
use crate::engine::classes::{Class, Classes};
use crate::expr::NodeId;
use crate::sweep::{FormulaSweep, Input, Stage};
use wasm_encoder::BlockType;

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

/// The names of the functions, in their order.
pub const NAMES: [&str; 4] = ["look", "steps", "watched", "last"];

/// Those that follow descents.
pub fn functions(spec: &FormulaSweep, layout: &Layout, calls: &Calls) -> [Written; NAMES.len()] {
    let classes = Classes::new(spec);
    let begun = || Begun::new(spec, &classes, layout, calls);
    let [steps, watched, last] = [Kind::Steps, Kind::Watched, Kind::Last].map(|kind| begun().followed(kind));
    [begun().look(), steps, watched, last]
}

/// That which tells what is [asked](Layout::asked).
pub fn asked(spec: &FormulaSweep, layout: &Layout, calls: &Calls) -> Written {
    Begun::new(spec, &Classes::new(spec), layout, calls).asked()
}

/// A function whose inputs are loaded.
pub struct Begun<'a> {
    pub writer: Writer<'a>,
    pub spec: &'a FormulaSweep,
    /// What is found in every step, in those that are judged, and to make the next.
    every: Vec<Stage>,
    judge: Vec<Stage>,
    advance: Vec<Stage>,
    /// Masks of the descents that go on, and of those whose stop test holds.
    pub alive: Local,
    pub held: Local,
}

impl<'a> Begun<'a> {
    fn new(spec: &'a FormulaSweep, classes: &'a Classes, layout: &'a Layout, calls: &'a Calls) -> Self {
        let mut writer = Writer::new(spec, classes, layout, calls);
        let program = &spec.program;
        writer.load_inputs();
        let prepared = program.schedule(&writer.prepared());
        writer.stages(&prepared);
        let (alive, held) = (writer.vectors(), writer.vectors());
        for (slot, first) in [(layout.alive, alive), (layout.held, held)] {
            load(&mut writer, slot, first);
        }
        let [judged, advancing] = [program.judged(), program.advancing()].map(|roots| program.graph.needed_by(&roots));
        let moving = writer.operations(|class| class == Class::Moving);
        let (judge, advance): (Vec<NodeId>, Vec<NodeId>) = moving.into_iter().partition(|id| judged[id.index()]);
        // What both read is found before, where not every step is judged.
        let is_shared = |id: &NodeId| program.period() > 1 && advancing[id.index()];
        let (every, judge): (Vec<NodeId>, Vec<NodeId>) = judge.into_iter().partition(is_shared);
        let [every, judge, advance] = [every, judge, advance].map(|nodes| program.schedule(&nodes));
        Self { writer, spec, every, judge, advance, alive, held }
    }

    /// Writes down the loss.
    fn look(mut self) -> Written {
        let program = &self.spec.program;
        self.only(&[program.loss]);
        self.note_loss();
        self.any_alive();
        self.writer.finish()
    }

    /// Writes down what is asked where descents came to rest.
    fn asked(mut self) -> Written {
        let asked = self.spec.program.stop.tested();
        self.only(asked);
        for (id, slot) in asked.iter().zip(&self.writer.layout.asked) {
            (0..PARTS).for_each(|part| self.writer.store(*slot, part, |writer| writer.push(*id, part)));
        }
        self.any_alive();
        self.writer.finish()
    }

    /// What these need, and no more.
    fn only(&mut self, roots: &[NodeId]) {
        let program = &self.spec.program;
        let needed = program.graph.needed_by(roots);
        let moving = self.writer.operations(|class| class == Class::Moving);
        self.begin_step();
        let nodes: Vec<NodeId> = moving.into_iter().filter(|id| needed[id.index()]).collect();
        self.writer.stages(&program.schedule(&nodes));
    }

    fn followed(mut self, kind: Kind) -> Written {
        let layout = self.writer.layout;
        let mut slots = if kind == Kind::Steps { Vec::new() } else { vec![layout.low, layout.high] };
        if kind != Kind::Steps && self.spec.program.is_noisy() {
            slots.extend([layout.origin, layout.sum, layout.squares]);
        }
        let window: Vec<(usize, Local)> = slots.into_iter().map(|slot| (slot, self.writer.vectors())).collect();
        for (slot, first) in &window {
            load(&mut self.writer, *slot, *first);
        }
        let window_at: Vec<Local> = window.iter().map(|(_, first)| *first).collect();
        let [every, judge, advance] = [&mut self.every, &mut self.judge, &mut self.advance].map(std::mem::take);
        if kind == Kind::Last {
            self.begin_step();
            self.writer.stages(&every);
            self.judged(&judge, &window_at, None);
            self.note_loss();
        } else {
            let noise = self.writer.noise();
            self.writer.out().block(BlockType::Empty).loop_(BlockType::Empty);
            self.writer.out().local_get(STEP).local_get(UNTIL).i32_ge_u().br_if(1);
            self.begin_step();
            self.writer.stages(&every);
            self.judged_when_due(&judge, &window_at);
            self.writer.draw(&noise);
            self.writer.stages(&advance);
            self.carry();
            self.writer.out().local_get(STEP).i32_const(1).i32_add().local_set(STEP).br(0).end().end();
            self.store_carried();
        }
        let kept = [(layout.alive, self.alive), (layout.held, self.held)].into_iter().chain(window);
        kept.for_each(|(slot, first)| store(&mut self.writer, slot, first));
        self.any_alive();
        self.writer.finish()
    }

    /// What all lanes have in common in a step.
    fn begin_step(&mut self) {
        self.writer.step_number();
        let stepwise = self.writer.operations(|class| class == Class::Stepwise);
        self.writer.straight(&stepwise);
    }
}

/// What is carried, and what comes of it.
impl Begun<'_> {
    /// The first local of a carried value, and how many there are.
    fn carried(&self, carried: usize) -> Option<(Local, usize)> {
        let id = self.writer.input(Input::Carried(carried))?;
        Some((self.writer.local(id)?, self.writer.parts(id)))
    }

    pub fn carried_local(&self, carried: usize, part: usize) -> Local {
        let (first, parts) = self.carried(carried).expect("every parameter is an input of the graph");
        first + part.min(parts - 1) as Local
    }

    pub fn push_carried(&mut self, carried: usize, part: usize) {
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
    pub fn any_alive(&mut self) {
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
