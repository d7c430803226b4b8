//! Notes about requests that get nowhere.

use super::common::{Knob, Limits, Source, SweepAxis};
use super::note::Note;

/// What is to be said of learning rates and steps.
pub(super) fn common_notes(x: &SweepAxis, y: Option<&SweepAxis>, knobs: &[Knob], limits: &Limits) -> Vec<Note> {
    const ALPHA: &str = "alpha";
    let counted = |axis: &SweepAxis| (axis.axis.values().filter(|value| *value <= 0.0).count(), axis.axis.len());
    let axis = std::iter::once(x).chain(y).find(|axis| axis.name == ALPHA);
    // Most axes are above 0 at their lower end, and may have very many values.
    let of_axis = axis.filter(|axis| axis.axis.bounds().0 <= 0.0).map(counted);
    let of_knob = knobs.iter().find(|knob| knob.name == ALPHA).and_then(|knob| match knob.source {
        Source::Fixed(value) => Some((usize::from(value <= 0.0), 1)),
        _ => None,
    });
    let found = of_axis.or(of_knob).filter(|(values, _)| *values > 0);
    let rates = found.map(|(values, of)| Note::NotPositive { values, of });
    rates.into_iter().chain((limits.steps == 0).then_some(Note::NoSteps)).collect()
}
