//! Names as they are typed: which knob each means, and which two are axes.

use super::axis::Axis;
use super::common::SweepAxis;
use super::program::{SEED, TABLE};
use super::request::{FIRST_START, Request};
use super::spec::SpecError;
use crate::expr::nearest;

/// The knobs that a request can name.
pub(super) struct Names<'a> {
    pub request: &'a Request,
    /// Every knob, in its order.
    pub known: &'a [String],
    /// What `--start` stands for, where there is such a knob.
    pub first_start: Option<&'a str>,
    /// Why there is no seed, where there is none.
    pub nothing_drawn: &'static str,
}

impl Names<'_> {
    /// The one or two axes; `defaults` (name and axis, x before y) are axes unless they are set, or two others are.
    pub(super) fn axes(&self, defaults: &[(&str, &str); 2]) -> Result<(SweepAxis, Option<SweepAxis>), SpecError> {
        let mut axes: Vec<SweepAxis> = Vec::new();
        for (flag, name, text) in &self.request.axes {
            let name = match (name.as_str(), self.first_start) {
                (FIRST_START, Some(first)) => first,
                (FIRST_START, None) => {
                    let message = "a network's weights are drawn and are no axis; see --init and --vary init_std=AXIS";
                    return Err(SpecError::new(flag, text, message));
                }
                (name, _) => name,
            };
            let shown = if flag == "--vary" { format!("{name}={text}") } else { text.clone() };
            let knob = self.find(flag, &shown, name)?;
            if axes.iter().any(|axis| axis.knob == knob) {
                return Err(SpecError::new(flag, shown, format!("`{name}` is an axis already; vary each name once")));
            }
            let axis = Axis::parse(text).map_err(|message| SpecError::new(flag, &shown, message))?;
            axes.push(SweepAxis { knob, name: name.to_owned(), axis });
        }
        if let Some(third) = axes.get(2) {
            let message = "a map has two axes at most, and this is the third; fix it with --set";
            let shown = format!("{}={}", third.name, third.axis.text());
            return Err(SpecError::new(&self.request.axes[2].0, shown, message));
        }
        self.add_defaults(defaults, &mut axes)?;
        let mut axes = axes.into_iter();
        let Some(x) = axes.next() else {
            let message = "nothing varies; leave one name free, or give it one value: --alpha 0.1";
            return Err(SpecError::new("--set", "", message));
        };
        Ok((x, axes.next()))
    }

    fn add_defaults(&self, defaults: &[(&str, &str); 2], axes: &mut Vec<SweepAxis>) -> Result<(), SpecError> {
        for (place, (name, text)) in defaults.iter().enumerate() {
            let set = self.request.set.iter().any(|(known, _)| known == name);
            if axes.len() == 2 || set || axes.iter().any(|axis| axis.name == *name) {
                continue;
            }
            let knob = self.find("--vary", name, name)?;
            let axis = Axis::parse(text).map_err(|message| SpecError::new("--vary", text, message))?;
            axes.insert(place.min(axes.len()), SweepAxis { knob, name: (*name).to_owned(), axis });
        }
        Ok(())
    }

    /// What is set must exist, once, and be no axis.
    pub(super) fn check_set(&self, x: &SweepAxis, y: Option<&SweepAxis>) -> Result<(), SpecError> {
        let mut seen = Vec::new();
        for (name, text) in &self.request.set {
            let shown = format!("{name}={text}");
            let knob = self.find("--set", &shown, name)?;
            if knob == x.knob || y.is_some_and(|y| knob == y.knob) {
                let message = format!("`{name}` is an axis; set it or vary it, not both");
                return Err(SpecError::new("--set", shown, message));
            }
            if seen.contains(&knob) {
                return Err(SpecError::new("--set", shown, format!("`{name}` is set twice")));
            }
            seen.push(knob);
        }
        Ok(())
    }

    /// Position of a knob.
    pub(super) fn find(&self, flag: &str, value: &str, name: &str) -> Result<usize, SpecError> {
        let at = self.known.iter().position(|known| known == name);
        at.filter(|_| name != TABLE).ok_or_else(|| {
            let known: Vec<&str> = self.known.iter().map(String::as_str).filter(|known| *known != TABLE).collect();
            let message = if name == SEED {
                self.nothing_drawn.to_owned()
            } else {
                let close = nearest(name, known.iter().copied());
                let hint = close.map_or(String::new(), |close| format!("did you mean `{close}`? "));
                format!("`{name}` is nothing in this problem: {hint}It has {}", known.join(", "))
            };
            SpecError::new(flag, value, message)
        })
    }
}
