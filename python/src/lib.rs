//! `alphasweep._core`: the library as Python calls it. What reads better in Python is written there, in `python/alphasweep/`.

mod arrays;
mod failure;
mod landscape;
mod map;
mod table;
mod trace;
mod waiting;

use alphasweep::cli::embedded::{Asked, HeldFile};
use alphasweep::cli::{Interruption, embedded, run};
use alphasweep::draw::{PALETTES, Palette};
use alphasweep::sweep::OUTCOMES;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::ffi::OsString;
use waiting::on_another_thread;

/// Data that Python holds: a name as of a file, and the bytes of that file.
type Held = Option<(String, Vec<u8>)>;

/// What is asked for.
fn asked(json: &str, data: Held) -> PyResult<Asked> {
    let held = data.map(|(name, bytes)| HeldFile { name, bytes: bytes.into() });
    Asked::read(json, held).map_err(|error| PyValueError::new_err(failure::in_words_of_python(&error.to_string())))
}

/// The command, with the arguments of a process: the name of the program first. Gives the exit code.
#[pyfunction]
fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| run(arguments, &Interruption::by_signals()))
}

/// What `verify --json` prints.
#[pyfunction]
#[pyo3(signature = (asked, progress=None))]
fn verify(py: Python<'_>, asked: &str, progress: Option<Py<PyAny>>) -> PyResult<String> {
    let asked = self::asked(asked, None)?;
    on_another_thread(py, progress, move |watched| embedded::verify(&asked, watched))
}

/// What `devices --json` prints.
#[pyfunction]
fn devices(py: Python<'_>) -> PyResult<String> {
    on_another_thread(py, None, |_| embedded::devices())
}

/// The columns of a data set of the catalog.
#[pyfunction]
fn data<'py>(py: Python<'py>, name: &str, seed: u32) -> PyResult<Bound<'py, PyDict>> {
    let drawn = embedded::data(name, seed).map_err(|error| PyValueError::new_err(error.to_string()))?;
    let columns = PyDict::new(py);
    for (name, values) in drawn {
        let shape = [values.len()];
        columns.set_item(name, arrays::moved(py, values, &shape)?)?;
    }
    Ok(columns)
}

/// What `list` prints, as JSON.
#[pyfunction]
fn catalog() -> String {
    embedded::catalog()
}

/// All commands and their flags, as JSON.
#[pyfunction]
fn commands() -> String {
    embedded::commands()
}

/// A text of the command, with flags as arguments.
#[pyfunction]
fn in_words(text: &str) -> String {
    failure::in_words_of_python(text)
}

/// The words of outcomes with what they mean, in the order of their codes.
#[pyfunction]
fn outcomes() -> Vec<(&'static str, &'static str)> {
    OUTCOMES.iter().map(|outcome| (outcome.word(), outcome.meaning())).collect()
}

/// The colour of each outcome, by its code, in a palette: red, green, blue from 0 to 255.
#[pyfunction]
fn colours(palette: &str) -> PyResult<Vec<[u8; 3]>> {
    let palette = Palette::named(palette).ok_or_else(|| {
        let names: Vec<&str> = PALETTES.iter().map(|palette| palette.name).collect();
        PyValueError::new_err(format!("no palette is called {palette}; there are {}", names.join(", ")))
    })?;
    Ok(OUTCOMES.iter().map(|outcome| palette.colour(*outcome, 0.0)).collect())
}

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("DeviceError", module.py().get_type::<failure::DeviceError>())?;
    module.add_class::<map::Map>()?;
    module.add_class::<trace::Trace>()?;
    module.add_class::<landscape::Landscape>()?;
    module.add_function(wrap_pyfunction!(main, module)?)?;
    module.add_function(wrap_pyfunction!(map::sweep, module)?)?;
    module.add_function(wrap_pyfunction!(map::again, module)?)?;
    module.add_function(wrap_pyfunction!(trace::trace, module)?)?;
    module.add_function(wrap_pyfunction!(landscape::landscape, module)?)?;
    module.add_function(wrap_pyfunction!(table::table, module)?)?;
    module.add_function(wrap_pyfunction!(table::losses, module)?)?;
    module.add_function(wrap_pyfunction!(verify, module)?)?;
    module.add_function(wrap_pyfunction!(devices, module)?)?;
    module.add_function(wrap_pyfunction!(data, module)?)?;
    module.add_function(wrap_pyfunction!(catalog, module)?)?;
    module.add_function(wrap_pyfunction!(commands, module)?)?;
    module.add_function(wrap_pyfunction!(colours, module)?)?;
    module.add_function(wrap_pyfunction!(in_words, module)?)?;
    module.add_function(wrap_pyfunction!(outcomes, module)?)
}
