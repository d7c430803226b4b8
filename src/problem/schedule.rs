//! How the learning rate changes from step to step: a factor, as a formula of the step number.

use super::error::ProblemError;
use crate::expr::{Ast, Graph, NodeId, evaluate, nearest, parse};
use std::collections::HashMap;
use std::str::FromStr;

/// A built-in schedule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScheduleRow {
    pub name: &'static str,
    /// Names of the numbers that follow it, each after a colon; the formula reads them. All are above 0.
    pub arguments: &'static [&'static str],
    /// What alpha is multiplied by, over `t` (step number from 1), `steps` (how many there are) and the arguments.
    pub formula: &'static str,
    pub source: &'static str,
}

impl ScheduleRow {
    /// How it is written: `step:EVERY:FACTOR`.
    pub fn form(&self) -> String {
        let arguments = self.arguments.iter().map(|name| format!(":{}", name.to_uppercase()));
        self.name.to_owned() + &arguments.collect::<String>()
    }
}

/// Every built-in schedule. PyTorch counts epochs from 0 and has alpha in the first: its epoch is `t - 1` here.
pub const SCHEDULES: &[ScheduleRow] = &[
    ScheduleRow { name: "constant", arguments: &[], formula: "1", source: "alpha as it is, the default" },
    ScheduleRow {
        name: "cosine",
        arguments: &[],
        formula: "(1 + cos(pi*(t - 1)/steps))/2",
        source: "Loshchilov and Hutter 2017; CosineAnnealingLR(T_max=steps) in PyTorch: down to 0, which the step after the \
                 last would have",
    },
    ScheduleRow {
        name: "linear",
        arguments: &[],
        formula: "1 - (t - 1)/steps",
        source: "LinearLR(start_factor=1, end_factor=0, total_iters=steps) in PyTorch, whose own default rises from 1/3",
    },
    ScheduleRow {
        name: "step",
        arguments: &["every", "factor"],
        formula: "factor^floor((t - 1)/every)",
        source: "StepLR(step_size=EVERY, gamma=FACTOR) in PyTorch",
    },
    ScheduleRow {
        name: "warmup",
        arguments: &["n"],
        formula: "min(1, t/n)",
        source: "Goyal et al. 2017; LinearLR(start_factor=1/N, total_iters=N-1) in PyTorch: alpha at step N and after it",
    },
    ScheduleRow {
        name: "one-cycle",
        arguments: &[],
        formula: "s = t - 1; top = 0.3*steps - 1; end = steps - 1; low = 1/25; least = low/1e4; \
                  select(s <= top, 1 + (low - 1)/2*(1 + cos(pi*s/top)), \
                  least + (1 - least)/2*(1 + cos(pi*(s - top)/(end - top))))",
        source: "Smith and Topin 2018; OneCycleLR(max_lr=alpha, total_steps=steps) in PyTorch, with its defaults",
    },
    ScheduleRow {
        name: "inverse-sqrt",
        arguments: &[],
        formula: "1/sqrt(t)",
        source: "Zinkevich 2003, Online convex programming; not in PyTorch",
    },
];

/// What a schedule can read.
const GIVEN: [&str; 2] = ["t", "steps"];

/// A factor of the learning rate: a formula of `t` and `steps`, in which rows of [`SCHEDULES`] may stand.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    text: String,
    ast: Ast,
    /// The rows that stand in the formula, under the names that they have there.
    rows: Vec<Placed>,
}

/// A row in a formula, and its arguments.
#[derive(Debug, Clone, PartialEq)]
struct Placed {
    name: String,
    row: &'static ScheduleRow,
    arguments: Vec<f64>,
}

impl FromStr for Schedule {
    type Err = ProblemError;

    fn from_str(text: &str) -> Result<Self, ProblemError> {
        let text = text.trim();
        let (written, rows) = placed(text)?;
        let about = |error: crate::expr::ExprError| error.in_text(text);
        let ast = parse(&written).map_err(about)?;
        if let Some(name) = ast.assigned_names().iter().find(|name| GIVEN.contains(&name.as_str())) {
            let message = format!("`{name}` is given to the schedule and cannot be assigned");
            return Err(ast.error_at(name, message).in_text(text).into());
        }
        let known = |name: &str| GIVEN.contains(&name) || rows.iter().any(|placed| placed.name == name);
        let assigned = ast.assigned_names();
        if let Some(name) = ast.free_names().iter().find(|name| !known(name) && !assigned.contains(name)) {
            return Err(ast.error_at(name, unknown(name)).in_text(text).into());
        }
        let schedule = Self { text: text.to_owned(), ast, rows };
        // What cannot be lowered is found here, before anything else is built on it.
        let mut graph = Graph::new();
        let [t, steps] = GIVEN.map(|name| graph.input(name));
        schedule.lower(&mut graph, t, steps)?;
        Ok(schedule)
    }
}

impl Schedule {
    /// The schedule as text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What alpha is multiplied by in a step, counted from 1; not-a-number where the schedule has no number.
    pub fn factor(&self, step: u32, steps: u32) -> f64 {
        let mut graph = Graph::new();
        let [t, all] = GIVEN.map(|name| graph.input(name));
        let root = self.lower(&mut graph, t, all);
        root.map_or(f64::NAN, |root| evaluate(&graph, &[root], &[f64::from(step), f64::from(steps)])[0])
    }

