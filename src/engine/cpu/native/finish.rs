//! The ends of descents: which of them end at a step, and what is written down of them.

use super::losses::Losses;
use super::mask::{MAX_LANES, Mask, above, differing, first_lanes, flagged, lanes_of, mask_of, within};
use super::run::Run;
use super::watching::WINDOW;
use crate::expr::Real;
use crate::sweep::{InitialValue, Outcome, Signs, moves};

impl<T: Real> Run<'_, T> {
    /// Writes down every descent of the group that ends `made` steps into the block; gives whether others go on. Where that step was not
    /// `judged`, machine code left nothing that was found in it.
    pub(super) fn end_descents(&mut self, group: usize, (made, judged): (u64, bool), block: u64) -> bool {
        let now = self.step + made;
        let marks = self.groups.marks[group];
        let active = marks.active;
        let ended = self.found(self.kernel.layout.ended);
        let flagged = if judged { flagged(ended) } else { 0 };
        // The machine code does not look at parameters. One that is not finite stays so: a look now and then is enough.
        // With batches one that is too large may become smaller again, and steps stop at it in any lane.
        let batches = self.takes_batches();
        let looked_at = if batches { first_lanes(self.groups.width) } else { active };
        let looked_at = if batches || now.is_power_of_two() { looked_at } else { 0 };
        let lost = looked_at & !self.within_limit(group, looked_at);
        let due = marks.soonest <= now;
        // Whoever has arrived may go on for a while: that costs less than to stop for each.
        let confirming = if made == block || due || batches { marks.confirming } else { 0 };
        if flagged | lost | confirming == 0 && !due {
            return true;
        }
        let flagged = flagged | lost;
        // Nobody else's end is written down with a loss or parameters.
        let usable = self.usable(group, judged, if due { active } else { active & flagged });
        // Whatever they do now, these had arrived before.
        let judged = self.judged(now);
        let mut arrived = self.held_for(group, marks.confirming & flagged, judged.saturating_sub(1));
        let diverged = self.diverged(group, active & flagged & !arrived, usable);
        self.write_ends(group, (diverged, usable), now, |_, _| Outcome::Diverged);
        arrived |= self.confirm(group, (active & flagged & !diverged & !arrived, usable), now);
        arrived |= self.held_for(group, confirming & !flagged, judged);
        let mut out_of_steps = 0;
        if due {
            self.keep_own_windows(group, now);
            out_of_steps = self.groups.last_at(group, now) & !diverged & !arrived;
            arrived |= out_of_steps & self.groups.marks[group].confirming;
            out_of_steps &= !arrived;
        }
        self.write_arrivals(group, arrived);
        self.write_trends(group, (out_of_steps, usable), now);
        self.leave(group, diverged | arrived | out_of_steps, flagged);
        if due {
            self.groups.find_soonest(group, now);
        }
        self.groups.marks[group].active != 0
    }

    /// Takes lanes out whose descents have ended.
    fn leave(&mut self, group: usize, ending: Mask, flagged: Mask) {
        let marks = &mut self.groups.marks[group];
        marks.active &= !ending;
        marks.confirming &= marks.active;
        marks.skipping &= marks.active;
        let active = marks.active;
        let ended = ending.count_ones() as usize;
        self.left -= ended;
        self.done += ended as u64 * (self.steps + 1 - self.step);
        let Some(going_on) = lanes_of(active).next() else { return };
        // Lanes without a descent do what another one does, so that they never end first.
        lanes_of((flagged | ending) & !active).for_each(|lane| self.groups.copy_lane((group, going_on), (group, lane)));
        self.draws.take_data(&self.groups, group);
    }

    /// Those of some lanes that are beyond their bar or no longer finite.
    fn diverged(&self, group: usize, lanes: Mask, usable: Mask) -> Mask {
        let layout = &self.kernel.layout;
        let loss = self.found(layout.loss);
        lanes & !usable | above(lanes, loss, self.groups.numbers(group, layout.bar))
    }

    /// In some lanes the stop test holds, or held for too short a time. Gives those that have arrived at once.
    fn confirm(&mut self, group: usize, (lanes, usable): (Mask, Mask), now: u64) -> Mask {
        if lanes == 0 {
            return 0;
        }
        let (steps, judged) = (u64::from(self.shared.spec.confirmation()), self.judged(now));
        let ended = lanes & self.groups.marks[group].confirming;
        let begun = lanes & !ended;
        let held = self.groups.held_since(group);
        lanes_of(begun).for_each(|lane| held[lane] = judged);
        self.write(group, (begun, usable), now);
        if steps == 0 {
            return begun;
        }
        self.groups.marks[group].confirming ^= lanes;
        let held = self.groups.numbers_mut(group, self.kernel.layout.watch + 2);
        lanes_of(begun).for_each(|lane| held[lane] = -T::MAGNITUDE);
        lanes_of(ended).for_each(|lane| held[lane] = T::ZERO);
        0
    }

    /// Those of some lanes whose stop test had held for long enough at a judged step, by its number.
    fn held_for(&mut self, group: usize, lanes: Mask, judged: u64) -> Mask {
        let steps = u64::from(self.shared.spec.confirmation());
        let held = self.groups.held_since(group);
        mask_of(lanes_of(lanes).filter(|lane| held[*lane] + steps <= judged))
    }

    /// The descents of some lanes have arrived where they were written down.
    fn write_arrivals(&mut self, group: usize, lanes: Mask) {
        self.groups.places(group, lanes).fill(Outcome::Converged as u8, &mut self.chunk.codes);
    }

    /// The descents of some lanes end here.
    fn write_ends(
        &mut self,
        group: usize,
        (lanes, usable): (Mask, Mask),
        now: u64,
        outcome: impl Fn(&Self, usize) -> Outcome,
    ) {
        if lanes == 0 {
            return;
        }
        let unusable = if now > 0 { lanes & !usable } else { 0 };
        let goes_back = if self.takes_batches() { unusable } else { 0 };
        self.go_back_to_judged(group, goes_back);
        self.write(group, (lanes, usable | goes_back), now);
        let mut codes = std::mem::take(&mut self.chunk.codes);
        let cells = self.groups.cells(group);
        lanes_of(lanes).for_each(|lane| codes[cells[lane]] = outcome(self, lane) as u8);
        self.chunk.codes = codes;
        self.redo.extend(lanes_of(unusable & !goes_back).map(|lane| self.groups.cells(group)[lane]));
    }

    /// Writes down where the descents of some lanes are, and the losses of those that are usable.
    fn write(&mut self, group: usize, (lanes, usable): (Mask, Mask), now: u64) {
        if lanes == 0 {
            return;
        }
        let mut chunk = std::mem::take(&mut self.chunk);
        let places = self.groups.places(group, lanes);
        places.fill(now as u32, &mut chunk.steps);
        for lane in lanes_of(lanes & self.groups.marks[group].skipping) {
            // It is where it would be so many steps before its last.
            let before = self.groups.plan(group, lane).last - now;
            chunk.steps[places.cells[lane]] = (self.steps - before) as u32;
        }
        let of_losses = self.groups.places(group, lanes & usable);
        of_losses.write((self.groups.numbers(group, self.numbers.loss_start), None), &mut chunk.loss_start);
        of_losses.write((self.found(self.kernel.layout.loss), None), &mut chunk.loss_final);
        for (number, (hi, lo)) in self.shared.spec.program.handed_over().enumerate() {
            let parts = (self.carried(group, hi), lo.map(|lo| self.carried(group, lo)));
            places.write(parts, &mut chunk.handed[number]);
        }
        self.chunk = chunk;
    }

    /// The descents of some lanes have no steps left.
    fn write_trends(&mut self, group: usize, (lanes, usable): (Mask, Mask), now: u64) {
        if lanes == 0 {
            return;
        }
        let signs = self.signs(group);
        let before = self.numbers.before..;
        let stirring = before.zip(self.shared.spec.program.reported()).fold(0, |stirring, (before, carried)| {
            stirring | differing(self.groups.numbers(group, before), self.carried(group, carried))
        });
        self.write_ends(group, (lanes, usable), now, |run, lane| {
            let moves = || now > 0 && stirring >> lane & 1 == 1 && run.moves(group, lane);
            signs[lane].outcome(moves)
        });
    }

    /// What the losses of the lanes say at the last step.
    fn signs(&self, group: usize) -> [Signs; MAX_LANES] {
        let layout = &self.kernel.layout;
        let window = |first: usize| [first, first + 1].map(|number| self.groups.numbers(group, number));
        let loss = self.found(layout.loss);
        let windows = self.watching.windows;
        let of_means = self.numbers.windows.map(|first| [first, first + WINDOW]);
        let [first, second] = of_means.unwrap_or([self.numbers.first_window, layout.watch]);
        let losses = Losses {
            first: window(first),
            // A window of one step is this one.
            second: if windows.width == 1 { [loss; 2] } else { window(second) },
            means: of_means
                .map(|both| both.map(|first| [2, 3, 4].map(|number| self.groups.numbers(group, first + number)))),
            start: self.groups.numbers(group, self.numbers.loss_start),
            last: loss,
        };
        losses.signs(windows, self.shared.spec.precision.grain())
    }

    /// Whether a parameter of a lane moves in its last step.
    fn moves(&self, group: usize, lane: usize) -> bool {
        let mut before = self.numbers.before..;
        let mut old = || before.next().map_or(0.0, |number| self.groups.numbers(group, number)[lane].to_f64());
        let program = &self.shared.spec.program;
        program.parameters.iter().fold(false, |some, parameter| {
            let part = |carried: usize| self.carried(group, carried)[lane].to_f64();
            let (now, then) =
                (part(parameter.hi) + parameter.lo.map_or(0.0, part), old() + parameter.lo.map_or(0.0, |_| old()));
            // Where it began is looked up only where that can matter.
            some || (moves(0.0, then, now) && moves(self.start(group, lane, parameter.hi), then, now))
        })
    }

    /// Where a parameter of a lane began.
    fn start(&self, group: usize, lane: usize, hi: usize) -> f64 {
        let spec = self.shared.spec;
        match spec.program.carried[hi].initial {
            InitialValue::Zero => 0.0,
            InitialValue::Knob(knob) => {
                let place = self.grid.place(self.first_cell + self.groups.cells(group)[lane]);
                T::from_f64(self.grid.value_at(spec.knobs[knob].source, place)).to_f64()
            }
        }
    }

    /// Those of some lanes whose loss, where it was found, and parameters are finite.
    fn usable(&self, group: usize, judged: bool, lanes: Mask) -> Mask {
        let loss = self.found(self.kernel.layout.loss);
        self.within_limit(group, if judged { within(lanes, loss, T::MAX_FINITE_BITS) } else { lanes })
    }

    /// Those of some lanes whose parameters are finite.
    fn within_limit(&self, group: usize, lanes: Mask) -> Mask {
        self.shared.spec.program.parameters.iter().fold(lanes, |finite, parameter| {
            within(finite, self.carried(group, parameter.hi), self.thresholds.parameter_limit)
        })
    }
}
