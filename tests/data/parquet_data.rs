//! `--data FILE.parquet`: the same table as the same rows in a CSV file. The files are made by the library of Parquet and not by
//! this crate's writer.

use alphasweep::problem::{Reading, Wanted, parse_columns};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, FloatType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use std::sync::Arc;

const SCHEMA: &str = "message rows { required double x; optional int64 area; required float third; required boolean sunny; \
                      required binary word (UTF8); }";

/// Three rows with a column of each type that people have; the second has no area.
fn table() -> Vec<u8> {
    let schema = Arc::new(parse_message_type(SCHEMA).expect("a schema"));
    let properties = Arc::new(WriterProperties::default());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).expect("memory");
    let mut group = writer.next_row_group().expect("memory");
    let words: Vec<ByteArray> = ["red", "a, \"b\"", "blue"].map(ByteArray::from).to_vec();
    for at in 0.. {
        let Some(mut column) = group.next_column().expect("memory") else { break };
        let written = match at {
            0 => column.typed::<DoubleType>().write_batch(&[0.1, -2.5e-300, 3.0], None, None),
            1 => column.typed::<Int64Type>().write_batch(&[123_456_789_012, 7], Some(&[1, 0, 1]), None),
            2 => column.typed::<FloatType>().write_batch(&[0.1, 0.2, 0.3], None, None),
            3 => column.typed::<BoolType>().write_batch(&[true, false, true], None, None),
            _ => column.typed::<ByteArrayType>().write_batch(&words, None, None),
        };
        written.expect("memory");
        column.close().expect("memory");
    }
    group.close().expect("memory");
    writer.into_inner().expect("memory")
}

/// The same as text; a number of f32 is what it is, not what it was written as.
const TEXT: &str = "x,area,third,sunny,word\n0.1,123456789012,0.10000000149011612,true,red\n\
    -2.5e-300,,0.20000000298023224,false,\"a, \"\"b\"\"\"\n3,7,0.30000001192092896,true,blue\n";

fn columns(bytes: &[u8], names: &[&str], reading: Reading) -> Result<Vec<Vec<f64>>, String> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let wanted = Wanted { names: names.clone(), ..Wanted::default() };
    let (data, _) = parse_columns(bytes, "t", &wanted, reading).map_err(|error| error.to_string())?;
    // In a damaged file it may have another name.
    let of = |name: &String| data.column(name).unwrap_or_default().to_vec();
    Ok(names.iter().map(of).collect())
}

#[test]
fn columns_are_those_of_the_same_rows_as_text() {
    let dropping = Reading { drop_missing: true, ..Reading::default() };
    for (names, reading) in
        [(&["x", "third"][..], Reading::default()), (&["x", "sunny"], Reading::default()), (&["x", "area"], dropping)]
    {
        let there = columns(&table(), names, reading).expect("columns");
        assert_eq!(there, columns(TEXT.as_bytes(), names, reading).expect("columns"), "{names:?}");
        assert!(there[0].len() >= 2);
    }
    assert_eq!(columns(&table(), &["x"], Reading::default()).expect("a column")[0], [0.1, -2.5e-300, 3.0]);
}

#[test]
fn what_is_missing_or_no_number_is_named_as_in_text() {
    for name in ["area", "word"] {
        let told = |bytes: &[u8]| columns(bytes, &["x", name], Reading::default()).unwrap_err();
        assert_eq!(told(&table()), told(TEXT.as_bytes()));
        assert!(told(&table()).contains(&format!("column `{name}`")), "{}", told(&table()));
    }
}

/// Whatever bytes come, there is a table or one line that says what is wrong.
#[test]
fn damaged_files_are_refused_and_nothing_panics() {
    let whole = table();
    let mut refused = 0;
    for at in 0..whole.len() {
        for change in [1, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            refused += u32::from(columns(&bytes, &["x", "third"], Reading::default()).is_err());
        }
        refused += u32::from(columns(&whole[..at], &["x", "third"], Reading::default()).is_err());
    }
    assert!(refused > whole.len() as u32, "{refused} of {} were refused", 4 * whole.len());
    let told = columns(&whole[..whole.len() / 2], &["x"], Reading::default()).unwrap_err();
    assert!(told.contains("the Parquet file cannot be read"), "{told}");
}
