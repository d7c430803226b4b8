//! The colours of a page, as variables of its style sheet.

use crate::draw::{PALETTES, Palette, Rgb, Screen};

/// A page of the default palette turns dark where the reader's system is; ink and paper there.
const NIGHT: (Rgb, Rgb) = ([233, 233, 238], [21, 22, 26]);

/// What `color-scheme` says: how the browser's own parts look.
pub fn scheme(palette: &Palette) -> &'static str {
    match (follows_reader(palette), palette.is_dark()) {
        (true, _) => "light dark",
        (false, true) => "dark",
        (false, false) => "light",
    }
}

/// The variables, and where they change with the reader's system.
pub fn colours(palette: &Palette) -> String {
    let own = root(palette.ink, palette.paper, palette);
    let night = PALETTES.iter().find(|other| follows_reader(palette) && other.is_dark());
    let night = night.map(|dark| root(NIGHT.0, NIGHT.1, dark));
    own + &night.map_or(String::new(), |night| format!("@media (prefers-color-scheme: dark) {{\n  {night}}}\n"))
}

/// Unless another palette is asked for.
fn follows_reader(palette: &Palette) -> bool {
    palette.name == PALETTES[0].name
}

fn root(ink: Rgb, back: Rgb, palette: &Palette) -> String {
    let Screen { faint, line, panel, accent } = palette.screen;
    // A second path, beside that of the accent.
    let other = palette.paths[1];
    let named = [
        ("ink", ink),
        ("faint", faint),
        ("line", line),
        ("back", back),
        ("panel", panel),
        ("accent", accent),
        ("other", other),
    ];
    let variables: Vec<String> = named.iter().map(|(name, colour)| format!("--{name}: {};", hex(*colour))).collect();
    format!(":root {{ {} }}\n", variables.join(" "))
}

/// `#1e1e22`.
pub fn hex([red, green, blue]: Rgb) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}
