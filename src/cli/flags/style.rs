//! How pictures look, for commands that draw some of their own; those of `sweep` are outputs with flags of theirs.

use crate::draw::{PALETTES, Style};
use clap::Args;
use clap::builder::PossibleValuesParser;

/// Colours.
#[derive(Debug, Clone, Args)]
pub struct PaletteFlag {
    /// Colours; all are safe for red-green blindness
    #[arg(long, value_parser = palettes(), ignore_case = true, default_value = "light")]
    pub palette: String,
}

impl PaletteFlag {
    /// The style of these colours.
    pub fn style(&self) -> Style {
        Style::in_palette(&self.palette)
    }
}

/// Colours and fineness.
#[derive(Debug, Clone, Args)]
pub struct PictureFlags {
    #[command(flatten)]
    pub colours: PaletteFlag,
    /// Pixels of the picture for each one, across and down: 2 for high-density screens
    #[arg(long, value_name = "1|2|3|4", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=4))]
    pub scale: u32,
}

impl PictureFlags {
    /// The style that is asked for.
    pub fn style(&self) -> Style {
        Style { scale: self.scale, ..self.colours.style() }
    }
}

/// The names of all palettes.
fn palettes() -> PossibleValuesParser {
    PossibleValuesParser::new(PALETTES.iter().map(|palette| palette.name))
}
