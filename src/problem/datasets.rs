//! The table of built-in data. A new data set is one more row here, and nothing else.

use super::data::Data;
use super::random::{Stream, normal, uniform};
use crate::expr::{Graph, NodeId, evaluate, parse};

/// A built-in data set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataRow {
    pub name: &'static str,
    /// Values per column.
    pub rows: u32,
    /// Name and text of each column. A text is `uniform:LO:HI` or `normal:MEAN:STD`, drawn from the seed by column and
    /// row number; a list `1,2,3`; or a formula over the columns before it, in the language of [`crate::expr`].
    pub columns: &'static [(&'static str, &'static str)],
    /// Where the row comes from.
    pub source: &'static str,
}

/// Every built-in data set.
pub const DATA: &[DataRow] = &[
    DataRow {
        name: "hours",
        rows: 3,
        columns: &[("x", "1,2,3"), ("y", "2*x")],
        source: "PyTorch post: hours of study and points, which are twice the hours",
    },
    DataRow {
        name: "line",
        rows: 100,
        columns: &[("x", "normal:0:1"), ("noise", "normal:0:1"), ("y", "2*x + 1 + 0.3*noise")],
        source: "deep-learning post: a noisy line of slope 2 and height 1, fitted one sample at a time",
    },
    DataRow {
        name: "line-mae",
        rows: 100,
        columns: &[("x", "uniform:0:1"), ("y", "0.2*x + 0.5")],
        source: "regression post: an exact line of slope 0.2 and height 0.5",
    },
    DataRow {
        name: "sine",
        rows: 100,
        columns: &[("x", "uniform:0:10"), ("y", "10*sin(x) + 1.5")],
        source: "regression post: a sine of height 10 around 1.5",
    },
    DataRow {
        name: "sine-noisy",
        rows: 100,
        columns: &[("x", "uniform:0:10"), ("noise", "normal:0:1"), ("y", "10*sin(x) + 1.5 + noise")],
        source: "regression post: the same sine with normal noise of deviation 1",
    },
];

/// The row of a built-in data set.
pub fn data_row(name: &str) -> Option<&'static DataRow> {
    DATA.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// The values of a row. The same row and seed give the same bits on every system.
///
/// # Panics
/// If the row is malformed: a list of another length than the row's, a text that is none of the four kinds.
pub fn draw(row: &DataRow, seed: u32) -> Data {
    let mut data = Data { names: Vec::new(), columns: Vec::new(), source: row.name.to_owned(), seeded: false };
    for ((name, text), which) in row.columns.iter().zip(0..) {
        let context = format!("column `{name}` of `{}`, `{text}`", row.name);
        let draws = |draw: &dyn Fn(u32) -> f64| (0..row.rows).map(draw).collect::<Vec<f64>>();
        let column = match Recipe::of(text) {
            Recipe::Uniform(lo, hi) => draws(&|at| lo + (hi - lo) * uniform(seed, Stream::Column, which, at)),
            Recipe::Normal(mean, std) => draws(&|at| mean + std * normal(seed, Stream::Column, which, at)),
            Recipe::List(values) => values,
            Recipe::Formula => formula(text, &data, row.rows).unwrap_or_else(|why| panic!("{context}: {why}")),
        };
        assert_eq!(column.len(), row.rows as usize, "rows of {context}");
        data.seeded |= matches!(Recipe::of(text), Recipe::Uniform(..) | Recipe::Normal(..));
        data.names.push((*name).to_owned());
        data.columns.push(column);
    }
    data
}

/// How a column comes about.
enum Recipe {
    Uniform(f64, f64),
    Normal(f64, f64),
    List(Vec<f64>),
    Formula,
}

impl Recipe {
    fn of(text: &str) -> Self {
        let parts: Vec<&str> = text.split(':').collect();
        if let [kind @ ("uniform" | "normal"), first, second] = parts[..]
            && let (Ok(first), Ok(second)) = (first.parse(), second.parse())
        {
            return if kind == "uniform" { Self::Uniform(first, second) } else { Self::Normal(first, second) };
        }
        let values: Result<Vec<f64>, _> = text.split(',').map(|value| value.trim().parse()).collect();
        values.map_or(Self::Formula, Self::List)
    }
}

/// The values of a formula over the columns of `data`, row by row.
fn formula(text: &str, data: &Data, rows: u32) -> Result<Vec<f64>, String> {
    let ast = parse(text).map_err(|error| error.to_string())?;
    let mut graph = Graph::new();
    let inputs: Vec<NodeId> = data.names.iter().map(|name| graph.input(name)).collect();
    let mut resolve = |name: &str| data.names.iter().position(|known| known == name).map(|at| inputs[at]);
    let root = ast.lower_value(&mut graph, &mut resolve).map_err(|error| error.to_string())?;
    let row = |at: usize| data.columns.iter().map(|column| column[at]).collect::<Vec<f64>>();
    Ok((0..rows as usize).map(|at| value(&graph, root, &row(at))).collect())
}

/// One value of a formula whose inputs are the columns so far.
fn value(graph: &Graph, root: NodeId, columns: &[f64]) -> f64 {
    evaluate(graph, &[root], columns)[0]
}
