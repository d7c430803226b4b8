//! How pictures are to look: flags that the picture of the map owns, and all others follow.

use super::flags::{Flag, FlagKind, OutputFlags};
use crate::draw::{PALETTES, Palette, Shade, Style};

/// `--palette`
pub const PALETTE: Flag = Flag::new(
    "palette",
    FlagKind::Word { words: &NAMES, listed: true },
    "PALETTE",
    "Colours of pictures, film and page; all are safe for red-green blindness",
);

/// `--shade`
pub const SHADE: Flag = Flag::new(
    "shade",
    FlagKind::Word { words: &["rank", "log", "linear"], listed: false },
    "rank|log|linear",
    "What shades follow: the rank among the cells of the outcome, or the steps on a log or linear scale",
);

/// `--no-theory`
pub const NO_THEORY: Flag =
    Flag::new("no-theory", FlagKind::Switch, "", "Draw no theory and no measured boundary on picture, film and page");

/// `--scale`
pub const SCALE: Flag = Flag::new(
    "scale",
    FlagKind::Word { words: &["1", "2", "3", "4"], listed: false },
    "1|2|3|4",
    "Pixels of pictures and film for each one, across and down: 2 for high-density screens",
);

const NAMES: [&str; PALETTES.len()] = {
    let mut names = [""; PALETTES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = PALETTES[at].name;
        at += 1;
    }
    names
};

/// The style that was asked for.
pub fn style(flags: &OutputFlags) -> Style {
    Style {
        palette: flags.text(&PALETTE).and_then(Palette::named).unwrap_or(Style::default().palette),
        shade: match flags.text(&SHADE) {
            Some("log") => Shade::Log,
            Some("linear") => Shade::Linear,
            _ => Shade::Rank,
        },
        theory: !flags.is_given(&NO_THEORY),
        scale: flags.text(&SCALE).and_then(|scale| scale.parse().ok()).unwrap_or(Style::default().scale),
        ..Style::default()
    }
}
