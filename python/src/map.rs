//! Sweeps.

use crate::arrays::{Columns, columns, find};
use crate::failure::told;
use crate::waiting::{on_a_scoped_thread, on_another_thread};
use crate::{Held, asked};
use alphasweep::cli::embedded;
use alphasweep::store::RecordedFlags;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::path::PathBuf;

/// A sweep whose columns are in Python.
#[pyclass(frozen, module = "alphasweep._core")]
pub struct Map(embedded::Map);

/// A map, and its columns.
type MapAndColumns<'py> = (Map, Bound<'py, PyDict>);

/// Runs a sweep.
#[pyfunction]
#[pyo3(signature = (asked, data=None, progress=None))]
pub fn sweep<'py>(
    py: Python<'py>,
    asked: &str,
    data: Held,
    progress: Option<Py<PyAny>>,
) -> PyResult<MapAndColumns<'py>> {
    let asked = self::asked(asked, data)?;
    let (map, arrays) = on_another_thread(py, progress, move |watched| embedded::Map::run(asked, watched))?;
    Ok((Map(map), columns(py, arrays)?))
}

/// A map again, from its columns and the `sweep.json` that tells of it.
#[pyfunction]
#[pyo3(signature = (asked, data, manifest, held))]
pub fn again<'py>(
    py: Python<'py>,
    asked: &str,
    data: Held,
    manifest: &str,
    held: &Bound<'py, PyDict>,
) -> PyResult<MapAndColumns<'py>> {
    let asked = self::asked(asked, data)?;
    let held = Columns::of(held)?;
    let numbers = held.numbers()?;
    let find = find(&numbers);
    let made = on_a_scoped_thread(py, None, |watched| embedded::Map::again(asked, manifest, &find, watched));
    let (map, arrays) = made?;
    Ok((Map(map), columns(py, arrays)?))
}

/// More flags, for pictures and files.
pub fn more(json: &str) -> PyResult<RecordedFlags> {
    RecordedFlags::from_json(json.as_bytes()).map_err(PyValueError::new_err)
}

#[pymethods]
impl Map {
    /// Names and values of the axes, first x.
    fn axes<'py>(&self, py: Python<'py>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
        self.0
            .axes()
            .into_iter()
            .map(|(name, values)| {
                let shape = [values.len()];
                Ok((name, crate::arrays::moved(py, values, &shape)?))
            })
            .collect()
    }

    /// `sweep.json`
    fn json(&self) -> String {
        self.0.json()
    }

    /// Label and text of each line of the summary.
    fn report(&self) -> Vec<(String, String)> {
        self.0.report()
    }

    fn notes(&self) -> Vec<String> {
        told(self.0.notes())
    }

    fn warnings(&self) -> Vec<String> {
        told(self.0.warnings())
    }

    fn png<'py>(&self, py: Python<'py>, held: &Bound<'py, PyDict>, flags: &str) -> PyResult<Bound<'py, PyBytes>> {
        let (held, flags) = (Columns::of(held)?, more(flags)?);
        let numbers = held.numbers()?;
        let find = find(&numbers);
        let bytes = on_a_scoped_thread(py, None, |_| self.0.png(&flags, &find))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn html(&self, py: Python<'_>, held: &Bound<'_, PyDict>, flags: &str) -> PyResult<String> {
        let (held, flags) = (Columns::of(held)?, more(flags)?);
        let numbers = held.numbers()?;
        let find = find(&numbers);
        on_a_scoped_thread(py, None, |_| self.0.html(&flags, &find))
    }

    /// Writes the files of `sweep --out FOLDER`: their paths, and why a film could not be made.
    #[pyo3(signature = (held, folder, flags, progress=None))]
    fn save(
        &self,
        py: Python<'_>,
        held: &Bound<'_, PyDict>,
        folder: PathBuf,
        flags: &str,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Vec<PathBuf>, Option<String>)> {
        let (held, flags) = (Columns::of(held)?, more(flags)?);
        let numbers = held.numbers()?;
        let find = find(&numbers);
        let saved = on_a_scoped_thread(py, progress, |watched| self.0.save(&folder, &flags, &find, watched))?;
        Ok((saved.files, saved.failed))
    }
}
