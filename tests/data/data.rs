//! Data: what a CSV file means, how it is refused, what the built-in sets hold, and that files lose nothing.

use alphasweep::expr::Real;
use alphasweep::problem::random::{Stream, normal, uniform};
use alphasweep::problem::{
    DATA, Data, DataProblem, DataRow, MAX_BYTES, MAX_ROW, MAX_VALUES, data_row, draw, parse_csv, read_csv, write_csv,
};
use proptest::prelude::*;
use std::io::Write;
use std::path::Path;

fn parsed(text: &str) -> Data {
    parse_csv(text.as_bytes(), "d.csv").unwrap_or_else(|error| panic!("{text:?} is good data: {error}"))
}

fn complaint(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    parse_csv(bytes, "d.csv").expect_err(&String::from_utf8_lossy(bytes)).to_string()
}

#[test]
fn columns_come_in_the_order_of_the_file() {
    let data = parsed("hours,y_1\n1,2\n-0.5,4e-3\n");
    assert_eq!(data.names, ["hours", "y_1"]);
    assert_eq!(data.columns, [[1.0, -0.5], [2.0, 0.004]]);
    assert_eq!((data.rows(), data.source.as_str(), data.seeded), (2, "d.csv", false));
    assert_eq!(data.column("y_1"), Some(&[2.0, 0.004][..]));
    assert_eq!(data.column("y"), None);
}

#[test]
fn what_programs_write_around_the_numbers_does_not_matter() {
    let plain = parsed("x,y\n1,2\n3,4\n");
    for same in [
        "x,y\n1,2\n3,4",
        "x,y\r\n1,2\r\n3,4\r\n",
        "x,y\r1,2\r3,4\r",
        "\u{feff}x,y\n1,2\n3,4\n",
        "\u{feff}\"x\",\"y\"\n\"1\",2\n3,\"4\"\n",
        " x , y\t\n 1,2 \n\t3 , 4\n",
        "\n\nx,y\n\n1,2\n\n\n3,4\n\n",
        "x,y\n+1,2.\n3e0,.4e1\n",
    ] {
        assert_eq!(parsed(same), plain, "{same:?}");
    }
}

#[test]
fn a_bad_header_is_named_with_the_way_out() {
    let names = "names are made of a-z, A-Z, 0-9 and _ and do not begin with a digit";
    let many = (0..65).map(|at| format!("x{at}")).collect::<Vec<String>>().join(",");
    let long = format!("{}!,y\n1,2\n", "x".repeat(50));
    let table: [(&[u8], String); 17] = [
        (b"", "is empty; its first line must name the columns, as in `x,y`".into()),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty; its first line must name the columns, as in `x,y`".into()),
        (
            b"1,2\n3,4\n",
            "begins with the number `1`; its first line must name the columns, as in `x,y`, or --no-header calls them x1, \
             x2, …"
                .into(),
        ),
        (b"x,y\n", "has a header and no rows; add at least one line of numbers".into()),
        (b"x,,z\n1,2,3\n", "column 2 of the header has no name; name it or leave the column out".into()),
        (b"x,a b\n1,2\n", format!("column 2 of the header is called `a b`; {names}: rename the column")),
        (b"x,2y\n1,2\n", format!("column 2 of the header is called `2y`; {names}: rename the column")),
        ("β\n1\n".as_bytes(), format!("column 1 of the header is called `β`; {names}: rename the column")),
        (b"x;y;a b\n1;2;3\n", format!("column 3 of the header is called `a b`; {names}: rename the column")),
        (b"x\ty\t2y\n1\t2\t3\n", format!("column 3 of the header is called `2y`; {names}: rename the column")),
        (
            long.as_bytes(),
            format!("column 1 of the header is called `{}…`; {names}: rename the column", "x".repeat(40)),
        ),
        (b"x,y,x\n1,2,3\n", "columns 1 and 3 of the header are both called `x`; rename one".into()),
        (
            b"x,alpha\n1,2\n",
            "column 2 of the header is called `alpha`, which has a meaning of its own in sweeps; rename it".into(),
        ),
        (
            b"w_start\n1\n",
            "column 1 of the header is called `w_start`, which has a meaning of its own in sweeps; rename it".into(),
        ),
        (
            b"x,e\n1,2\n",
            "column 2 of the header is called `e`, which has a meaning of its own in formulas; rename it".into(),
        ),
        (b"x,\xff\n1,2\n", format!("column 2 of the header is called `ÿ`; {names}: rename the column")),
        (many.as_bytes(), "the header has 65 columns, and at most 64 are read; leave out what is not used".into()),
    ];
    for (bytes, expected) in table {
        assert_eq!(complaint(bytes), format!("d.csv: {expected}"));
    }
    for name in ["e", "pi"] {
        assert!(complaint(format!("x,{name}\n1,2\n")).contains("in formulas"), "{name}");
    }
    // What has a bracket after it is the function, what has none the column.
    for name in ["mean", "sum", "select", "max"] {
        assert_eq!(parsed(&format!("x,{name}\n1,2\n")).names, ["x", name]);
    }
}

