//! The loss on a grid of the parameters.

use crate::arrays::moved;
use crate::failure::told;
use crate::map::more;
use crate::waiting::{on_a_scoped_thread, on_another_thread};
use crate::{Held, asked};
use alphasweep::cli::embedded::Valley;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use std::path::PathBuf;

/// A grid whose points have all been evaluated.
#[pyclass(frozen, module = "alphasweep._core")]
pub struct Landscape(Valley);

/// Evaluates the loss at every point.
#[pyfunction]
#[pyo3(signature = (asked, data=None, progress=None))]
pub fn landscape(py: Python<'_>, asked: &str, data: Held, progress: Option<Py<PyAny>>) -> PyResult<Landscape> {
    let asked = self::asked(asked, data)?;
    on_another_thread(py, progress, move |watched| Valley::run(asked, watched)).map(Landscape)
}

#[pymethods]
impl Landscape {
    /// The losses, shape (ny, nx) or (nx).
    fn loss<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let shape: Vec<usize> = self.0.axes().iter().rev().map(|(_, values)| values.len()).collect();
        moved(py, self.0.losses().to_vec(), &shape)
    }

    /// Names and values of the axes, first x.
    fn axes<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        let one = |(name, values): (String, Vec<f64>)| {
            let shape = [values.len()];
            Ok((name, moved(py, values, &shape)?))
        };
        self.0.axes().into_iter().map(one).collect()
    }

    /// `landscape.json`
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

    /// Writes the files of `landscape --out FOLDER`, and gives their paths.
    fn save(&self, py: Python<'_>, folder: PathBuf, flags: &str) -> PyResult<Vec<PathBuf>> {
        let flags = more(flags)?;
        on_a_scoped_thread(py, None, |watched| self.0.save(&folder, &flags, watched))
    }
}
