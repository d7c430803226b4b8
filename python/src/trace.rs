//! Descents step by step.

use crate::arrays::moved;
use crate::failure::told;
use crate::map::more;
use crate::waiting::{on_a_scoped_thread, on_another_thread};
use crate::{Held, asked};
use alphasweep::cli::embedded::{PathColumns, Paths};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::path::PathBuf;

/// Descents that were followed.
#[pyclass(frozen, module = "alphasweep._core")]
pub struct Trace(Paths);

/// Follows descents.
#[pyfunction]
#[pyo3(signature = (asked, data=None, progress=None))]
pub fn trace(py: Python<'_>, asked: &str, data: Held, progress: Option<Py<PyAny>>) -> PyResult<Trace> {
    let asked = self::asked(asked, data)?;
    on_another_thread(py, progress, move |watched| Paths::run(asked, watched)).map(Trace)
}

/// Label, rule, values by name, and columns by name.
type Path<'py> = (String, String, Vec<(String, Option<f64>)>, Bound<'py, PyDict>);

fn path(py: Python<'_>, path: PathColumns) -> PyResult<Path<'_>> {
    let columns = PyDict::new(py);
    for (name, values) in path.columns {
        let shape = [values.len()];
        columns.set_item(name, moved(py, values, &shape)?)?;
    }
    Ok((path.label, path.rule, path.values, columns))
}

#[pymethods]
impl Trace {
    /// Every descent.
    fn paths<'py>(&self, py: Python<'py>) -> PyResult<Vec<Path<'py>>> {
        self.0.paths().into_iter().map(|columns| path(py, columns)).collect()
    }

    /// `trace.json`
    fn json(&self) -> String {
        self.0.json()
    }

    fn notes(&self) -> Vec<String> {
        told(self.0.notes())
    }

    fn png<'py>(&self, py: Python<'py>, flags: &str) -> PyResult<Bound<'py, PyBytes>> {
        let flags = more(flags)?;
        Ok(PyBytes::new(py, &on_a_scoped_thread(py, None, |_| self.0.png(&flags))?))
    }

    fn gif<'py>(&self, py: Python<'py>, flags: &str) -> PyResult<Bound<'py, PyBytes>> {
        let flags = more(flags)?;
        Ok(PyBytes::new(py, &on_a_scoped_thread(py, None, |_| self.0.gif(&flags))?))
    }

    /// Writes the files of `trace --out FOLDER`, and gives their paths.
    fn save(&self, py: Python<'_>, folder: PathBuf, flags: &str) -> PyResult<Vec<PathBuf>> {
        let flags = more(flags)?;
        on_a_scoped_thread(py, None, |watched| self.0.save(&folder, &flags, watched))
    }
}