    /// Whether the factor of a step depends on how many there are.
    pub fn reads_steps(&self) -> bool {
        let mut graph = Graph::new();
        let [t, all] = GIVEN.map(|name| graph.input(name));
        self.lower(&mut graph, t, all).map_or(true, |root| graph.needed_by(&[root])[all.index()])
    }

    /// Puts the factor of a step into a graph.
    ///
    /// # Errors
    /// A condition where a number belongs, or a constant part that is not finite.
    pub fn lower(&self, graph: &mut Graph, t: NodeId, steps: NodeId) -> Result<NodeId, ProblemError> {
        let mut known: HashMap<&str, NodeId> = GIVEN.into_iter().zip([t, steps]).collect();
        for placed in &self.rows {
            let node = placed.lower(graph, t, steps)?;
            known.insert(&placed.name, node);
        }
        let value = self.ast.lower_value(graph, &mut |name| known.get(name).copied());
        Ok(value.map_err(|error| error.in_text(&self.text))?)
    }
}

impl Placed {
    fn lower(&self, graph: &mut Graph, t: NodeId, steps: NodeId) -> Result<NodeId, ProblemError> {
        let mut known: HashMap<&str, NodeId> = GIVEN.into_iter().zip([t, steps]).collect();
        for (name, value) in self.row.arguments.iter().zip(&self.arguments) {
            known.insert(name, graph.constant(*value));
        }
        Ok(parse(self.row.formula)?.lower_value(graph, &mut |name| known.get(name).copied())?)
    }
}

/// A text in which every row is a name of the language of the same length (`warmup:10` becomes `warmup_10`), so that errors
/// point at the right character; and these rows.
fn placed(text: &str) -> Result<(String, Vec<Placed>), ProblemError> {
    let (mut written, mut rows) = (String::with_capacity(text.len()), Vec::<Placed>::new());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !is_of_word(c)).unwrap_or(rest.len());
        let (length, found) = match row_at(rest) {
            Some(row) => {
                let (length, arguments) = arguments(row, rest)?;
                (length, Some((row, arguments)))
            }
            None => (word.max(first.len_utf8()), None),
        };
        let (taken, left) = rest.split_at(length);
        match found {
            None => written.push_str(taken),
            Some((row, arguments)) => {
                let name: String = taken.chars().map(letter).collect();
                written.push_str(&name);
                if rows.iter().all(|placed| placed.name != name) {
                    rows.push(Placed { name, row, arguments });
                }
            }
        }
        rest = left;
    }
    Ok((written, rows))
}

/// What a character of a row is in its name: other numbers give other names.
fn letter(c: char) -> char {
    match c {
        ':' => '_',
        '.' => 'd',
        '-' => 'm',
        '+' => 'p',
        c => c.to_ascii_lowercase(),
    }
}

fn is_of_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The row whose name a text begins with.
fn row_at(text: &str) -> Option<&'static ScheduleRow> {
    SCHEDULES.iter().find(|row| {
        let name = text.get(..row.name.len()).map(|name| name.replace('_', "-"));
        let ends = text.get(row.name.len()..).is_some_and(|rest| !rest.starts_with(is_of_word));
        ends && name.is_some_and(|name| name.eq_ignore_ascii_case(row.name))
    })
}

/// The numbers behind the name of a row, and the length of all of it.
fn arguments(row: &'static ScheduleRow, text: &str) -> Result<(usize, Vec<f64>), ProblemError> {
    let wrong = || {
        let what = if row.arguments.is_empty() { "takes no numbers" } else { "takes numbers above 0" };
        ProblemError::Name(format!("`{}` {what}: write {}", row.name, row.form()))
    };
    let mut length = row.name.len();
    let mut found = Vec::new();
    while text[length..].starts_with(':') {
        let digits = number_length(&text[length + 1..]);
        let value: f64 = text[length + 1..][..digits].parse().map_err(|_| wrong())?;
        found.push(value);
        length += 1 + digits;
    }
    let fits = found.len() == row.arguments.len() && found.iter().all(|value| *value > 0.0 && value.is_finite());
    if fits { Ok((length, found)) } else { Err(wrong()) }
}

/// How much of a text is one number.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let mantissa = digits(text);
    let Some(exponent) = text[mantissa..].strip_prefix(['e', 'E']).filter(|_| mantissa > 0) else { return mantissa };
    let sign = usize::from(exponent.starts_with(['+', '-']));
    match digits(&exponent[sign..]) {
        0 => mantissa,
        length => mantissa + 1 + sign + length,
    }
}

fn unknown(name: &str) -> String {
    let forms: Vec<String> = SCHEDULES.iter().map(ScheduleRow::form).collect();
    let close = nearest(name, SCHEDULES.iter().map(|row| row.name));
    let hint = close.map_or(String::new(), |close| format!("did you mean `{close}`? "));
    format!("a schedule is a formula of t and steps, and `{name}` is neither: {hint}There are {}", forms.join(", "))
}
