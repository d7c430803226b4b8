//! The words around the panels: title, what all descents share, which descent is which, what marks mean.

use super::layout::{Legend, SWATCH};
use super::panel::Sizes;
use super::scene::Scene;
use super::track::Shows;
use crate::draw::canvas::{Anchor, Canvas};
use crate::draw::frame::{on_one_line, shortened};
use crate::draw::typeset::{figure, pretty, typeset};
use std::io;

impl Scene<'_> {
    /// Title, small print, and what marks mean.
    pub(super) fn draw_words(&self, canvas: &Canvas) -> io::Result<()> {
        let (width, height) = (self.layout.size.0 as i32, self.layout.size.1 as i32);
        let Sizes { title, label, tick } = self.layout.sizes;
        let spec = &self.trace.descents.specs[0];
        let name = spec.objective.row().map_or(String::new(), |row| format!("{}:  ", row.name));
        let rule =
            if self.trace.descents.several_rules { String::new() } else { format!("   rule {}", spec.rule_shown()) };
        let heading = on_one_line(&format!("{name}{}{rule}", typeset(spec.objective.text())));
        // The number of the step stands at the right.
        let room = width - 24 - 11 * title as i32;
        canvas.text(
            &shortened(&heading, title, room),
            (12, 8 + title as i32 / 2),
            title,
            Anchor::Left,
            self.palette.ink,
        )?;
        let under = shortened(&on_one_line(&self.fixed()), label, room);
        canvas.text(&under, (12, 14 + (title + label / 2) as i32), label, Anchor::Left, self.palette.faint)?;
        let low = height - 6 - tick as i32 / 2;
        canvas.text(self.footer, (12, low), tick, Anchor::Left, self.palette.faint)?;
        self.layout.key.draw(canvas, tick)
    }

    /// What all descents share, and how many are left out.
    fn fixed(&self) -> String {
        let descents = &self.trace.descents;
        let spec = &descents.specs[0];
        let shared = spec.knobs.iter().filter(|knob| !knob.name.starts_with('#')).filter_map(|knob| {
            let of = |at: &usize| {
                let (x, y) = descents.list[*at].cell;
                let knob = descents.spec(*at).knobs.iter().find(|other| other.name == knob.name)?;
                Some(descents.spec(*at).knob_value(knob, x, y))
            };
            let first = of(&0)?;
            let same = (0..descents.list.len()).all(|at| of(&at) == Some(first));
            same.then(|| format!("{} = {}, ", pretty(&knob.name), figure(first)))
        });
        let shared: String = shared.collect();
        let (shown, all) = (self.layout.shown.len(), self.trace.traced.len());
        let own = self.layout.tracks.iter().filter(|track| track.shows == Shows::LossOverParameter).count();
        let own = if own > 0 && own < shown { format!("{own} of them by themselves, ") } else { String::new() };
        // What is left out is said first: a long line is cut.
        let left_out = match (shown < all, own.is_empty()) {
            (true, _) => format!("{shown} of {all} descents, {own}by rank of final loss;  "),
            (false, false) => format!("{own}by rank of final loss;  "),
            (false, true) => String::new(),
        };
        let hidden = self.layout.hidden;
        let hidden = if hidden > 0 { format!(";  {hidden} more parameters") } else { String::new() };
        let steps = spec.limits.steps;
        let batch = spec.batch_shown().map_or(String::new(), |batch| format!("{batch}, "));
        format!("{left_out}{shared}{batch}up to {steps} step{}{hidden}", if steps == 1 { "" } else { "s" })
    }

    /// Where the legend has a descent, and the room there.
    fn entry(&self, nth: usize) -> Option<((i32, i32), i32)> {
        let Legend { top, columns, cell } = self.layout.legend?;
        let (column, row) = (nth as i32 % columns, nth as i32 / columns);
        Some(((12 + column * cell.0, top + row * cell.1 + cell.1 / 2), cell.0 - SWATCH - 12))
    }

    fn name(&self, nth: usize) -> String {
        let at = self.layout.shown[nth];
        on_one_line(&format!("{}   {}", at + 1, self.trace.label(at)))
    }

    pub(super) fn draw_legend(&self, canvas: &Canvas) -> io::Result<()> {
        let size = self.layout.sizes.label;
        for nth in 0..self.layout.shown.len() {
            let Some(((left, top), room)) = self.entry(nth) else { continue };
            let line = [(left + 2, top), (left + SWATCH - 12, top)].map(|(x, y)| (f64::from(x), f64::from(y)));
            self.stroke(canvas, &line, nth, 3.0)?;
            canvas.text(
                &shortened(&self.name(nth), size, room),
                (left + SWATCH, top),
                size,
                Anchor::Left,
                self.palette.ink,
            )?;
        }
        Ok(())
    }

    /// What came of a descent, in the legend.
    pub(super) fn draw_ending(&self, canvas: &Canvas, nth: usize) -> io::Result<()> {
        let Some(((left, top), room)) = self.entry(nth) else { return Ok(()) };
        let size = self.layout.sizes.label;
        let before = Canvas::text_width(&self.name(nth), size) + size as i32;
        let words = shortened(&self.trace.ending(self.layout.shown[nth]), size, room - before);
        canvas.text(&words, (left + SWATCH + before, top), size, Anchor::Left, self.palette.faint)
    }

    /// The step that a frame shows, and how many before it are not shown.
    pub(super) fn count(&self, canvas: &Canvas, step: usize, skipped: usize) -> io::Result<()> {
        let Sizes { title, label, .. } = self.layout.sizes;
        let right = self.layout.size.0 as i32 - 12;
        canvas.text(&format!("step {step}"), (right, 8 + title as i32 / 2), title, Anchor::Right, self.palette.ink)?;
        let epoch = self.trace.epoch().filter(|steps| *steps > 1).map(|steps| format!("epoch {}", step as u64 / steps));
        let skipped = (skipped > 0).then(|| format!("{skipped} step{} skipped", if skipped == 1 { "" } else { "s" }));
        let under = epoch.into_iter().chain(skipped).collect::<Vec<_>>().join(", ");
        let at = (right, 14 + (title + label / 2) as i32);
        canvas.text(&under, at, label, Anchor::Right, self.palette.faint)
    }
}
