//! Words at the ends of paths: where one goes that leaves, how far one went that hardly moved, and which one it is.

use super::followed::Trace;
use super::layout::Layout;
use super::panel::clip;
use super::track::{Shows, Track};
use crate::draw::canvas::{Canvas, Point};
use crate::draw::typeset::{figure, with_minus};

/// A text on a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Position in [`Layout::tracks`].
    pub track: usize,
    /// The step at which it appears.
    pub step: usize,
    pub text: String,
    /// Left, top, right, bottom.
    pub sides: [f64; 4],
}

/// The number of a descent, beside a panel over steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    pub track: usize,
    /// Where the path ends, and where the number begins.
    pub end: Point,
    pub at: Point,
}

/// All notes; no two of a panel lie over each other, and what has no room is left out.
pub fn notes(layout: &Layout, trace: &Trace) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    for (at, track) in layout.tracks.iter().enumerate() {
        let told = match track.leaving {
            Some(leaving) => Some((leaving.step, leaving.edge, format!("to {}", where_to(layout, trace, track)))),
            None => moved(layout, trace, track).map(|(end, text)| (layout.path(trace, track).steps(), end, text)),
        };
        let Some((step, from, text)) = told else { continue };
        let others = notes.iter().filter(|note| layout.tracks[note.track].panel == track.panel);
        let taken: Vec<[f64; 4]> = others.map(|note| note.sides).collect();
        let lines = lines(layout, trace, track.panel);
        if let Some(sides) = room(layout, track, from, &text, (&taken, &lines)) {
            notes.push(Note { track: at, step, text, sides });
        }
    }
    notes
}

/// The last values that are numbers.
fn where_to(layout: &Layout, trace: &Trace, track: &Track) -> String {
    let steps = 0..=layout.path(trace, track).steps();
    let of = |value: &dyn Fn(usize) -> f64| {
        let last = steps.clone().rev().map(value).find(|value| !value.is_nan()).unwrap_or(f64::NAN);
        if last.is_infinite() { if last > 0.0 { "∞" } else { "-∞" }.to_owned() } else { figure(last) }
    };
    let (x, y) = (of(&|step| layout.values(trace, track, step).0), of(&|step| layout.values(trace, track, step).1));
    match track.shows {
        Shows::LossOverParameter => x,
        Shows::Plane => format!("({x}, {y})"),
        Shows::LossOverSteps => of(&|step| layout.path(trace, track).losses[step]),
        _ => y,
    }
}

/// How far a descent went that is but a dot on the panel.
fn moved(layout: &Layout, trace: &Trace, track: &Track) -> Option<(Point, String)> {
    const DOT: f64 = 3.0;
    let path = layout.path(trace, track);
    let start = layout.inside(trace, track, 0).filter(|_| !track.shows.over_steps() && path.steps() > 0)?;
    let places = (1..=path.steps()).map(|step| layout.place(trace, track, step));
    let stays = |place: Option<Point>| place.is_some_and(|at| (at.0 - start.0).hypot(at.1 - start.1) < DOT);
    if !places.into_iter().all(stays) {
        return None;
    }
    let steps = path.parameters.iter().map(|list| list[path.steps()] - list[0]);
    let distance = steps.map(|step| step * step).sum::<f64>().sqrt();
    Some((start, if distance > 0.0 { format!("moved {}", figure(distance)) } else { "did not move".to_owned() }))
}

/// A place for a text on the panel, near a point.
fn room(
    layout: &Layout,
    track: &Track,
    from: Point,
    text: &str,
    (taken, lines): (&[[f64; 4]], &[[Point; 2]]),
) -> Option<[f64; 4]> {
    const BESIDE: f64 = 14.0;
    let panel = layout.panel(track);
    let size = layout.sizes.tick;
    let (wide, high) = (f64::from(Canvas::text_width(&with_minus(text), size)) + 4.0, f64::from(size) * 1.3);
    let (left, top) = (f64::from(panel.left) + 2.0, f64::from(panel.top) + 2.0);
    let (right, bottom) = (left + f64::from(panel.width) - 4.0, top + f64::from(panel.height) - 4.0);
    if wide > right - left {
        return None;
    }
    let beside = [from.0 + BESIDE, from.0 - BESIDE - wide].map(|x| x.clamp(left, right - wide));
    let levels = [0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 4.0, -4.0, 5.0, 6.0, 7.0];
    // First beside the point, then under and over it.
    let level = |line: f64| (from.1 - high / 2.0 + line * high).clamp(top, bottom - high);
    let all = levels.iter().flat_map(|line| beside.map(|x| [x, level(*line), x + wide, level(*line) + high]));
    let apart = |a: &[f64; 4], b: &[f64; 4]| a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
    let point = [from.0 - 6.0, from.1 - 6.0, from.0 + 6.0, from.1 + 6.0];
    let free = all.filter(|sides| apart(sides, &point) && taken.iter().all(|other| apart(sides, other)));
    // The first of those that hide the fewest lines.
    free.min_by_key(|sides| lines.iter().filter(|[a, b]| clip(*sides, *a, *b).is_some()).count())
}

