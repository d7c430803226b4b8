//! Tables: from columns to the text that the library reads, and from the text that it writes to columns.

use alphasweep::csv_text::CsvRows;
use alphasweep::sweep::OUTCOMES;
use numpy::PyReadonlyArray1;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::path::PathBuf;

/// A column of a table.
enum Column<'py> {
    Numbers(PyReadonlyArray1<'py, f64>),
    Texts(Vec<Option<String>>),
}

impl Column<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.as_array().len(),
            Self::Texts(texts) => texts.len(),
        }
    }
}

/// Columns as CSV text, with numbers that read back to the same bits. What is no number is missing.
#[pyfunction]
pub fn table<'py>(
    py: Python<'py>,
    names: Vec<String>,
    columns: Vec<Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let read = |column: &Bound<'py, PyAny>| {
        let numbers = column.extract::<PyReadonlyArray1<'py, f64>>().map(Column::Numbers);
        numbers.or_else(|_| column.extract().map(Column::Texts))
    };
    let columns: Vec<Column<'_>> = columns.iter().map(read).collect::<PyResult<_>>()?;
    let rows = columns.iter().map(Column::len).max().unwrap_or(0);
    if names.len() != columns.len() || columns.iter().any(|column| column.len() != rows) {
        return Err(PyTypeError::new_err("columns of different lengths"));
    }
    let mut text = CsvRows::new(Vec::new(), &names)?;
    for row in 0..rows {
        for column in &columns {
            match column {
                Column::Numbers(numbers) => text.number(numbers.as_array()[row], true)?,
                Column::Texts(texts) => text.text(texts[row].as_deref().unwrap_or_default())?,
            }
        }
        text.end()?;
    }
    Ok(PyBytes::new(py, &text.finish()?))
}

/// The columns of a CSV file of a sweep by name: numbers in f64, outcomes as their codes.
#[pyfunction]
pub fn losses(py: Python<'_>, path: PathBuf) -> PyResult<Bound<'_, PyDict>> {
    let (names, columns) = py.detach(|| read(&path))?;
    let all = PyDict::new(py);
    for (name, values) in names.into_iter().zip(columns) {
        let shape = [values.len()];
        all.set_item(name, crate::arrays::moved(py, values, &shape)?)?;
    }
    Ok(all)
}

fn read(path: &PathBuf) -> PyResult<(Vec<String>, Vec<Vec<f64>>)> {
    let wrong = |text: String| PyValueError::new_err(format!("{}: {text}", path.display()));
    let file = std::fs::File::open(path)?;
    let mut reader = csv::Reader::from_reader(file);
    let names: Vec<String> =
        reader.headers().map_err(|error| wrong(error.to_string()))?.iter().map(str::to_owned).collect();
    let mut columns = vec![Vec::new(); names.len()];
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|error| wrong(error.to_string()))? {
        for (values, field) in columns.iter_mut().zip(&record) {
            let value = number(field).ok_or_else(|| wrong(format!("`{field}` is no number and no outcome")))?;
            values.push(value);
        }
    }
    Ok((names, columns))
}

fn number(field: &str) -> Option<f64> {
    if field.is_empty() {
        return Some(f64::NAN);
    }
    let code = || OUTCOMES.iter().find(|outcome| outcome.word() == field).map(|outcome| f64::from(*outcome as u8));
    field.parse().ok().or_else(code)
}