#[test]
fn a_bad_field_is_named_with_its_row_line_and_column() {
    let number = "is not a number; leave the column out or write numbers as in `-1.5e-3`";
    let missing = "fill it in, or leave such rows out with --drop-missing";
    let table: [(&[u8], String); 15] = [
        (b"x,y\n1,2\n3,4\n5,abc\n", format!("row 3 (line 4), column `y`: `abc` {number}")),
        (b"x,y\r\n1,2\r\n3,4\r\n5,abc\r\n", format!("row 3 (line 4), column `y`: `abc` {number}")),
        (b"x,y\r1,2\r3,4\r5,abc\r", format!("row 3 (line 4), column `y`: `abc` {number}")),
        (b"\xef\xbb\xbfx,y\n1,2\n3,4\n5,abc\n", format!("row 3 (line 4), column `y`: `abc` {number}")),
        (b"\nx,y\n\n\n1,2\n\n5,abc\n", format!("row 2 (line 7), column `y`: `abc` {number}")),
        (b"x,y\r\n\r\n\r\n1,abc", format!("row 1 (line 4), column `y`: `abc` {number}")),
        (b"x,y\n\"1\n\",2\n\"1,0,0\",4\n", format!("row 2 (line 4), column `x`: `1,0,0` {number}")),
        (b"x,y\n1,\"a\nb\"\n", format!("row 1 (line 2), column `y`: `a b` {number}")),
        (b"x,y\n1,2\n,4\n", format!("row 2 (line 3), column `x` is empty; {missing}")),
        (b"x\n1\n  \n3\n", format!("row 2 (line 3), column `x` is empty; {missing}")),
        (
            b"x,y\n1,NaN\n",
            "row 1 (line 2), column `y`: `NaN` is not a finite number; leave the row out, or all such rows with --drop-missing"
                .into(),
        ),
        (b"x,y\n-inf,2\n", "row 1 (line 2), column `x`: `-inf` is not a finite number; leave the row out".into()),
        (b"x,y\n1,1e999\n", "row 1 (line 2), column `y`: `1e999` is not a finite number; leave the row out".into()),
        (
            b"x,y\n1,2\n3\n",
            "row 2 (line 3) has 1 field(s) where the header has 2; fill in or cut the row, or leave such rows out with \
             --drop-missing"
                .into(),
        ),
        (b"x,y\n1,2\n3,\xe4\n", format!("row 2 (line 3), column `y`: `ä` {number}")),
    ];
    for (bytes, expected) in table {
        assert_eq!(complaint(bytes), format!("d.csv: {expected}"), "{:?}", String::from_utf8_lossy(bytes));
    }
    assert!(complaint("x,y\n1,2,3\n").ends_with("has 3 field(s) where the header has 2; fill in or cut the row"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = read_csv(Path::new("no/such/data.csv")).expect_err("it is not there");
    assert!(matches!(error.problem, DataProblem::Unreadable(_)), "{error:?}");
    assert!(error.to_string().starts_with("no/such/data.csv: cannot be read: "), "{error}");
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(read_csv(folder.path()).expect_err("a folder").problem, DataProblem::Unreadable(_)));
}

#[test]
fn a_huge_file_is_refused_unread() {
    let file = tempfile::NamedTempFile::new().unwrap();
    // A hole: no such file is ever stored.
    file.as_file().set_len(MAX_BYTES + 1).unwrap();
    let error = read_csv(file.path()).expect_err("it is huge");
    let expected = "is larger than 1073741824 bytes; leave out rows or columns";
    assert_eq!(error.to_string(), format!("{}: {expected}", file.path().display()));
}

#[test]
fn the_last_value_that_fits_is_read_and_the_next_refused() {
    let columns = 64;
    let rows = MAX_VALUES / columns;
    let names: Vec<String> = (0..columns).map(|at| format!("x{at}")).collect();
    let line = format!("{}\n", vec!["0"; columns].join(","));
    let mut text = format!("{}\n{}", names.join(","), line.repeat(rows));
    assert_eq!(parsed(&text).rows(), rows);
    text.push_str(&line);
    let expected = format!("row {} goes beyond 16777216 values, and no more are read", rows + 1);
    assert_eq!(complaint(&text), format!("d.csv: {expected}; leave out rows or columns"));
}

/// Through a file and back.
fn read_back(data: &Data) -> Data {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write_csv(data, &mut file).unwrap();
    file.flush().unwrap();
    read_csv(file.path()).unwrap_or_else(|error| panic!("{error}"))
}

fn bits(data: &Data) -> Vec<Vec<u64>> {
    data.columns.iter().map(|column| column.iter().map(|value| value.to_bits()).collect()).collect()
}

#[test]
fn files_are_written_in_the_shortest_numbers() {
    let values = vec![2.0, -0.5, 1e-300, 1e22, -0.0, 0.1];
    let data = Data { names: vec!["x".into(), "y".into()], columns: vec![values.clone(), values], ..parsed("x\n1\n") };
    let mut text = Vec::new();
    write_csv(&data, &mut text).unwrap();
    let expected = "x,y\n2,2\n-0.5,-0.5\n1e-300,1e-300\n1e22,1e22\n-0,-0\n0.1,0.1\n";
    assert_eq!(String::from_utf8(text).unwrap(), expected);
}

#[test]
fn every_built_in_set_can_be_drawn_and_survives_a_file() {
    for row in DATA {
        let data = draw(row, 1);
        assert_eq!(data.rows(), row.rows as usize, "{}", row.name);
        assert!(data.columns.iter().flatten().all(|value| value.is_finite()), "{}", row.name);
        let back = read_back(&data);
        assert_eq!((bits(&back), &back.names), (bits(&data), &data.names), "{}", row.name);
        assert_eq!(back.hash(), data.hash(), "{}", row.name);
        assert_eq!(draw(row, 1), data, "{}: one seed, one data set", row.name);
        assert_eq!(draw(row, 2) != data, data.seeded, "{}: the seed is told truly", row.name);
        assert_eq!(data_row(row.name), Some(row));
        assert!(!row.source.is_empty());
    }
    assert_eq!(data_row("no-such-set"), None);
}

#[test]
fn the_hours_are_those_of_the_post() {
    let data = draw(data_row("hours").unwrap(), 0);
    assert_eq!(data.columns, [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]]);
    assert!(!data.seeded);
}

