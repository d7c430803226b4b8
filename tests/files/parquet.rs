//! `--parquet`: what is read back is the map to the bit, whatever the tiles were. Another reader than this crate's own is
//! tried by `tests/parquet/run.sh`.

use crate::common::{along, asked};
use crate::tiles::part;
use alphasweep::engine::Output;
use alphasweep::engine::collect;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::files::ParquetOutput;
use alphasweep::sweep::{FormulaSweep, Outcome, Precision, Sweep, TileOutcomes, cut};
use parquet::basic::{LogicalType, Type};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use std::fs::File;

fn swept(precision: Precision) -> (FormulaSweep, TileOutcomes) {
    let request = asked("lecture").vary("alpha", along("log:0.01:100:31")).vary_start(along("lin:-10:9:17")).steps(40);
    let spec = request.precision(precision).resolve().expect("a sweep");
    let mut all = collect(&CpuEngine::new(Some(2)).expect("an engine"), &Sweep::from(&spec)).expect("a map");
    // What no descent here comes to: a start without a loss.
    (all.loss_start[5], all.loss_final[5]) = (f64::NAN, f64::NAN);
    (spec, all)
}

fn written(spec: &FormulaSweep, all: &TileOutcomes, tile_cells: usize, group_rows: usize) -> Vec<u8> {
    let sweep = Sweep::from(spec);
    let mut output = ParquetOutput::new(Vec::new(), &sweep).expect("memory").with_group_rows(group_rows);
    for tile in cut(all.tile.nx, all.tile.ny, tile_cells) {
        output.tile(&part(all, tile)).expect("memory");
    }
    output.finish().expect("memory")
}

fn read(bytes: &[u8]) -> SerializedFileReader<File> {
    let mut file = tempfile::tempfile().expect("a file");
    std::io::Write::write_all(&mut file, bytes).expect("a write");
    SerializedFileReader::new(file).expect("a Parquet file")
}

fn real(field: &Field) -> f64 {
    match field {
        Field::Float(value) => f64::from(*value),
        Field::Double(value) => *value,
        other => panic!("{other:?} is no real number"),
    }
}

#[test]
fn what_is_read_back_is_the_map_to_the_bit() {
    for (precision, wide) in [(Precision::F32, false), (Precision::Compensated, false), (Precision::F64, true)] {
        let (spec, all) = swept(precision);
        let reader = read(&written(&spec, &all, 100, 64));
        let types: Vec<Type> =
            reader.metadata().file_metadata().schema_descr().columns().iter().map(|c| c.physical_type()).collect();
        let loss = if wide { Type::DOUBLE } else { Type::FLOAT };
        let parameter = if precision == Precision::F32 { Type::FLOAT } else { Type::DOUBLE };
        assert_eq!(types, [loss, loss, loss, loss, parameter, Type::INT32, Type::BYTE_ARRAY], "{precision}");
        let (x, y) = (spec.x_values(all.tile), spec.y_values(all.tile));
        let mut cells = 0;
        for (cell, row) in reader.get_row_iter(None).expect("rows").enumerate() {
            let row = row.expect("a row");
            let fields: Vec<(&String, &Field)> = row.get_column_iter().collect();
            let expected = [
                ("alpha", x[cell % spec.nx()]),
                ("beta_start", y[cell / spec.nx()]),
                ("loss_start", all.loss_start[cell]),
                ("loss_final", all.loss_final[cell]),
                ("beta_final", all.parameters[0][cell]),
            ];
            for ((name, field), (column, value)) in fields.iter().zip(expected) {
                let same = real(field).to_bits() == value.to_bits() || (real(field).is_nan() && value.is_nan());
                assert!(*name == column && same, "{precision}, cell {cell}: {name} is {field:?}, not {value}");
            }
            assert_eq!((fields[5].0.as_str(), fields[5].1), ("steps", &Field::UInt(all.steps[cell])));
            let word = Field::Str(all.outcome[cell].word().to_owned());
            assert_eq!((fields[6].0.as_str(), fields[6].1), ("outcome", &word));
            cells += 1;
        }
        assert_eq!(cells, spec.cells());
    }
}

/// Parts of a sweep and other engines cut it otherwise; the file is the same.
#[test]
fn tiles_do_not_change_a_byte_and_groups_are_full() {
    let (spec, all) = swept(Precision::Compensated);
    let whole = written(&spec, &all, spec.cells(), 100);
    for tile_cells in [1, 7, 31, 64, 100, 310] {
        assert!(written(&spec, &all, tile_cells, 100) == whole, "tiles of {tile_cells} cells");
    }
    let rows: Vec<i64> = read(&whole).metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    assert_eq!(rows, [100, 100, 100, 100, 100, 27]);
    assert!(written(&spec, &all, 31, 99) != whole, "groups of another size are another file");
}

#[test]
fn the_file_says_what_it_is_of_and_what_its_columns_are() {
    let (spec, mut all) = swept(Precision::F32);
    // Counts beyond i32 are what they are.
    all.steps[3] = u32::MAX;
    all.outcome[3] = Outcome::Rising;
    let reader = read(&written(&spec, &all, 1000, 1000));
    let metadata = reader.metadata().file_metadata();
    let told = |key: &str| {
        let found = metadata.key_value_metadata().into_iter().flatten().find(|pair| pair.key == key);
        found.and_then(|pair| pair.value.clone()).expect(key)
    };
    assert_eq!(told("alphasweep"), env!("CARGO_PKG_VERSION"));
    let told: serde_json::Value = serde_json::from_str(&told("spec")).expect("JSON");
    assert_eq!(told, alphasweep::store::described(&Sweep::from(&spec)));
    let logical = |at: usize| metadata.schema_descr().column(at).logical_type_ref().cloned();
    assert_eq!(logical(5), Some(LogicalType::integer(32, false)));
    assert_eq!(logical(6), Some(LogicalType::String));
    let row = reader.get_row_iter(None).expect("rows").nth(3).expect("a row").expect("a row");
    let steps = row.get_column_iter().find(|(name, _)| *name == "steps").map(|(_, field)| field.clone());
    assert_eq!(steps, Some(Field::UInt(u32::MAX)));
}
