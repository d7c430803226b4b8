//! Where an axis has marks, and what they say.

/// How an axis runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickScale {
    Linear,
    Log,
}

/// A mark on an axis; those without a label are minor.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub value: f64,
    pub label: Option<String>,
}

/// Marks between `lo` and `hi`, with at most about `most` labels, and a bounded number of them for any two numbers.
pub fn ticks(scale: TickScale, lo: f64, hi: f64, most: usize) -> Vec<Tick> {
    let (lo, hi) = (lo.clamp(f64::MIN, f64::MAX), hi.clamp(f64::MIN, f64::MAX));
    let decades = if lo > 0.0 { (hi / lo).log10() } else { 0.0 };
    if scale == TickScale::Log && decades >= 1.5 { log_ticks(lo, hi, most) } else { linear_ticks(lo, hi, most) }
}

fn linear_ticks(lo: f64, hi: f64, most: usize) -> Vec<Tick> {
    if hi <= lo || !(hi - lo).is_finite() {
        return vec![Tick { value: lo, label: Some(figure(lo)) }];
    }
    let step = round_step((hi - lo) / most.max(2) as f64);
    // Below the normal numbers a step may round to nothing.
    if hi.is_nan() || step < f64::MIN_POSITIVE {
        return vec![Tick { value: lo, label: Some(figure(lo)) }];
    }
    let decimals = (-step.log10().floor()).max(0.0) as usize;
    // Minor marks divide a step of 1 or 5 in five, one of 2 in four.
    let leading = step / 10_f64.powf(step.log10().floor());
    let parts = if (leading - 2.0).abs() < 0.5 { 4 } else { 5 };
    let minor = step / f64::from(parts);
    let first = (lo / minor - 1e-9).ceil() as i64;
    let last = (hi / minor + 1e-9).floor() as i64;
    let mark = |n: i64| {
        let value = n as f64 * minor;
        let label = (n % i64::from(parts) == 0).then(|| plain(value, decimals));
        Tick { value, label }
    };
    (first..=last).map(mark).collect()
}

/// The smallest 1, 2 or 5 times a power of ten that is not below `step`.
fn round_step(step: f64) -> f64 {
    let decade = 10_f64.powf(step.log10().floor());
    let choices = [1.0, 2.0, 5.0, 10.0].map(|leading| leading * decade);
    choices.into_iter().find(|choice| *choice >= step * (1.0 - 1e-9)).unwrap_or(10.0 * decade)
}

fn log_ticks(lo: f64, hi: f64, most: usize) -> Vec<Tick> {
    let first = (lo.log10() + 1e-9).floor() as i32;
    // The largest number is 1.8·10³⁰⁸.
    let last = ((hi.log10() - 1e-9).ceil() as i32).min(308);
    let every = ((last - first) as usize).div_ceil(most.max(2)).max(1) as i32;
    let inside = |value: f64| value >= lo * (1.0 - 1e-9) && value <= hi * (1.0 + 1e-9);
    let mut marks = Vec::new();
    for decade in first..=last {
        for leading in 1..10 {
            let value = f64::from(leading) * 10_f64.powi(decade);
            let labelled = leading == 1 && decade.rem_euclid(every) == 0;
            // Minor marks only where every decade has a label; between fewer they would mean nothing.
            if inside(value) && (leading == 1 || every == 1) {
                marks.push(Tick { value, label: labelled.then(|| power_of_ten(decade)) });
            }
        }
    }
    marks
}

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

/// A decimal number, or a power of ten where it would have too many figures.
fn plain(value: f64, decimals: usize) -> String {
    const MOST_DECIMALS: usize = 4;
    const LARGEST: f64 = 1e6;
    if decimals > MOST_DECIMALS || value.abs() >= LARGEST {
        return figure(value);
    }
    let text = format!("{value:.decimals$}");
    // No `-0`.
    if text.trim_start_matches('-').chars().all(|c| c == '0' || c == '.') {
        text.trim_start_matches('-').to_owned()
    } else {
        text
    }
}

/// A number for people: four significant digits, powers of ten where it is far from 1.
pub fn figure(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let exponent = value.abs().log10().floor() as i32;
    if !(-3..6).contains(&exponent) {
        let digits = |exponent: i32| trimmed(format!("{:.3}", value / 10_f64.powi(exponent)));
        // What rounds up to 10 has one more power of it.
        let rounds_up = matches!(digits(exponent).as_str(), "10" | "-10");
        let exponent = exponent + i32::from(rounds_up);
        let leading = digits(exponent);
        let power = format!("10{}", script(&exponent.to_string(), "⁰¹²³⁴⁵⁶⁷⁸⁹", '⁻'));
        return match leading.as_str() {
            "1" => power,
            "-1" => format!("-{power}"),
            _ => format!("{leading}·{power}"),
        };
    }
    let decimals = (3 - exponent).max(0) as usize;
    trimmed(format!("{value:.decimals$}"))
}

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
