//! A bar on stderr while something runs, where stderr is a terminal.

use crate::cli::say::Voice;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};

/// A bar for the cell-steps of a sweep.
pub fn sweep(total: u64, voice: Voice) -> ProgressBar {
    bar(total, voice, "sweeping [{bar:40}] {percent:>3} %  {elapsed} elapsed, {eta} left")
}

/// A bar for the cell-steps of a film.
pub fn film(total: u64, voice: Voice) -> ProgressBar {
    bar(total, voice, "filming  [{bar:40}] {percent:>3} %  {elapsed} elapsed, {eta} left")
}

/// A bar for so many checks.
pub fn checks(total: u64) -> ProgressBar {
    bar(total, Voice::new(false), "verifying [{bar:40}] {pos} of {len} checks, {elapsed}")
}

/// Invisible when nothing is to be told, or when stderr is no terminal.
fn bar(total: u64, voice: Voice, template: &str) -> ProgressBar {
    let visible = !voice.is_quiet() && stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(total), target).with_style(style.progress_chars("=> "))
}
