//! Letters: their widths, and their pixels on a bitmap. They are placed between pixels: rounding each one's place pulls words
//! apart and lifts decimal points.

use ab_glyph::{Font, FontRef, ScaleFont, point};
use std::sync::LazyLock;

/// The name of the font.
pub const FAMILY: &str = "DejaVu Sans";

/// DejaVu Sans has Greek letters, super- and subscripts. Vendored, so that no system font library is needed.
const FONT: &[u8] = include_bytes!("../../../assets/fonts/DejaVuSans.ttf");

static LETTERS: LazyLock<FontRef<'static>> =
    LazyLock::new(|| FontRef::try_from_slice(FONT).unwrap_or_else(|_| unreachable!("the vendored font is a font")));

/// Pixels of an em at a size: sizes are heights of a line.
pub fn em(size: f64) -> f32 {
    let units = LETTERS.units_per_em().unwrap_or(1000.0);
    size as f32 * units / LETTERS.height_unscaled()
}

/// How far below the middle of capitals and digits the line lies on which they stand.
pub fn half_capital(size: f64) -> f32 {
    const CAPITAL: f32 = 0.729;
    em(size) * CAPITAL / 2.0
}

/// Width in pixels.
pub fn width(text: &str, size: f64) -> f32 {
    let font = LETTERS.as_scaled(size as f32);
    let mut before = None;
    let mut width = 0.0;
    for id in text.chars().map(|letter| font.glyph_id(letter)) {
        width += before.map_or(0.0, |before| font.kern(before, id)) + font.h_advance(id);
        before = Some(id);
    }
    width
}

/// How far ink reaches beyond the line of a text: above and below it, for letters with and without strokes there.
pub fn reach(text: &str, size: f64) -> (f32, f32) {
    let font = LETTERS.as_scaled(size as f32);
    let outlines = text.chars().filter_map(|letter| font.outline_glyph(font.scaled_glyph(letter)));
    outlines.fold((0.0, 0.0), |(above, below): (f32, f32), outline| {
        let bounds = outline.px_bounds();
        (above.max(-bounds.min.y), below.max(bounds.max.y))
    })
}

/// Calls `pixel` with place and coverage of every pixel of a text that begins at `x`, standing on the line `y`.
pub fn draw(text: &str, size: f64, (x, y): (f32, f32), mut pixel: impl FnMut(i32, i32, f32)) {
    let font = LETTERS.as_scaled(size as f32);
    let (mut before, mut x) = (None, x);
    for id in text.chars().map(|letter| font.glyph_id(letter)) {
        x += before.map_or(0.0, |before| font.kern(before, id));
        let glyph = id.with_scale_and_position(size as f32, point(x, y));
        x += font.h_advance(id);
        before = Some(id);
        let Some(outline) = font.outline_glyph(glyph) else { continue };
        let corner = outline.px_bounds().min;
        outline.draw(|column, row, coverage| {
            pixel(corner.x as i32 + column as i32, corner.y as i32 + row as i32, coverage.min(1.0));
        });
    }
}
