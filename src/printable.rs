//! Text from outside as it may be shown: formulas, paths, names in files and of drivers can hold whatever somebody put there.

use std::fmt::Write;

/// What a terminal takes for a command, or what makes text appear in another order than it has.
fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text as a part of one line.
pub fn line(text: &str) -> String {
    text.chars().map(|c| if is_command(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Text of several lines, of which all but the first are indented, such as an error with a caret. A line break that is not
/// followed by two blanks is none of ours: it would begin a line that looks like one.
pub fn indented(text: &str) -> String {
    let mut parts = text.split('\n');
    let mut shown = line(parts.next().unwrap_or_default());
    for part in parts {
        shown.push(if part.starts_with("  ") { '\n' } else { char::REPLACEMENT_CHARACTER });
        shown += &line(part);
    }
    shown
}

/// JSON that means the same and can be looked at: such characters stand in strings only, where they can be escaped.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_command(c) && c != '\n' {
            // All of them are below U+10000, where one escape is enough.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{indented, json, line};

    #[test]
    fn no_command_is_left_and_all_else_is() {
        assert_eq!(line("β² 값 größe"), "β² 값 größe");
        assert_eq!(line("a\u{1b}[2J\u{202e}b\nc\u{9b}"), "a\u{fffd}[2J\u{fffd}b\u{fffd}c\u{fffd}");
    }

    #[test]
    fn only_indented_lines_follow() {
        assert_eq!(indented("wrong\n  x +\n    ^"), "wrong\n  x +\n    ^");
        assert_eq!(indented("a\nerror: b"), "a\u{fffd}error: b");
    }

    #[test]
    fn json_is_the_same_value() {
        let value = serde_json::json!({"a\u{202e}": ["\u{9b}x", "ü"]});
        let text = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(!text.chars().any(|c| c != '\n' && super::is_command(c)), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
