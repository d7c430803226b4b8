//! Columns as arrays of numpy, and back.

use alphasweep::cli::embedded::{Array, NamedArray, Numbers};
use numpy::{Element, PyArray1, PyArrayMethods, PyReadonlyArray1, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Columns by name. The numbers are moved, and nobody can change them: what is drawn later is what was computed.
///
/// # Errors
/// Memory that is not there.
pub fn columns(py: Python<'_>, arrays: Vec<NamedArray>) -> PyResult<Bound<'_, PyDict>> {
    let all = PyDict::new(py);
    for NamedArray { name, array, shape } in arrays {
        let shaped = match array {
            Array::F32(values) => moved(py, values, &shape)?,
            Array::F64(values) => moved(py, values, &shape)?,
            Array::U32(values) => moved(py, values, &shape)?,
            Array::U8(values) => moved(py, values, &shape)?,
        };
        all.set_item(name, shaped)?;
    }
    Ok(all)
}

/// A list of numbers as an array.
///
/// # Errors
/// As [`columns`].
pub fn moved<'py, T: Element>(py: Python<'py>, values: Vec<T>, shape: &[usize]) -> PyResult<Bound<'py, PyAny>> {
    let array = PyArray1::from_vec(py, values).reshape(shape.to_vec())?.into_any();
    array.call_method1("setflags", (false,))?;
    Ok(array)
}

/// An array that is read while Python goes on.
enum Read<'py> {
    F32(PyReadonlyArray1<'py, f32>),
    F64(PyReadonlyArray1<'py, f64>),
    U32(PyReadonlyArray1<'py, u32>),
    U8(PyReadonlyArray1<'py, u8>),
}

/// Columns that Python holds.
pub struct Columns<'py>(Vec<(String, Read<'py>)>);

impl<'py> Columns<'py> {
    /// Those of a dict.
    ///
    /// # Errors
    /// What is no array of numbers of one of the four types, one after the other.
    pub fn of(columns: &Bound<'py, PyDict>) -> PyResult<Self> {
        let each = columns.iter().map(|(name, array)| Ok((name.extract()?, read(&array)?)));
        Ok(Self(each.collect::<PyResult<_>>()?))
    }

    /// Where the numbers are.
    ///
    /// # Errors
    /// As [`Columns::of`].
    pub fn numbers(&self) -> PyResult<Vec<(&str, Numbers<'_>)>> {
        let each = self.0.iter().map(|(name, read)| {
            let numbers = match read {
                Read::F32(array) => Numbers::F32(array.as_slice()?),
                Read::F64(array) => Numbers::F64(array.as_slice()?),
                Read::U32(array) => Numbers::U32(array.as_slice()?),
                Read::U8(array) => Numbers::U8(array.as_slice()?),
            };
            Ok((name.as_str(), numbers))
        });
        each.collect()
    }
}

fn read<'py>(array: &Bound<'py, PyAny>) -> PyResult<Read<'py>> {
    let untyped = array.cast::<PyUntypedArray>()?;
    if !untyped.is_c_contiguous() {
        return Err(PyTypeError::new_err("an array whose numbers do not lie one after the other"));
    }
    let flat = array.call_method1("reshape", (-1,))?;
    if let Ok(array) = flat.cast::<PyArray1<f64>>() {
        return Ok(Read::F64(array.readonly()));
    }
    if let Ok(array) = flat.cast::<PyArray1<f32>>() {
        return Ok(Read::F32(array.readonly()));
    }
    if let Ok(array) = flat.cast::<PyArray1<u32>>() {
        return Ok(Read::U32(array.readonly()));
    }
    Ok(Read::U8(flat.cast::<PyArray1<u8>>()?.readonly()))
}

/// The one with a name.
pub fn find<'a>(numbers: &'a [(&'a str, Numbers<'a>)]) -> impl Fn(&str) -> Option<Numbers<'a>> + Sync + 'a {
    |name| numbers.iter().find(|(known, _)| *known == name).map(|(_, numbers)| *numbers)
}
