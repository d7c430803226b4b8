//! A bar on stderr while a sweep runs, where stderr is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};

/// A bar for so many checks; invisible when stderr is no terminal.
pub fn checks(total: u64) -> ProgressBar {
    let bar = bar(total, false);
    let style = ProgressStyle::with_template("verifying [{bar:40}] {pos} of {len} checks, {elapsed}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "))
}

/// A bar for the cell-steps of a film; invisible likewise.
pub fn film(total: u64, quiet: bool) -> ProgressBar {
    let style = ProgressStyle::with_template("filming  [{bar:40}] {percent:>3} %  {elapsed} elapsed, {eta} left");
    bar(total, quiet).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "))
}

/// A bar for `total` cell-steps; invisible when `quiet` or when stderr is no terminal.
pub fn bar(total: u64, quiet: bool) -> ProgressBar {
    let visible = !quiet && stderr().is_terminal();
    let target = if visible { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(total), target);
    let style = ProgressStyle::with_template("sweeping [{bar:40}] {percent:>3} %  {elapsed} elapsed, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "))
}
