//! Colours: hue by outcome, shade by how fast; and all else that a picture or a page has a colour for.

use crate::sweep::{OUTCOMES, Outcome};

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Descents of one picture that have a colour of their own.
pub const PATHS: usize = 8;

/// The colours of a picture.
///
/// Blue, dull teal, straw, grey, violet, moss, orange and dark red stay apart for readers with deuteranopia and protanopia, and in
/// print: they differ in blue-yellow or in lightness, never in red-green alone. The tests simulate all three.
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
    pub ramps: [(Rgb, Rgb); OUTCOMES.len()],
    /// From low to high, for numbers.
    pub heights: [Rgb; 7],
    /// The part of `heights`, in hundredths, that is seen as a line on the paper.
    pub lines: (u8, u8),
    /// Numbers on both sides of 0, from those nearest to it outwards: below it, and above.
    pub sides: [[Rgb; 2]; 2],
    /// Where there is no number.
    pub none: Rgb,
    /// A contour line on a map has one part in the first of the map's colour, and the second besides.
    pub contour: (u8, u8),
    /// A ground to draw on is paper but for one part in this.
    pub ground: u8,
    /// Lines at the marks of a panel.
    pub grid: Rgb,
    /// A plain curve, and one that a path is drawn over.
    pub curves: [Rgb; 2],
    /// Descents of one picture: apart for colour-blind readers, and seen on the ground.
    pub paths: [Rgb; PATHS],
    pub screen: Screen,
}

/// What pages have besides: they are read at other sizes, on boxes and with a keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Small print, also on a box.
    pub faint: Rgb,
    /// Edges.
    pub line: Rgb,
    /// Boxes.
    pub panel: Rgb,
    /// The path, and what has the keyboard.
    pub accent: Rgb,
}

const LIGHT: Palette = Palette {
    name: "light",
    paper: [255, 255, 255],
    ink: [30, 30, 34],
    faint: [110, 110, 118],
    measured: [0, 225, 235],
    ramps: [
        ([8, 64, 160], [168, 208, 240]),
        ([52, 95, 82], [93, 120, 112]),
        ([240, 205, 70], [252, 246, 216]),
        ([168, 168, 172], [168, 168, 172]),
        ([45, 9, 68], [86, 44, 113]),
        ([39, 67, 5], [39, 67, 5]),
        ([222, 100, 10], [246, 170, 100]),
        ([60, 6, 22], [176, 50, 58]),
    ],
    // Viridis (Smith and van der Walt 2015), which keeps its order for colour-blind readers and in grey.
    heights: [[68, 1, 84], [70, 50, 127], [54, 92, 141], [39, 127, 142], [31, 161, 135], [95, 201, 97], [253, 231, 37]],
    // Without the yellow that is not seen on white.
    lines: (0, 90),
    sides: [[[222, 235, 247], [8, 48, 107]], [[254, 230, 206], [127, 39, 4]]],
    none: [224, 224, 226],
    contour: (2, 120),
    ground: 2,
    grid: [228, 228, 232],
    curves: [[45, 96, 150], [150, 154, 166]],
    // From Okabe and Ito 2008 and Tol 2021 ("bright", "muted"), darkened where white paper asks for it.
    paths: [
        [0, 114, 178],
        [213, 94, 0],
        [22, 88, 33],
        [200, 119, 164],
        [0, 0, 0],
        [155, 143, 83],
        [51, 34, 136],
        [88, 22, 55],
    ],
    screen: Screen { faint: [91, 91, 102], line: [138, 138, 148], panel: [243, 243, 246], accent: [11, 87, 208] },
};

const DARK: Palette = Palette {
    name: "dark",
    paper: [20, 21, 26],
    ink: [232, 232, 236],
    faint: [160, 161, 170],
    measured: [0, 225, 235],
    ramps: [
        ([86, 180, 255], [20, 62, 120]),
        ([103, 203, 224], [123, 179, 190]),
        ([255, 240, 150], [110, 98, 52]),
        ([122, 122, 128], [122, 122, 128]),
        ([101, 71, 133], [61, 44, 79]),
        ([143, 170, 97], [143, 170, 97]),
        ([232, 130, 20], [150, 78, 8]),
        ([160, 30, 70], [70, 8, 32]),
    ],
    // Viridis with its low end raised off the paper.
    heights: [
        [96, 58, 152],
        [88, 92, 172],
        [70, 122, 178],
        [54, 152, 172],
        [64, 182, 152],
        [136, 212, 108],
        [253, 231, 37],
    ],
    lines: (20, 100),
    sides: [[[36, 52, 76], [122, 192, 255]], [[76, 50, 30], [255, 172, 92]]],
    none: [62, 62, 68],
    contour: (3, 170),
    ground: 3,
    grid: [52, 53, 60],
    curves: [[122, 176, 234], [118, 121, 134]],
    // The same sources, lightened for dark paper and for a map on it.
    paths: [
        [86, 180, 233],
        [225, 139, 71],
        [109, 176, 120],
        [244, 120, 165],
        [255, 255, 255],
        [241, 202, 115],
        [227, 181, 207],
        [230, 159, 0],
    ],
    screen: Screen { faint: [169, 169, 182], line: [119, 119, 132], panel: [32, 34, 42], accent: [138, 180, 255] },
};

