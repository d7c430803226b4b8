//! Names as they are typed: which knob each means, and which two are axes.

use super::axis::Axis;
use super::common::SweepAxis;
use super::error::RequestError;
use super::knob_ref::{SEED, is_hidden};
use super::request::{RequestCommon, SET, VARY};
use crate::expr::nearest;
use crate::problem::GIVEN;

/// The knobs that a request can name.
pub(super) struct Names<'a> {
    pub request: &'a RequestCommon,
    /// Every knob, in its order.
    pub known: &'a [String],
    /// What `--start` stands for, where there is such a knob.
    pub first_start: Option<&'a str>,
    /// Why there is no seed, where there is none.
    pub nothing_drawn: &'static str,
}

impl Names<'_> {
    /// The one or two axes; `defaults` (name and axis, x before y) are axes unless they are set, or two others are.
    pub(super) fn axes(&self, defaults: &[(&str, &Axis); 2]) -> Result<(SweepAxis, Option<SweepAxis>), RequestError> {
        let mut axes: Vec<SweepAxis> = Vec::new();
        for varied in &self.request.axes {
            let flag = varied.flag;
            let Some(name) = varied.knob.name(self.first_start) else {
                let message = "a network's weights are drawn and are no axis; see --init and --vary init_std=AXIS";
                return Err(RequestError::new(flag, varied.axis.text(), message));
            };
            let shown = varied.shown(&name);
            let knob = self.find(flag, &shown, &name)?;
            if axes.iter().any(|axis| axis.knob == knob) {
                return Err(RequestError::new(
                    flag,
                    shown,
                    format!("`{name}` is an axis already; vary each name once"),
                ));
            }
            axes.push(SweepAxis { knob, name, axis: varied.axis.clone() });
        }
        if let Some(third) = axes.get(2) {
            let message = "a map has two axes at most, and this is the third; fix it with --set";
            let shown = format!("{}={}", third.name, third.axis.text());
            return Err(RequestError::new(self.request.axes[2].flag, shown, message));
        }
        self.add_defaults(defaults, &mut axes)?;
        let mut axes = axes.into_iter();
        let Some(x) = axes.next() else {
            let message = "nothing varies; leave one name free, or give it one value: --alpha 0.1";
            return Err(RequestError::new(SET, "", message));
        };
        Ok((x, axes.next()))
    }

    fn add_defaults(&self, defaults: &[(&str, &Axis); 2], axes: &mut Vec<SweepAxis>) -> Result<(), RequestError> {
        for (place, (name, axis)) in defaults.iter().enumerate() {
            let set = self.request.fixed(name).is_some();
            if axes.len() == 2 || set || axes.iter().any(|axis| axis.name == *name) {
                continue;
            }
            let knob = self.find(VARY, name, name)?;
            axes.insert(place.min(axes.len()), SweepAxis { knob, name: (*name).to_owned(), axis: (*axis).clone() });
        }
        Ok(())
    }

    /// What is set must exist, once, and be no axis.
    pub(super) fn check_set(&self, x: &SweepAxis, y: Option<&SweepAxis>) -> Result<(), RequestError> {
        let mut seen = Vec::new();
        for fixed in &self.request.set {
            let (name, shown) = (fixed.knob.to_string(), fixed.shown());
            let knob = self.find(SET, &shown, &name)?;
            if knob == x.knob || y.is_some_and(|y| knob == y.knob) {
                let by = self.flag_of(&name);
                let message = format!("`{name}` is an axis; set it or vary it, not both{by}");
                return Err(RequestError::new(SET, shown, message));
            }
            if seen.contains(&knob) {
                return Err(RequestError::new(SET, shown, format!("`{name}` is set twice")));
            }
            seen.push(knob);
        }
        Ok(())
    }

    /// What made a name an axis.
    fn flag_of(&self, name: &str) -> String {
        let axes = &self.request.axes;
        let varied = axes.iter().find(|varied| varied.knob.name(self.first_start).is_some_and(|known| known == name));
        varied.map_or(String::new(), |varied| format!(": leave {} out for one value", varied.flag))
    }

    /// Position of a knob.
    pub(super) fn find(&self, flag: &str, value: &str, name: &str) -> Result<usize, RequestError> {
        let at = self.known.iter().position(|known| known == name);
        at.filter(|_| !is_hidden(name)).ok_or_else(|| {
            let known: Vec<&str> = self.known.iter().map(String::as_str).filter(|known| !is_hidden(known)).collect();
            let message = if name == SEED {
                self.nothing_drawn.to_owned()
            } else if GIVEN.contains(&name) {
                let way_out = if name == "steps" { "; write --steps N" } else { "" };
                format!("`{name}` is what rules are given in each step, and no number to set{way_out}")
            } else {
                let lowered = name.to_lowercase().replace('-', "_");
                let is_rate = ["lr", "learning_rate", "eta", "step_size"].contains(&lowered.as_str());
                let rate = known.iter().copied().find(|known| is_rate && *known == "alpha");
                let close = rate.or_else(|| nearest(name, known.iter().copied()));
                let hint = close.map_or(String::new(), |close| format!("did you mean `{close}`? "));
                format!("`{name}` is nothing in this problem: {hint}It has {}", known.join(", "))
            };
            RequestError::new(flag, value, message)
        })
    }
}
