//! Numbers, names and formulas as they stand in a picture.

use std::collections::HashSet;

/// `10⁻⁷`; 1 and 10 as themselves.
pub fn power_of_ten(exponent: i32) -> String {
    match exponent {
        0 => "1".to_owned(),
        1 => "10".to_owned(),
        _ => format!("10{}", script(&exponent.to_string(), "⁰¹²³⁴⁵⁶⁷⁸⁹", '⁻')),
    }
}

/// Digits (and a minus sign) in small figures.
fn script(number: &str, digits: &str, minus: char) -> String {
    let small = |c: char| match c.to_digit(10) {
        Some(digit) => digits.chars().nth(digit as usize).unwrap_or(c),
        None => minus,
    };
    number.chars().map(small).collect()
}

/// A number for people: four significant digits, powers of ten where it is far from 1.
pub fn figure(value: f64) -> String {
    figure_to(value, 4)
}

/// As [`figure`], with so many significant digits.
pub fn figure_to(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-3..6).contains(&exponent) {
        return scientific(value, digits);
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    trimmed(format!("{value:.decimals$}"))
}

/// `2.5·10⁷`, with so many significant digits at most.
pub fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    let Some((leading, exponent)) = text.split_once('e') else { return text };
    let power = format!("10{}", script(exponent, "⁰¹²³⁴⁵⁶⁷⁸⁹", '⁻'));
    match trimmed(leading.to_owned()).as_str() {
        "1" => power,
        "-1" => format!("-{power}"),
        leading => format!("{leading}·{power}"),
    }
}

/// The fewest digits, four or more, by which values that differ have texts that do.
pub fn figures(values: &[f64]) -> Vec<String> {
    const MOST_DIGITS: usize = 17;
    let told = |digits: usize| values.iter().map(|value| figure_to(*value, digits)).collect::<Vec<_>>();
    let count = |texts: &[String]| texts.iter().collect::<HashSet<_>>().len();
    let apart = count(&told(MOST_DIGITS));
    (4..MOST_DIGITS).map(told).find(|texts| count(texts) == apart).unwrap_or_else(|| told(MOST_DIGITS))
}

/// With a minus sign in place of each hyphen before a number.
pub fn with_minus(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let before = |at: usize, back: usize| at.checked_sub(back).map(|at| letters[at]);
    let is_minus = |at: usize| {
        let number = letters.get(at + 1).is_some_and(|next| next.is_ascii_digit() || *next == '∞');
        let exponent = matches!(before(at, 1), Some('e' | 'E')) && before(at, 2).is_some_and(|c| c.is_ascii_digit());
        number && (exponent || !before(at, 1).is_some_and(|c| c.is_alphanumeric() || c == '-'))
    };
    (0..letters.len()).map(|at| if letters[at] == '-' && is_minus(at) { '−' } else { letters[at] }).collect()
}

/// Without zeros at its end that say nothing.
fn trimmed(text: String) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Names that have a letter of their own.
const GREEK: [(&str, &str); 10] = [
    ("alpha", "α"),
    ("beta", "β"),
    ("gamma", "γ"),
    ("lambda", "λ"),
    ("theta", "θ"),
    ("sigma", "σ"),
    ("epsilon", "ε"),
    ("mu", "μ"),
    ("rho", "ρ"),
    ("delta", "δ"),
];

/// A name as it stands in a picture: `alpha` → α, `beta_start` → β₀, `x1` → x₁, `x1_start` → x₁ at the start.
pub fn pretty(name: &str) -> String {
    let (stem, start) = name.strip_suffix("_start").map_or((name, false), |stem| (stem, true));
    let letters = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &stem[letters.len()..];
    let letters = if digits.is_empty() { letters } else { letters.strip_suffix('_').unwrap_or(letters) };
    let letter = letter(letters);
    match (start, digits) {
        (true, "") => format!("{letter}{}", small("0")),
        (true, digits) => format!("{letter}{} at the start", small(digits)),
        (false, digits) => format!("{letter}{}", small(digits)),
    }
}

fn letter(letters: &str) -> &str {
    GREEK.iter().find(|(word, _)| *word == letters).map_or(letters, |(_, letter)| letter)
}

fn small(digits: &str) -> String {
    script(digits, "₀₁₂₃₄₅₆₇₈₉", '₋')
}

/// A name as it stands in a formula: read again, it is the same name. So no `_` goes.
fn pretty_in_formula(name: &str) -> String {
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if letters.ends_with('_') { name.to_owned() } else { letter(letters).to_owned() + &small(&name[letters.len()..]) }
}

/// A formula as it stands in a picture: names as in labels, small exponents, signs of their own.
pub fn typeset(formula: &str) -> String {
    let mut text = String::new();
    let mut rest = formula;
    while let Some(first) = rest.chars().next() {
        let end = |inside: &dyn Fn(char) -> bool| rest.find(|c| !inside(c)).unwrap_or(rest.len());
        let taken = if first.is_ascii_alphabetic() || first == '_' {
            let end = end(&|c| c.is_ascii_alphanumeric() || c == '_');
            // The name of a function is no name of a number.
            let is_call = rest[end..].starts_with('(');
            text += &if is_call { rest[..end].to_owned() } else { pretty_in_formula(&rest[..end]) };
            end
        } else if first.is_ascii_digit() {
            let end = number_length(rest);
            text += &rest[..end];
            end
        } else if first == '^' && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
            let digits = rest[1..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - 1);
            // `x²^3` would have two readings.
            let whole = !rest[1 + digits..].starts_with(['.', 'e', '^']);
            text +=
                &if whole { script(&rest[1..=digits], "⁰¹²³⁴⁵⁶⁷⁸⁹", '⁻') } else { "^".to_owned() };
            if whole { 1 + digits } else { 1 }
        } else {
            match first {
                '-' => text.push('−'),
                '*' => text.push('·'),
                other => text.push(other),
            }
            first.len_utf8()
        };
        rest = &rest[taken..];
    }
    text
}

/// Length of the number at the beginning, with its exponent.
fn number_length(text: &str) -> usize {
    let digits =
        |from: usize| text[from..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(text.len(), |at| from + at);
    let end = digits(0);
    let Some(exponent) = text[end..].strip_prefix(['e', 'E']) else { return end };
    let sign = usize::from(exponent.starts_with(['-', '+']));
    if exponent[sign..].starts_with(|c: char| c.is_ascii_digit()) { digits(end + 1 + sign) } else { end }
}
