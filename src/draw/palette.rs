//! Colours: hue by outcome, shade by how fast.

use crate::sweep::Outcome;

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// The colours of a picture.
///
/// Blue, straw, grey, orange and dark red stay apart for readers with deuteranopia and protanopia: they differ in
/// blue-yellow or in lightness, never in red-green alone. The tests simulate both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Palette {
    pub name: &'static str,
    pub paper: Rgb,
    /// Lines and text.
    pub ink: Rgb,
    /// Small print.
    pub faint: Rgb,
    /// The measured boundary: seen beside what diverges.
    pub measured: Rgb,
    /// Vivid and pale, in the order of the outcomes.
    pub ramps: [(Rgb, Rgb); 5],
}

/// All palettes; the first is the default.
pub const PALETTES: [Palette; 3] = [
    Palette {
        name: "light",
        paper: [255, 255, 255],
        ink: [30, 30, 34],
        faint: [110, 110, 118],
        measured: [0, 225, 235],
        ramps: [
            ([8, 64, 160], [168, 208, 240]),
            ([240, 205, 70], [252, 246, 216]),
            ([168, 168, 172], [168, 168, 172]),
            ([222, 100, 10], [246, 170, 100]),
            ([60, 6, 22], [176, 50, 58]),
        ],
    },
    Palette {
        name: "dark",
        paper: [20, 21, 26],
        ink: [232, 232, 236],
        faint: [160, 161, 170],
        measured: [0, 225, 235],
        ramps: [
            ([86, 180, 255], [20, 62, 120]),
            ([255, 240, 150], [110, 98, 52]),
            ([122, 122, 128], [122, 122, 128]),
            ([232, 130, 20], [150, 78, 8]),
            ([160, 30, 70], [70, 8, 32]),
        ],
    },
    Palette {
        name: "warm",
        paper: [255, 253, 248],
        ink: [40, 32, 30],
        faint: [116, 106, 102],
        measured: [0, 225, 235],
        ramps: [
            ([94, 60, 153], [200, 190, 225]),
            ([253, 210, 120], [254, 243, 218]),
            ([175, 175, 175], [175, 175, 175]),
            ([230, 97, 1], [250, 180, 110]),
            ([45, 0, 4], [140, 30, 20]),
        ],
    },
];

/// The palette unless another is asked for.
pub const DEFAULT: &Palette = &PALETTES[0];

impl Palette {
    /// The palette with a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PALETTES.iter().find(|palette| palette.name == name)
    }

    /// The colour of an outcome; `shade` runs from 0 (vivid) to 1 (pale).
    pub fn colour(&self, outcome: Outcome, shade: f32) -> Rgb {
        let (vivid, pale) = self.ramps[outcome as usize];
        let mix = |at: usize| {
            let (from, to) = (f32::from(vivid[at]), f32::from(pale[at]));
            (from + (to - from) * shade.clamp(0.0, 1.0)).round() as u8
        };
        [mix(0), mix(1), mix(2)]
    }
}

/// The colour of an outcome in the default palette.
pub fn colour(outcome: Outcome, shade: f32) -> Rgb {
    DEFAULT.colour(outcome, shade)
}
