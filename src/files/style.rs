//! How pictures are to look: flags that the picture of the map owns, and all others follow.

use super::flags::{Flag, FlagKind, OutputFlags};
use crate::draw::{Look, PALETTES, Palette, Shade};

/// `--palette`
pub const PALETTE: Flag = Flag::new(
    "palette",
    FlagKind::Word { words: &NAMES, listed: true },
    "PALETTE",
    "Colours of the picture; all are safe for red-green blindness",
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
    Flag::new("no-theory", FlagKind::Switch, "", "Draw no theory and no measured boundary on the picture");

const NAMES: [&str; PALETTES.len()] = {
    let mut names = [""; PALETTES.len()];
    let mut at = 0;
    while at < names.len() {
        names[at] = PALETTES[at].name;
        at += 1;
    }
    names
};

/// The look that was asked for.
pub fn look(flags: &OutputFlags) -> Look {
    Look {
        palette: flags.text(&PALETTE).and_then(Palette::named).unwrap_or(Look::default().palette),
        shade: match flags.text(&SHADE) {
            Some("log") => Shade::Log,
            Some("linear") => Shade::Linear,
            _ => Shade::Rank,
        },
        theory: !flags.is_given(&NO_THEORY),
        ..Look::default()
    }
}