/// What is drawn of all paths on a panel; of long ones some of it.
fn lines(layout: &Layout, trace: &Trace, panel: usize) -> Vec<[Point; 2]> {
    const MOST: usize = 400;
    let of = |track: &Track| {
        let last = track.leaving.map_or(layout.path(trace, track).steps(), |leaving| leaving.step);
        let steps: Vec<usize> = (0..=last).step_by(last.div_ceil(MOST).max(1)).collect();
        let places: Vec<Option<Point>> = steps.into_iter().map(|step| layout.place(trace, track, step)).collect();
        places.windows(2).filter_map(|pair| Some([pair[0]?, pair[1]?])).collect::<Vec<_>>()
    };
    layout.tracks.iter().filter(|track| track.panel == panel).flat_map(of).collect()
}

/// The numbers at the right of every panel over steps, in the order of the ends and apart from each other.
pub fn numbers(layout: &Layout) -> Vec<Number> {
    let of_panel = |panel: usize| {
        let of_panel =
            layout.tracks.iter().enumerate().filter(move |(_, track)| track.panel == panel && track.shows.over_steps());
        let mut ends: Vec<(usize, Point)> =
            of_panel.filter_map(|(at, track)| Some((at, last(layout, track)?))).collect();
        ends.sort_by(|a, b| a.1.1.total_cmp(&b.1.1));
        (0..layout.number_columns).flat_map(|column| spread(layout, panel, column, &ends)).collect::<Vec<_>>()
    };
    (0..layout.panels.len()).flat_map(of_panel).collect()
}

fn last(layout: &Layout, track: &Track) -> Option<Point> {
    let end = track.end.or_else(|| track.leaving.map(|leaving| leaving.edge));
    end.map(|end| layout.panel(track).nearest(end))
}

/// One column of them: each at the height of its end, or as near as the others let it.
fn spread(layout: &Layout, panel: usize, column: usize, ends: &[(usize, Point)]) -> Vec<Number> {
    let panel = &layout.panels[panel];
    let (line, wide) = layout.number_cell();
    let ends: Vec<&(usize, Point)> = ends.iter().skip(column).step_by(layout.number_columns).collect();
    let wanted: Vec<f64> = ends.iter().zip(0..).map(|((_, end), at)| end.1 - f64::from(at) * line).collect();
    let (top, all) = (f64::from(panel.top), line * ends.len().saturating_sub(1) as f64);
    let bottom = top + f64::from(panel.height);
    // Where they are too many for the panel, there is room over and under it.
    let [above, under] = if all > bottom - top { layout.over_and_under() } else { [0.0, 0.0] };
    let (highest, lowest) = (top - above, (bottom + under - all).max(top - above));
    let heights =
        rising(&wanted).into_iter().zip(0..).map(|(height, at)| height.clamp(highest, lowest) + f64::from(at) * line);
    let x = f64::from(panel.left + panel.width + layout.sizes.tick as i32 * 2 / 3 + column as i32 * wide);
    ends.into_iter()
        .zip(heights)
        .map(|((track, end), height)| Number { track: *track, end: *end, at: (x, height) })
        .collect()
}

/// The numbers that never fall and are nearest to these, by squares (pool adjacent violators: Ayer et al. 1955).
fn rising(wanted: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for value in wanted {
        let mut pool = (*value, 1);
        while let Some((mean, count)) = pools.pop_if(|(mean, _)| *mean > pool.0) {
            let both = count + pool.1;
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / both as f64, both);
        }
        pools.push(pool);
    }
    pools.into_iter().flat_map(|(mean, count)| std::iter::repeat_n(mean, count)).collect()
}