const WARM: Palette = Palette {
    name: "warm",
    paper: [255, 253, 248],
    ink: [40, 32, 30],
    faint: [116, 106, 102],
    ramps: [
        ([94, 60, 153], [200, 190, 225]),
        ([39, 113, 135], [63, 145, 169]),
        ([253, 210, 120], [254, 243, 218]),
        ([175, 175, 175], [175, 175, 175]),
        ([76, 22, 66], [131, 40, 115]),
        ([91, 114, 63], [91, 114, 63]),
        ([230, 97, 1], [250, 180, 110]),
        ([45, 0, 4], [140, 30, 20]),
    ],
    none: [228, 224, 218],
    grid: [234, 230, 222],
    curves: [[94, 60, 153], [166, 156, 148]],
    screen: Screen { faint: [100, 90, 86], line: [146, 134, 126], panel: [247, 242, 232], accent: [94, 60, 153] },
    ..LIGHT
};

/// All palettes; the first is the default.
pub const PALETTES: [Palette; 3] = [LIGHT, DARK, WARM];

/// The palette unless another is asked for.
pub const DEFAULT: &Palette = &PALETTES[0];

impl Palette {
    /// The palette with a name, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        PALETTES.iter().find(|palette| palette.name.eq_ignore_ascii_case(name))
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

    /// The colour of an outcome as a dot or a line on the paper itself: a dark paper would swallow the darkest.
    pub fn mark(&self, outcome: Outcome, shade: f32) -> Rgb {
        let colour = self.colour(outcome, shade);
        if self.is_dark() { self.text(colour) } else { colour }
    }

    /// The colour of a height from 0 (low) to 1.
    pub fn height(&self, height: f64) -> Rgb {
        let place = height.clamp(0.0, 1.0) * (self.heights.len() - 1) as f64;
        let at = (place as usize).min(self.heights.len() - 2);
        mix([self.heights[at], self.heights[at + 1]], place - at as f64)
    }

    /// The colour of a line on the paper, by its height.
    pub fn line(&self, height: f64) -> Rgb {
        let (lo, hi) = (f64::from(self.lines.0) / 100.0, f64::from(self.lines.1) / 100.0);
        self.height(lo + (hi - lo) * height)
    }

    /// A contour line where the map has this colour.
    pub fn contour(&self, colour: Rgb) -> Rgb {
        let (part, more) = self.contour;
        colour.map(|of| of / part + more)
    }

    /// A colour as a ground to draw on.
    pub fn grounded(&self, colour: Rgb) -> Rgb {
        let paper = |at: usize| u16::from(self.paper[at]) * u16::from(self.ground - 1) / u16::from(self.ground);
        std::array::from_fn(|at| colour[at] / self.ground + paper(at) as u8)
    }

    /// As near to a colour as text can be read on the paper: pale text is hard to read.
    pub fn text(&self, colour: Rgb) -> Rgb {
        const STEPS: u32 = 50;
        let end = if self.is_dark() { [u8::MAX; 3] } else { [0; 3] };
        let nearer = |step: u32| mix([colour, end], f64::from(step) / f64::from(STEPS));
        let read = |colour: &Rgb| contrast(*colour, self.paper) >= READABLE;
        (0..STEPS).map(nearer).find(read).unwrap_or(end)
    }

    /// Light ink on a dark paper.
    pub fn is_dark(&self) -> bool {
        self.paper[1] < self.ink[1]
    }
}

/// The least contrast of text to what it stands on: WCAG 2.2, level AA.
const READABLE: f64 = 4.5;

/// Contrast of two colours as WCAG 2.2 defines it: from 1 (none) to 21.
fn contrast(a: Rgb, b: Rgb) -> f64 {
    let luminance = |colour: Rgb| {
        let [red, green, blue] = colour.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Between two colours; `share` runs from 0 to 1.
pub fn mix([from, to]: [Rgb; 2], share: f64) -> Rgb {
    let part = |at: usize| {
        let (from, to) = (f64::from(from[at]), f64::from(to[at]));
        (from + (to - from) * share.clamp(0.0, 1.0)).round() as u8
    };
    [part(0), part(1), part(2)]
}