#[test]
fn columns_are_drawn_from_their_own_streams() {
    let line = draw(data_row("line").unwrap(), 7);
    let [x, noise, y] = ["x", "noise", "y"].map(|name| line.column(name).unwrap());
    let sine = draw(data_row("sine-noisy").unwrap(), 7);
    for at in 0..100 {
        let drawn = |which| normal(7, Stream::Column, which, at as u32);
        assert_eq!((x[at], noise[at]), (drawn(0), drawn(1)));
        assert_eq!(y[at], 2.0 * x[at] + 1.0 + 0.3 * noise[at]);
        let [x, noise, y] = ["x", "noise", "y"].map(|name| sine.column(name).unwrap()[at]);
        assert_eq!((x, noise), (10.0 * uniform(7, Stream::Column, 0, at as u32), drawn(1)));
        // The project's sine: `functions.rs` knows how good it is.
        assert_eq!(y, 10.0 * Real::sin(x) + 1.5 + noise);
    }
}

/// Means and deviations as the sources say, within what 100 rows can be off.
#[test]
fn drawn_columns_have_the_distributions_of_their_sources() {
    let columns = [
        ("line", "x", 0.0, 1.0),
        ("line", "noise", 0.0, 1.0),
        ("line-mae", "x", 0.5, 12_f64.sqrt().recip()),
        ("sine", "x", 5.0, 10.0 * 12_f64.sqrt().recip()),
    ];
    for (row, column, mean, deviation) in columns {
        let data = draw(data_row(row).unwrap(), 0);
        let values = data.column(column).unwrap();
        let measured = values.iter().sum::<f64>() / 100.0;
        assert!((measured - mean).abs() < 0.4 * deviation, "{row}: mean of {column} is {measured}");
        let measured = (values.iter().map(|v| (v - measured).powi(2)).sum::<f64>() / 100.0).sqrt();
        assert!((measured / deviation - 1.0).abs() < 0.3, "{row}: deviation of {column} is {measured}");
    }
}

