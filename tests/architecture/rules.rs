//! What must hold between files.

use crate::arrows::Arrows;
use crate::tree::{Sources, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offence {
    /// Which, in a few words that stay the same when lines move.
    pub what: String,
    /// Where it comes from.
    pub why: String,
}

/// Each may use what is below it.
const FLOORS: [&[&str]; 8] = [
    &["csv_text", "printable"],
    &["expr"],
    &["problem"],
    &["sweep"],
    &["engine"],
    &["analysis", "store", "draw"],
    &["verify", "files", "bench"],
    &["cli"],
];
/// On one floor only these go sideways: pictures show facts.
const SIDEWAYS: [(&str, &str); 1] = [("draw", "analysis")];
/// Those know nothing of each other, though they live in one room.
const STRANGERS: [(&str, &str); 2] = [("src/engine/cpu/", "src/engine/gpu/"), ("src/engine/gpu/", "src/engine/cpu/")];
/// What only some files may say.
const RESERVED: [(&[&str], &str); 7] = [
    (&["wgpu"], "src/engine/gpu/"),
    (&["clap"], "src/cli/"),
    (&["ctrlc"], "src/cli/"),
    (&["process", "exit"], "src/cli/"),
    (&["println!"], "src/cli/"),
    (&["eprintln!"], "src/cli/"),
    (&["print!"], "src/cli/"),
];
/// More lines than this are not read in one sitting.
const MOST_LINES: usize = 400;
/// Files that are longer, and why.
pub const LONG: [(&str, &str); 0] = [];

/// Everything that is wrong.
pub fn offences(sources: &Sources, long: &[(&str, &str)]) -> Vec<Offence> {
    let arrows = Arrows::of(&Tree::read(sources));
    let mut found = circles(&arrows);
    found.extend(upward(&arrows));
    found.extend(strangers(&arrows));
    found.extend(reserved(&arrows));
    found.extend(too_long(sources, long));
    found.sort();
    found
}

/// The room of a file: its folder in `src`, or its own name there. The front of the library has none.
fn room(file: &str) -> Option<&str> {
    let within = file.strip_prefix("src/")?;
    let room = within.split_once('/').map_or_else(|| within.trim_end_matches(".rs"), |(room, _)| room);
    (!matches!(room, "lib" | "main")).then_some(room)
}

fn floor(room: &str) -> usize {
    let at = FLOORS.iter().position(|rooms| rooms.contains(&room));
    at.unwrap_or_else(|| panic!("{room} is on no floor; say on which"))
}

/// `a → b (Name, other)`
fn shown((from, to): &(String, String), names: &BTreeSet<String>) -> String {
    format!("{from} → {to} ({})", names.iter().cloned().collect::<Vec<_>>().join(", "))
}

/// Files that need each other, directly or by way of others.
fn circles(arrows: &Arrows) -> Vec<Offence> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, to) in arrows.between.keys() {
        next.entry(from).or_default().push(to);
    }
    let reach: BTreeMap<&str, BTreeSet<&str>> = next.keys().map(|file| (*file, reached(&next, file))).collect();
    let goes = |from: &str, to: &str| reach.get(from).is_some_and(|there| there.contains(to));
    let circle = |file: &&str| -> Vec<&str> {
        next.keys().copied().filter(|other| goes(file, other) && goes(other, file)).collect()
    };
    let circles: BTreeSet<Vec<&str>> = next.keys().map(circle).filter(|files| files.len() > 1).collect();
    let offence = |files: Vec<&str>| {
        let within = arrows
            .between
            .iter()
            .filter(|((from, to), _)| files.contains(&from.as_str()) && files.contains(&to.as_str()));
        let why: Vec<String> = within.map(|(ends, names)| shown(ends, names)).collect();
        Offence { what: format!("circle: {}", files.join(", ")), why: why.join("\n") }
    };
    circles.into_iter().map(offence).collect()
}

fn reached<'a>(next: &BTreeMap<&'a str, Vec<&'a str>>, from: &str) -> BTreeSet<&'a str> {
    let mut seen = BTreeSet::new();
    let mut todo: Vec<&str> = next.get(from).cloned().unwrap_or_default();
    while let Some(file) = todo.pop() {
        if seen.insert(file) {
            todo.extend(next.get(file).into_iter().flatten());
        }
    }
    seen
}

/// Arrows that go up, or sideways where that is not said.
fn upward(arrows: &Arrows) -> Vec<Offence> {
    let wrong = arrows.between.iter().filter(|((from, to), _)| {
        let (Some(from), Some(to)) = (room(from), room(to)) else { return room(to).is_none() };
        from != to && floor(from) <= floor(to) && !SIDEWAYS.contains(&(from, to))
    });
    wrong
        .map(|(ends, names)| Offence { what: format!("upward: {} → {}", ends.0, ends.1), why: shown(ends, names) })
        .collect()
}

fn strangers(arrows: &Arrows) -> Vec<Offence> {
    let wrong = arrows
        .between
        .iter()
        .filter(|((from, to), _)| STRANGERS.iter().any(|(one, other)| from.starts_with(one) && to.starts_with(other)));
    wrong
        .map(|(ends, names)| Offence { what: format!("strangers: {} → {}", ends.0, ends.1), why: shown(ends, names) })
        .collect()
}

/// Words of one room in another.
fn reserved(arrows: &Arrows) -> Vec<Offence> {
    let mut found = BTreeSet::new();
    for (file, path) in &arrows.mentions {
        for (words, home) in RESERVED {
            // Names of crates come first; what std has may be reached in several ways.
            let says = match words {
                [one] if !one.ends_with('!') => path[0] == *one,
                words => path.windows(words.len()).any(|part| part == words),
            };
            if says && !file.starts_with(home) {
                let what = format!("reserved: {} in {file}", words.join("::"));
                found.insert(Offence { what, why: format!("{file} says {}, which is for {home}", path.join("::")) });
            }
        }
    }
    found.into_iter().collect()
}

/// Files that are too long, and exceptions that nothing needs.
fn too_long(sources: &Sources, long: &[(&str, &str)]) -> Vec<Offence> {
    let lines = |file: &str| sources.get(file).map_or(0, |text| text.lines().count());
    let known = |file: &str| long.iter().any(|(known, _)| *known == file);
    let over = sources.keys().filter(|file| lines(file) > MOST_LINES && !known(file));
    let over = over.map(|file| Offence {
        what: format!("long: {file}"),
        why: format!("{file} has {} lines, {MOST_LINES} at most", lines(file)),
    });
    let idle = long.iter().filter(|(file, _)| lines(file) <= MOST_LINES).map(|(file, _)| Offence {
        what: format!("exception: {file}"),
        why: format!("{file} is not long; take it off the list"),
    });
    over.chain(idle).collect()
}
