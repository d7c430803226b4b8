//! A function of the machine code as what is done one after the other.

use super::expand::Flats;
use super::flat::{At, Flat, RowStage, Stage};

/// One thing to do.
#[derive(Debug, Clone, Copy)]
pub enum Action<'a> {
    /// An operation, for one vector of the group.
    Operation(At, usize),
    /// A loop over rows begins, and with it its first row.
    BeginRows(&'a RowStage),
    /// The row ends, and with the last one the loop.
    EndRows(&'a RowStage),
    /// Whoever has ended leaves.
    Test,
    /// What the lanes carry becomes what is next.
    StoreNext,
    /// What was prepared, by its place in the classes' `setup`, goes where the steps find it.
    Keep(usize),
}

/// Operations that are written for one vector before those of the next: as many as a processor looks ahead, so that it does
/// those of all vectors side by side, while few values wait in registers.
const TOGETHER: usize = 24;
/// Likewise of nodes that are one operation each: so many that a division for one vector is made while others are multiplied. Adam
/// on two parameters gains an eighth in f32 and a fifth in f64 over one operation at a time; what does not divide gains nothing.
const PLAIN: usize = 48;

/// Writes scripts for groups of so many vectors.
#[derive(Debug, Clone, Copy)]
pub struct Script {
    pub parts: usize,
}

impl Script {
    /// Of a step.
    pub fn step(self, flats: &Flats) -> Vec<Action<'_>> {
        let mut actions = Vec::new();
        self.stages(&flats.judge, &mut actions);
        actions.push(Action::Test);
        if flats.unjudged.is_none() {
            self.stages(&flats.advance, &mut actions);
            actions.push(Action::StoreNext);
        }
        actions
    }

    /// Of a step that is not judged.
    pub fn unjudged(self, stages: &[Stage]) -> Vec<Action<'_>> {
        let mut actions = Vec::new();
        self.stages(stages, &mut actions);
        actions.push(Action::StoreNext);
        actions
    }

    /// Of what is prepared.
    pub fn setup(self, flats: &Flats) -> Vec<Action<'_>> {
        let mut actions = Vec::new();
        for (at, list) in flats.prepared.iter().enumerate() {
            self.list(list, TOGETHER, &mut actions);
            actions.push(Action::Keep(at));
        }
        actions
    }

    fn stages<'a>(self, stages: &'a [Stage], actions: &mut Vec<Action<'a>>) {
        for stage in stages {
            match stage {
                Stage::Straight(lists) => {
                    for lists in lists.chunk_by(|a, b| a.len() == 1 && b.len() == 1) {
                        let most = if lists[0].len() == 1 { PLAIN } else { TOGETHER };
                        self.list(&lists.concat(), most, actions);
                    }
                }
                Stage::Rows(rows) => {
                    actions.push(Action::BeginRows(rows));
                    rows.body.iter().for_each(|list| self.list(list, TOGETHER, actions));
                    actions.push(Action::EndRows(rows));
                }
            }
        }
    }

    fn list(self, list: &[At], most: usize, actions: &mut Vec<Action<'_>>) {
        for together in list.chunks(most) {
            for part in 0..self.parts {
                actions.extend(together.iter().map(|at| Action::Operation(*at, part)));
            }
        }
    }
}

impl Action<'_> {
    /// The values that it reads of which the list knows.
    pub fn reads(self, flat: &Flat) -> Vec<At> {
        match self {
            Self::Operation(at, _) => flat.operation(at).into_iter().flat_map(super::flat::Operation::reads).collect(),
            Self::EndRows(rows) => rows.carried.iter().map(|(_, next)| *next).collect(),
            Self::BeginRows(..) | Self::Test | Self::StoreNext | Self::Keep(_) => Vec::new(),
        }
    }
}