#[test]
#[should_panic(expected = "column `y` of `broken`, `2*z`: `z` is nothing in this formula")]
fn a_malformed_row_says_where() {
    draw(&DataRow { name: "broken", rows: 2, columns: &[("x", "1,2"), ("y", "2*z")], source: "" }, 0);
}

#[test]
#[should_panic(expected = "rows of column `x` of `broken`, `1,2`")]
fn a_list_of_another_length_says_where() {
    draw(&DataRow { name: "broken", rows: 3, columns: &[("x", "1,2")], source: "" }, 0);
}

/// Worked out by another implementation of XXH3 (Python's xxhash), so that manifests of all versions can be compared.
#[test]
fn the_hash_is_the_published_one() {
    let data = parsed("x,y\n1,2\n2,4\n3,6\n");
    assert_eq!(data.hash(), "19ccf143136acbbf");
    assert_eq!(data.hash(), draw(data_row("hours").unwrap(), 5).hash(), "neither source nor seed, only contents");
}

#[test]
fn the_hash_sees_every_change() {
    let texts = ["x,y\n1,2\n3,4\n", "x,z\n1,2\n3,4\n", "y,x\n1,2\n3,4\n", "x,y\n3,4\n1,2\n", "x,y\n1,3\n2,4\n"];
    let more = ["x,y\n1,2\n", "x\n1\n3\n", "x,y\n1,2\n3,4.000000000000001\n", "x\n0\n", "x\n-0\n"];
    let mut hashes: Vec<String> = texts.iter().chain(&more).map(|text| parsed(text).hash()).collect();
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), texts.len() + more.len());
}

/// Pieces that files are made of, and pieces that break them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "x", "y", "1", "-2.5e3", ",", ",", "\n", "\n", "\r\n", "\r", "\"", " ", "nan", "\u{feff}", ";", "β", "\0", "",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

/// What any input must come to: whole columns of finite numbers, or an error on one line.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    match parse_csv(bytes, "d.csv") {
        Ok(data) => {
            prop_assert!(data.rows() > 0 && data.columns.iter().all(|column| column.len() == data.rows()));
            prop_assert!(data.columns.iter().flatten().all(|value| value.is_finite()));
        }
        Err(error) => prop_assert!(!error.to_string().contains(['\n', '\r']), "{error:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(4096))]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes)?;
    }

    #[test]
    fn no_text_behind_a_good_header_makes_the_reader_panic(text in pieces()) {
        check(text.as_bytes())?;
        check(format!("x,y\n1,2\n{text}").as_bytes())?;
    }
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn any_finite_bits_survive_a_file(values in prop::collection::vec(any::<u64>().prop_map(f64::from_bits), 1..50)) {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).chain([5e-324]).collect();
        let data = Data { names: vec!["x".into()], columns: vec![values], source: String::new(), seeded: false };
        prop_assert_eq!(bits(&read_back(&data)), bits(&data));
    }
}

/// Where each field ends takes memory too: eight times that of a file of commas. So no row is read to the end of a file.
#[test]
fn a_row_without_end_is_refused_before_it_is_held() {
    let most = MAX_ROW;
    let expected =
        |row| format!("d.csv: row {row} is longer than {most} bytes; is this a CSV file, and are its quotes closed?");
    for (row, before) in [(0, ""), (1, "x,y\n"), (3, "x,y\n1,2\n3,4\n")] {
        assert_eq!(complaint(format!("{before}{}", ",".repeat(2 * most))), expected(row));
        assert_eq!(complaint(format!("{before}\"{}", "1\n".repeat(most))), expected(row), "an open quote");
        assert_eq!(complaint(format!("{before}{}", "1".repeat(2 * most))), expected(row));
    }
    let padded = format!("x\n{}1\n2\n", " ".repeat(most - 10_000));
    assert_eq!(parsed(&padded).rows(), 2, "what is only long is read");
}
