//! CSV files as people have them: what programs, instruments and spreadsheets write, and what is said of files that cannot be
//! read. Each case is a file, the names that a formula uses, and what comes of it.

use alphasweep::problem::samples::{SampleSets, Targets, parse_table};
use alphasweep::problem::{Data, DataNote, Reading, Wanted, parse_columns, read_columns};
use assert_cmd::Command;
use encoding_rs::{EUC_KR, Encoding, SHIFT_JIS, WINDOWS_1252};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use tempfile::TempDir;

const PLAIN: Reading = Reading { no_header: false, drop_missing: false };
const NO_HEADER: Reading = Reading { no_header: true, drop_missing: false };
const DROP: Reading = Reading { no_header: false, drop_missing: true };

fn wanted(names: &str) -> Wanted {
    Wanted { names: names.split(' ').map(str::to_owned).collect(), ..Wanted::default() }
}

fn read(bytes: &[u8], names: &str, reading: Reading) -> Result<(Data, String), String> {
    let told = |notes: Vec<DataNote>| notes.iter().map(DataNote::to_string).collect::<Vec<_>>().join("; ");
    parse_columns(bytes, "d.csv", &wanted(names), reading)
        .map(|(data, notes)| (data, told(notes)))
        .map_err(|error| error.to_string())
}

/// `x 1 2, y 3 4`
fn shown(data: &Data) -> String {
    let column = |(name, values): (&String, &Vec<f64>)| {
        std::iter::once(name.clone()).chain(values.iter().map(f64::to_string)).collect::<Vec<_>>().join(" ")
    };
    data.names.iter().zip(&data.columns).map(column).collect::<Vec<_>>().join(", ")
}

/// A file, the names in the formula, what is read, and what is told.
type Good = (&'static str, &'static str, &'static str, &'static str);

fn check(cases: &[Good], reading: Reading) {
    for (file, names, columns, notes) in cases {
        match read(file.as_bytes(), names, reading) {
            Ok((data, told)) => assert_eq!((shown(&data).as_str(), told.as_str()), (*columns, *notes), "{file:?}"),
            Err(error) => panic!("{file:?} is a good file: {error}"),
        }
    }
}

/// A file, the names in the formula, and what is said.
type Bad = (&'static str, &'static str, &'static str);

fn refuse(cases: &[Bad], reading: Reading) {
    for (file, names, expected) in cases {
        match read(file.as_bytes(), names, reading) {
            Ok((data, _)) => panic!("{file:?} was read as {}", shown(&data)),
            Err(told) => assert_eq!(told, format!("d.csv: {expected}"), "{file:?}"),
        }
    }
}

const XY: &str = "x 1 2 3, y 2 4.1 5.9";

#[test]
fn the_separator_is_found_out() {
    check(
        &[
            ("x,y\n1,2\n2,4.1\n3,5.9\n", "x y", XY, ""),
            ("x;y\n1;2\n2;4.1\n3;5.9\n", "x y", XY, "columns are separated by semicolons"),
            ("x\ty\n1\t2\n2\t4.1\n3\t5.9\n", "x y", XY, "columns are separated by tabs"),
            ("x|y\n1|2\n2|4.1\n3|5.9\n", "x y", XY, "columns are separated by `|`"),
            ("x y\n1 2\n2 4.1\n3 5.9\n", "x y", XY, "columns are separated by blanks"),
            ("  x    y\n  1    2\n 2  4.1\n  3  5.9  \n", "x y", XY, "columns are separated by blanks"),
            ("x, y\n1, 2\n2, 4.1\n3, 5.9\n", "x y", XY, ""),
            ("x ; y\n1 ; 2\n2 ; 4.1\n3 ; 5.9\n", "x y", XY, "columns are separated by semicolons"),
            // Excel says it, and then it holds.
            ("sep=;\nx;y\n1;2\n2;4.1\n3;5.9\n", "x y", XY, "columns are separated by semicolons"),
            ("\"sep=,\"\r\nx,y\r\n1,2\r\n2,4.1\r\n3,5.9\r\n", "x y", XY, ""),
            // Names with blanks and commas do not make columns: the rows have none.
            (
                "Area (sq ft),y\n1,2\n2,4\n",
                "Area_sq_ft y",
                "Area_sq_ft 1 2, y 2 4",
                "`Area (sq ft)` is called Area_sq_ft",
            ),
            (
                "a, m;y\n1;2\n3;4\n",
                "a_m y",
                "a_m 1 3, y 2 4",
                "columns are separated by semicolons; `a, m` is called a_m",
            ),
            ("price in euro\n1\n2\n", "price_in_euro", "price_in_euro 1 2", "`price in euro` is called price_in_euro"),
            // Tabs with nothing between them are empty fields.
            ("x\tz\ty\n1\t\t2\n2\t\t4.1\n3\t\t5.9\n", "x y", XY, "columns are separated by tabs"),
        ],
        PLAIN,
    );
}

#[test]
fn the_decimal_sign_is_what_all_numbers_allow() {
    let semicolons = "columns are separated by semicolons; numbers have decimal commas";
    check(
        &[
            ("x;y\n1,5;3,1\n2,5;4,9\n3,5;7,2\n", "x y", "x 1.5 2.5 3.5, y 3.1 4.9 7.2", semicolons),
            ("x\ty\n1,5\t2\n", "x y", "x 1.5, y 2", "columns are separated by tabs; numbers have decimal commas"),
            (
                "x y\n1,5 2,5\n3 4\n",
                "x y",
                "x 1.5 3, y 2.5 4",
                "columns are separated by blanks; numbers have decimal commas",
            ),
            ("x,y\n\"1,5\",2\n\"-2,25\",3\n", "x y", "x 1.5 -2.25, y 2 3", "numbers have decimal commas"),
            ("x;y\n1,5e3;-,5\n", "x y", "x 1500, y -0.5", semicolons),
            // 1,234 alone could be both; its neighbours, or other columns, say which.
            ("x;y\n1,234;1\n0,5;2\n", "x y", "x 1.234 0.5, y 1 2", semicolons),
            ("x;y\n1,234;1,5\n", "x", "x 1.234", semicolons),
            (
                "x;y\n1,234;1.5\n",
                "x",
                "x 1234",
                "columns are separated by semicolons; separators of thousands are taken out",
            ),
            ("x;y\n1.234;1\n", "x", "x 1.234", "columns are separated by semicolons"),
            (
                "x;y\n1.234,5;1\n12;2\n",
                "x y",
                "x 1234.5 12, y 1 2",
                "columns are separated by semicolons; numbers have decimal commas; separators of thousands are taken out",
            ),
        ],
        PLAIN,
    );
    refuse(
        &[
            (
                "x;y\n1;2\n1,234;3\n",
                "x y",
                "row 2 (line 3), column `x`: `1,234` is 1.234 with a decimal comma and 1234 with a separator of thousands, and \
                 nothing in the file says which; write `1.234` or `1234`",
            ),
            (
                "x;y\n1,5;2\n2.5;3\n",
                "x y",
                "row 1 (line 2), column `x`: `1,5` has a decimal comma, and `2.5` in row 2 (line 3), column `x` a decimal \
                 point; write all numbers alike",
            ),
        ],
        PLAIN,
    );
}

#[test]
fn separators_of_thousands_are_taken_out() {
    let note = "separators of thousands are taken out";
    check(
        &[
            ("x,y\n1,\"1,200\"\n2,\"2,400\"\n3,\"3,100\"\n", "x y", "x 1 2 3, y 1200 2400 3100", note),
            ("x,y\n1,\"1,234,567.5\"\n", "y", "y 1234567.5", note),
            ("x,y\n1,\"-1,234\"\n2,-7\n", "y", "y -1234 -7", note),
            ("x,y\n1,1'234.5\n", "y", "y 1234.5", note),
            ("x,y\n1,12\u{202f}345\n2,1\u{a0}000\n", "y", "y 12345 1000", note),
        ],
        PLAIN,
    );
    refuse(
        &[(
            "x,y\n1,\"12,34,5\"\n",
            "y",
            "row 1 (line 2), column `y`: `12,34,5` is not a number; leave the column out or write numbers as in `-1.5e-3`",
        )],
        PLAIN,
    );
}

#[test]
fn what_is_no_data_is_passed_over() {
    check(
        &[
            ("# measured 2021\nx,y\n1,2\n# pause\n2,4.1\n3,5.9\n", "x y", XY, ""),
            ("x,y\n\n1,2\n   \n2,4.1\n,\n3,5.9\n\n", "x y", XY, ""),
            ("x,y\r1,2\r2,4.1\r3,5.9\r", "x y", XY, ""),
            ("x,y\r\n1,2\r\n2,4.1\r\n3,5.9", "x y", XY, ""),
            ("x,y\r\n1,2\n2,4.1\r3,5.9", "x y", XY, ""),
            ("\u{feff}x,y\n1,2\n2,4.1\n3,5.9\n", "x y", XY, ""),
            ("x,y,\n1,2,\n2,4.1,\n3,5.9,\n\n", "x y", XY, ""),
            ("x,y\n1,2,\n2,4.1,,\n3,5.9\n", "x y", XY, ""),
            ("x,y,,\n1,2\n2,4.1,\n3,5.9,,\n", "x y", XY, ""),
            (",x,y\n0,1,2\n1,2,4.1\n2,3,5.9\n", "x y", XY, ""),
            ("Unnamed: 0,x,y\n0,1,2\n1,2,4.1\n2,3,5.9\n", "x y", XY, ""),
            (
                "# x y\n1 2\n2 4.1\n3 5.9\n",
                "x y",
                XY,
                "columns are separated by blanks; the names of the columns stand in a comment",
            ),
            ("#x,y\n1,2\n2,4.1\n3,5.9\n", "x y", XY, "the names of the columns stand in a comment"),
        ],
        PLAIN,
    );
}

#[test]
fn quotes_may_have_blanks_around_them() {
    check(
        &[
            ("\"x\", \"y\"\n\"1\", \"2\"\n2 , \"4.1\" \n \"3\",5.9\n", "x y", XY, ""),
            ("x,note,y\n1, \"a, b\" ,2\n2, \"say \"\"c, d\"\"\",4.1\n3,\"e\nf, g\",5.9\n", "x y", XY, ""),
            ("x,y,size\n1,2,5\" pipe\n2,4.1,7\"\n3,5.9,\"a\"b\n", "x y", XY, ""),
            ("\"# of x\",y\n1,2\n", "of_x y", "of_x 1, y 2", "`# of x` is called of_x"),
        ],
        PLAIN,
    );
    refuse(
        &[
            (
                "x,y\n1,2\n2,\"4.1\n3,5.9\n",
                "x y",
                "row 2 (line 3), column 2: a quote opens here and is not closed; close it or take it out",
            ),
            (
                "x,\"y\n1,2\n",
                "x y",
                "the header (line 1), column 2: a quote opens here and is not closed; close it or take it out",
            ),
            (
                "# a\n\nx,y\n\"1\n\",2\n\"5,6\n",
                "x y",
                "row 2 (line 6), column 1: a quote opens here and is not closed; close it or take it out",
            ),
        ],
        PLAIN,
    );
}

#[test]
fn only_the_columns_of_the_formula_are_read() {
    let wide = (0..71).fold(String::new(), |text, at| text + ",c" + &at.to_string());
    let text = (0..71).fold(String::new(), |text, at| text + ",text " + &at.to_string());
    let file = format!("x,y{wide}\n1,2{text}\n2,4.1{text}\n3,5.9{text}\n");
    assert_eq!(shown(&read(file.as_bytes(), "x y w", PLAIN).unwrap().0), XY);
    check(
        &[
            ("date,town,x,y\n2020-01-01,Ulm,1,2\n2020-01-02,Bonn,2,4.1\n2020-01-03,Kiel,3,5.9\n", "x y", XY, ""),
            ("x,x,y\n1,9,2\n2,9,4.1\n", "w y", "y 2 4.1", ""),
            ("loss,alpha,e,x,y\n1,1,1,1,2\n", "x y", "x 1, y 2", ""),
            ("x,,y\n1,7,2\n", "x y", "x 1, y 2", ""),
            ("y,x\n2,1\n", "x y", "y 2, x 1", ""),
        ],
        PLAIN,
    );
    refuse(
        &[
            ("x,x,y\n1,9,2\n", "x y", "columns 1 and 2 of the header are both called `x`; rename one"),
            ("a-b,a b,y\n1,9,2\n", "a_b y", "columns 1 and 2 of the header are both called `a_b`; rename one"),
            (
                "loss,y\n1,2\n",
                "loss y",
                "column 1 of the header is called `loss`, which has a meaning of its own in sweeps; rename it",
            ),
            ("u,v\n1,2\n", "x y", "the formula reads no column of it; it has u, v"),
        ],
        PLAIN,
    );
}

/// A column of the data is data, also where the language has a constant of its name.
#[test]
fn a_column_goes_before_a_constant_of_its_name() {
    let names = Wanted { constants: vec!["e".into(), "e".into(), "pi".into()], ..wanted("x y") };
    let (data, notes) = parse_columns(b"x,y,e\n1,2,3\n", "d.csv", &names, PLAIN).expect("a table");
    assert_eq!(shown(&data), "x 1, y 2, e 3");
    let notes: Vec<String> = notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, ["`e` is the column of this name, and no constant"]);
    let folder = folder("d.csv", b"e,y\n1,2\n2,4\n3,6\n");
    let (told, csv) = sweep(&folder, &["mean((w*e-y)^2)", "--data", "d.csv", "--alpha", "0.1", "--start", "1"]);
    assert!(told.contains("`e` is the column of this name, and no constant"), "{told}");
    assert!((of_last_cell(&csv, "w_final") - 2.0).abs() < 1e-6, "{csv}");
    // Without a column of that name it is the constant.
    let (told, csv) = sweep(&folder, &["mean((w*pi-y)^2)", "--data", "d.csv", "--alpha", "0.05", "--start", "1"]);
    assert!(!told.contains("no constant"), "{told}");
    assert!((of_last_cell(&csv, "w_final") - 4.0 / std::f64::consts::PI).abs() < 1e-6, "{csv}");
}

/// R's `write.table` writes one name less than there are columns: rows begin with their names.
#[test]
fn rows_may_begin_with_a_name_that_has_no_column() {
    check(
        &[
            (
                "\"x\" \"y\"\n\"1\" 1 2\n\"2\" 3 4\n",
                "x y",
                "x 1 3, y 2 4",
                "columns are separated by blanks; rows begin with a name, which is not read",
            ),
            (
                "x\ty\nMazda RX4\t1\t2\nFiat 128\t3\t4\n",
                "x y",
                "x 1 3, y 2 4",
                "columns are separated by tabs; rows begin with a name, which is not read",
            ),
            ("x,y\n1,1,2\n2,3,4\n3,5,6\n", "x y", "x 1 3 5, y 2 4 6", "rows begin with a name, which is not read"),
            ("# from R\n\n\"x\",\"y\"\n\"a\",1,2\n", "x y", "x 1, y 2", "rows begin with a name, which is not read"),
        ],
        PLAIN,
    );
    refuse(
        &[
            ("x,y\n1,2,3\n", "x y", "row 1 (line 2) has 3 field(s) where the header has 2; fill in or cut the row"),
            (
                "x,y\n5,1,2\n3,3,4\n",
                "x y",
                "row 1 (line 2) has 3 field(s) where the header has 2; fill in or cut the row",
            ),
            (
                "x,y\na,1,2\n3,4\n",
                "x y",
                "row 1 (line 2) has 3 field(s) where the header has 2; fill in or cut the row",
            ),
        ],
        PLAIN,
    );
    let (sets, notes) = table("x y\nMazda 1 2\nFiat 3 4\n", "y", PLAIN).expect("a table");
    assert_eq!((sets.train.inputs, sets.train.features), (1, vec![1.0, 3.0]));
    assert!(notes.contains("rows begin with a name"), "{notes}");
}

#[test]
fn headers_of_any_script_have_names() {
    check(
        &[
            ("größe,цена\n1,2\n2,4.1\n", "größe цена", "größe 1 2, цена 2 4.1", ""),
            ("넓이,가격\n1,2\n", "넓이 가격", "넓이 1, 가격 2", ""),
            ("面積,価格\n1,2\n", "面積 価格", "面積 1, 価格 2", ""),
            ("Sepal.Length,y\n1,2\n", "Sepal_Length y", "Sepal_Length 1, y 2", "`Sepal.Length` is called Sepal_Length"),
            ("Area (m²),y\n1,2\n", "Area_m2 y", "Area_m2 1, y 2", "`Area (m²)` is called Area_m2"),
            ("% of  all!,y\n1,2\n", "of_all y", "of_all 1, y 2", "`% of  all!` is called of_all"),
            ("2nd,y\n1,2\n", "_2nd y", "_2nd 1, y 2", "`2nd` is called _2nd"),
        ],
        PLAIN,
    );
}

#[test]
fn a_name_is_looked_up_exactly_and_then_in_other_letters() {
    check(
        &[
            ("x,Price\n1,2\n", "x price w", "x 1, price 2", "`Price` is called price"),
            ("X,Y\n1,2\n", "x y", "x 1, y 2", "`X` is called x; `Y` is called y"),
            ("price,Price\n1,2\n", "price w", "price 1", ""),
            ("price,Price\n1,2\n", "price Price", "price 1, Price 2", ""),
            ("x,Price,PRICE\n1,2,3\n", "x price", "x 1", "`price` is no column; the data has a column `Price`"),
            // Mathematics uses both cases of a letter.
            ("RM,B,MEDV\n1,2,3\n", "w RM b MEDV", "RM 1, MEDV 3", "`b` is no column; the data has a column `B`"),
        ],
        PLAIN,
    );
    let known = Wanted { known: vec!["price".into()], ..wanted("x price") };
    let (data, notes) = parse_columns(b"x,Price\n1,2\n", "d.csv", &known, PLAIN).unwrap();
    assert_eq!((shown(&data).as_str(), notes.len()), ("x 1", 0), "a name with a start is a parameter");
}

#[test]
fn without_a_header_columns_are_numbered() {
    let note = "the columns are called x1 to x2";
    check(
        &[
            ("1,2\n2,4.1\n", "x1 x2", "x1 1 2, x2 2 4.1", note),
            (
                "1,5;2\n2;4,1\n",
                "x1 x2",
                "x1 1.5 2, x2 2 4.1",
                "columns are separated by semicolons; the columns are called x1 to x2; numbers have decimal commas",
            ),
            (
                "# day 1\n1 2\n2 4.1\n",
                "x1 x2",
                "x1 1 2, x2 2 4.1",
                "columns are separated by blanks; the columns are called x1 to x2",
            ),
            ("7\n8\n", "x1", "x1 7 8", "the column is called x1"),
        ],
        NO_HEADER,
    );
    refuse(
        &[(
            "x,y\n1,2\n",
            "x1 x2",
            "row 1 (line 1), column `x1`: `x` is not a number; if the first line names the columns, leave --no-header out",
        )],
        NO_HEADER,
    );
    let begins = "begins with the number `1`; its first line must name the columns, as in `x,y`, or --no-header calls them x1, x2, …";
    refuse(&[("1,2\n2,4.1\n", "x y", begins), ("1;2\n2;4,1\n", "x y", begins)], PLAIN);
}

#[test]
fn rows_that_miss_a_value_are_refused_or_left_out() {
    let way_out = "fill it in, or leave such rows out with --drop-missing";
    let cases = [
        ("x,y\n1,2\n2,NA\n3,5.9\n,4\n", format!("row 2 (line 3), column `y`: `NA` says that a value is missing; {way_out}"), "x 1 3, y 2 5.9", 2, 4),
        ("x,y\n1,2\n,4\n", format!("row 2 (line 3), column `x` is empty; {way_out}"), "x 1, y 2", 1, 2),
        ("x,y\n#N/A,2\n3,5.9\n", format!("row 1 (line 2), column `x`: `#N/A` says that a value is missing; {way_out}"), "x 3, y 5.9", 1, 2),
        ("x,y\nnull,2\n3,5.9\n", format!("row 1 (line 2), column `x`: `null` says that a value is missing; {way_out}"), "x 3, y 5.9", 1, 2),
        ("x;y\n1,5;-\n2,5;1\n", format!("row 1 (line 2), column `y`: `-` says that a value is missing; {way_out}"), "x 2.5, y 1", 1, 2),
        (
            "x,y\n1,2\n3\n",
            "row 2 (line 3) has 1 field(s) where the header has 2; fill in or cut the row, or leave such rows out with --drop-missing".into(),
            "x 1, y 2",
            1,
            2,
        ),
        (
            "x,y\nNaN,2\n3,4\n",
            "row 1 (line 2), column `x`: `NaN` is not a finite number; leave the row out, or all such rows with --drop-missing".into(),
            "x 3, y 4",
            1,
            2,
        ),
    ];
    for (file, complaint, columns, rows, of) in cases {
        assert_eq!(read(file.as_bytes(), "x y", PLAIN).unwrap_err(), format!("d.csv: {complaint}"), "{file:?}");
        let (data, told) = read(file.as_bytes(), "x y", DROP).unwrap_or_else(|error| panic!("{file:?}: {error}"));
        assert_eq!(shown(&data), columns, "{file:?}");
        let note = format!("{rows} of {of} rows miss a value and are left out");
        assert!(told.ends_with(&note), "{file:?}: {told}");
    }
    refuse(
        &[
            (
                "x,y\n1,\n,2\n",
                "x y",
                "none of its 2 rows is whole, so that --drop-missing leaves none; fill in what is missing",
            ),
            (
                "x,y\n1,2\n3,4x\n",
                "x y",
                "row 2 (line 3), column `y`: `4x` is not a number; leave the column out or write numbers as in `-1.5e-3`",
            ),
            ("x,y\n1,inf\n", "x y", "row 1 (line 2), column `y`: `inf` is not a finite number; leave the row out"),
        ],
        DROP,
    );
    // What is missing in a column that is not read does not matter.
    check(&[("x,z,y\n1,NA,2\n2,,4.1\n3,?,5.9\n", "x y", XY, "")], PLAIN);
}

#[test]
fn true_and_false_are_one_and_zero() {
    check(&[("x,y\nTrue,1\nFALSE,2\ntrue,3\n", "x y", "x 1 0 1, y 1 2 3", "")], PLAIN);
}

fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
    let (bytes, _, lossy) = encoding.encode(text);
    assert!(!lossy, "{text:?} can be written in {}", encoding.name());
    bytes.into_owned()
}

fn utf_16(text: &str, mark: bool, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mark = mark.then_some(0xfeff);
    mark.into_iter().chain(text.encode_utf16()).flat_map(order).collect()
}

#[test]
fn the_encoding_is_found_out() {
    let korean = "넓이(제곱미터),가격,온도 ℃\n1,2,3\n2,4.1,3\n";
    let japanese = "面積,価格,メモ\n1,2,あ\n2,4.1,い\n";
    let german = "Größe,Länge (m²),Temp °C\n1,2,3\n2,4.1,3\n";
    let french = "Surface,Élévation à l’été,œuvre\n1,2,3\n2,4.1,3\n";
    let cases: [(&str, Vec<u8>, &str, &str); 12] = [
        ("UTF-8", korean.into(), "넓이_제곱미터 가격", ""),
        ("UTF-16, marked", utf_16(korean, true, u16::to_le_bytes), "넓이_제곱미터 가격", "the text is UTF-16"),
        ("UTF-16, the other way", utf_16(german, true, u16::to_be_bytes), "Größe Länge_m2", "the text is UTF-16"),
        ("UTF-16, not marked", utf_16(german, false, u16::to_le_bytes), "Größe Länge_m2", "the text is UTF-16"),
        ("UTF-16, neither", utf_16(french, false, u16::to_be_bytes), "Surface Élévation_à_l_été", "the text is UTF-16"),
        ("cp949", encoded(korean, EUC_KR), "넓이_제곱미터 가격", "the text is Korean (cp949)"),
        ("Shift-JIS", encoded(japanese, SHIFT_JIS), "面積 価格", "the text is Japanese (Shift-JIS)"),
        ("cp1252", encoded(german, WINDOWS_1252), "Größe Länge_m2", "the text is Western (cp1252)"),
        ("cp1252", encoded(french, WINDOWS_1252), "Surface Élévation_à_l_été", "the text is Western (cp1252)"),
        ("cp1252", encoded("x °C,y m²\n1,2\n2,4.1\n", WINDOWS_1252), "x_C y_m2", "the text is Western (cp1252)"),
        ("cp1252", encoded("élève,señor\n1,2\n2,4.1\n", WINDOWS_1252), "élève señor", "the text is Western (cp1252)"),
        ("cp949, one word", encoded("가격,y\n1,2\n2,4.1\n", EUC_KR), "가격 y", "the text is Korean (cp949)"),
    ];
    for (what, bytes, names, note) in cases {
        let (data, told) = read(&bytes, names, PLAIN).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(data.columns, [[1.0, 2.0], [2.0, 4.1]], "{what}");
        assert_eq!(data.names.join(" "), names, "{what}");
        assert!(told.starts_with(note), "{what}: {told}");
        assert_eq!(told.contains("the text is"), !note.is_empty(), "{what}: {told}");
    }
}

#[test]
fn what_is_no_csv_file_is_named() {
    for (bytes, expected) in [
        (&b"PK\x03\x04\x14\0"[..], "is a workbook of a spreadsheet (.xlsx, .ods) or another zip file and no CSV file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "is a workbook of an old spreadsheet (.xls) and no CSV file"),
    ] {
        let told = read(bytes, "x y", PLAIN).unwrap_err();
        assert_eq!(told, format!("d.csv: {expected}; open it in its program and save it as CSV"));
    }
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[test]
fn a_gzipped_file_is_unpacked_and_a_bomb_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.csv.gz");
    fs::write(&path, gzipped(b"x,y\n1,2\n2,4.1\n3,5.9\n")).unwrap();
    assert_eq!(shown(&read_columns(&path, &wanted("x y"), PLAIN).unwrap().0), XY);
    let whole = gzipped(b"x,y\n1,2\n");
    fs::write(&path, &whole[..whole.len() - 4]).unwrap();
    let told = read_columns(&path, &wanted("x y"), PLAIN).unwrap_err().to_string();
    assert!(told.contains("the gzip file is damaged or cut off"), "{told}");
    // A thousand members that unpack to a MiB and a bit each, in some MB.
    let member = gzipped(&vec![b'1'; (1 << 20) + 4096]);
    fs::write(&path, member.repeat(1024)).unwrap();
    let told = read_columns(&path, &wanted("x y"), PLAIN).unwrap_err().to_string();
    assert!(told.ends_with("unpacks to more than 1073741824 bytes; leave out rows or columns"), "{told}");
}

fn table(file: &str, target: &str, reading: Reading) -> Result<(SampleSets, String), String> {
    let told = |notes: Vec<DataNote>| notes.iter().map(DataNote::to_string).collect::<Vec<_>>().join("; ");
    parse_table(file.as_bytes(), target, "d.csv", reading)
        .map(|(sets, notes)| (sets, told(notes)))
        .map_err(|error| error.to_string())
}

#[test]
fn networks_learn_classes_from_words() {
    let iris = ",Sepal.Length,species\n0,5.1,setosa\n1,7,versicolor\n2,6.3,virginica\n3,4.9,setosa\n";
    for target in ["species", "Species", " SPECIES "] {
        let (sets, told) = table(iris, target, PLAIN).unwrap();
        assert_eq!(
            (sets.train.inputs, &sets.train.features[..]),
            (1, &[5.1_f32, 7.0, 6.3, 4.9][..]),
            "the index is left out"
        );
        assert_eq!(sets.train.targets, Targets::Labels { labels: vec![0, 1, 2, 0], classes: 3 });
        assert_eq!(
            told,
            "the first column has no name and is not read; the classes are, from 0: setosa, versicolor, virginica"
        );
    }
    let (sets, told) = table("a;passed\n1,5;True\n2,5;False\nNA;True\n", "passed", DROP).unwrap();
    assert_eq!(sets.train.targets, Targets::Values { values: vec![1.0, 0.0], outputs: 1 });
    assert!(told.ends_with("numbers have decimal commas; 1 of 3 rows miss a value and are left out"), "{told}");
    let (sets, _) = table("1,cat\n2,dog\n", "x2", NO_HEADER).unwrap();
    assert_eq!(sets.train.targets, Targets::Labels { labels: vec![0, 1], classes: 2 });
}

#[test]
fn a_slip_among_numbers_is_no_class() {
    let number = "is not a number; leave the column out or write numbers as in `-1.5e-3`";
    for (file, expected) in [
        ("a,y\n1,2\n2,3\n3,4x\n", format!("row 3 (line 4), column `y`: `4x` {number}")),
        ("a,y\n1,red\n2,red\n", format!("row 1 (line 2), column `y`: `red` {number}")),
        ("town,a,y\nUlm,1,2\n", format!("row 1 (line 2), column `town`: `Ulm` {number}")),
        ("a,,y\n1,2,3\n", "column 2 of the header has no name; name it or leave the column out".into()),
        (",a,y\nUlm,2,3\n", "column 1 of the header has no name; name it or leave the column out".into()),
    ] {
        assert_eq!(table(file, "y", PLAIN).unwrap_err(), format!("d.csv: {expected}"), "{file:?}");
    }
}

/// How a table is written.
#[derive(Debug, Clone)]
struct Dialect {
    separator: &'static str,
    comma: bool,
    line_end: &'static str,
    quoted: bool,
    trailing: bool,
    comment: bool,
    encoding: usize,
}

fn dialects() -> impl Strategy<Value = Dialect> {
    let form = (
        prop::sample::select(vec![",", ";", "\t", "|", "  ", " ; ", ", "]),
        any::<bool>(),
        prop::sample::select(vec!["\n", "\r\n", "\r"]),
    );
    (form, any::<[bool; 3]>(), 0..7_usize).prop_map(
        |((separator, comma, line_end), [quoted, trailing, comment], encoding)| Dialect {
            // Between commas and without quotes no number can have a comma.
            comma: comma && (quoted || !separator.contains(',')),
            separator,
            line_end,
            quoted,
            trailing: trailing && separator.trim() == separator && !separator.trim().is_empty(),
            comment,
            encoding,
        },
    )
}

/// Names that all encodings of the test can write in their language.
const NAMES: [[&str; 3]; 7] = [
    ["größe", "цена", "가격"],
    ["größe", "цена", "가격"],
    ["größe", "цена", "가격"],
    ["größe", "цена", "가격"],
    ["넓이", "가격", "온도"],
    ["面積", "価格", "カナ"],
    ["größe", "länge", "élan"],
];

impl Dialect {
    fn written(&self, rows: &[[f64; 3]]) -> Vec<u8> {
        let field = |text: String| if self.quoted { format!("\"{text}\"") } else { text };
        let number =
            |value: &f64| field(if self.comma { value.to_string().replace('.', ",") } else { value.to_string() });
        let mut text = if self.comment { format!("# made up{}", self.line_end) } else { String::new() };
        let mut line = |fields: Vec<String>| {
            text += &fields.join(self.separator);
            text += if self.trailing { self.separator } else { "" };
            text += self.line_end;
        };
        line(NAMES[self.encoding].iter().map(|name| field((*name).to_owned())).collect());
        for row in rows {
            line(row.iter().map(number).collect());
        }
        match self.encoding {
            0 => text.into_bytes(),
            1 => format!("\u{feff}{text}").into_bytes(),
            2 => utf_16(&text, true, u16::to_le_bytes),
            3 => utf_16(&text, true, u16::to_be_bytes),
            4 => encoded(&text, EUC_KR),
            5 => encoded(&text, SHIFT_JIS),
            _ => encoded(&text, WINDOWS_1252),
        }
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_table_in_any_dialect_is_the_same_table(
        dialect in dialects(),
        rows in prop::collection::vec(any::<[i32; 3]>(), 1..20),
    ) {
        // Halves: no number can be taken for one of thousands, and all fractions are short.
        let mut rows: Vec<[f64; 3]> = rows.into_iter().map(|row| row.map(|value| f64::from(value) / 2.0)).collect();
        rows.push([0.5, 1.5, -2.5]);
        let bytes = dialect.written(&rows);
        let names = NAMES[dialect.encoding].join(" ");
        let (data, _) = match read(&bytes, &names, PLAIN) {
            Ok(read) => read,
            Err(error) => return Err(TestCaseError::fail(format!("{error}\n{}", String::from_utf8_lossy(&bytes)))),
        };
        for (at, column) in data.columns.iter().enumerate() {
            let expected: Vec<f64> = rows.iter().map(|row| row[at]).collect();
            prop_assert_eq!(column, &expected);
        }
    }

    #[test]
    fn no_bytes_make_any_reading_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..120),
        pieces in prop::collection::vec(prop::sample::select(vec![
            "x", "y", "1", "1,5", "1.234", ",", ";", "\t", "|", " ", "\n", "\r", "\"", "#", "sep=", "é", "가", "\u{feff}", "NA",
        ]), 0..40),
        no_header in any::<bool>(),
        drop_missing in any::<bool>(),
    ) {
        let reading = Reading { no_header, drop_missing };
        let text = pieces.concat();
        let western = encoded(&text.replace(['가', '\u{feff}'], ""), WINDOWS_1252);
        for bytes in [&bytes, text.as_bytes(), &western, format!("x;y\n{text}").as_bytes()] {
            match read(bytes, "x y x1", reading) {
                Ok((data, _)) => {
                    prop_assert!(data.rows() > 0 && data.columns.iter().all(|column| column.len() == data.rows()));
                    prop_assert!(data.columns.iter().flatten().all(|value| value.is_finite()));
                }
                Err(told) => prop_assert!(!told.contains(['\n', '\r']), "{}", told),
            }
            let _ = parse_table(bytes, "y", "d.csv", reading);
        }
    }
}

fn folder(name: &str, contents: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join(name), contents).expect("a file");
    folder
}

/// What a sweep says, and its table.
fn sweep(folder: &TempDir, arguments: &[&str]) -> (String, String) {
    let mut command = Command::cargo_bin("alphasweep").expect("the binary is built with the tests");
    command.current_dir(folder).env("NODEVICE_SELECT", "1").arg("sweep").args(arguments);
    let more = ["--engine", "cpu", "--precision", "f64", "--csv", "-", "--no-png"];
    let output = command.args(more).assert().success().get_output().clone();
    (String::from_utf8_lossy(&output.stderr).into_owned(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn of_last_cell(csv: &str, column: &str) -> f64 {
    let mut lines = csv.lines();
    let at = lines.next().and_then(|names| names.split(',').position(|name| name == column)).expect(column);
    lines.last().and_then(|line| line.split(',').nth(at)?.parse().ok()).expect(column)
}

/// A student in Korea saves a sheet from Excel: cp949, Windows line ends, a thousands separator, an empty cell, a remark.
#[test]
fn a_sheet_from_a_korean_excel_is_fitted() {
    let sheet =
        "번호,넓이(평),가격,비고\r\n1,10,\"1,020\",\r\n2,20,\"2,010\",남향\r\n3,30,,계약 전\r\n4,40,\"4,030\",\r\n";
    let folder = folder("아파트.csv", &encoded(sheet, EUC_KR));
    let (told, csv) = sweep(
        &folder,
        &[
            "mean((w*`넓이(평)` - `가격`)^2)",
            "--data",
            "아파트.csv",
            "--drop-missing",
            "--alpha",
            "1e-4,5e-4",
            "--start",
            "50",
        ],
    );
    for part in [
        "the text is Korean (cp949)",
        "`넓이(평)` is called 넓이_평",
        "separators of thousands are taken out",
        "1 of 4 rows miss a value and are left out",
        "3 rows of 넓이_평, 가격; parameters w",
    ] {
        assert!(told.contains(part), "`{part}` is missing in:\n{told}");
    }
    // Σxy/Σxx
    let least_squares = (10.0 * 1020.0 + 20.0 * 2010.0 + 40.0 * 4030.0) / (100.0 + 400.0 + 1600.0);
    let w = of_last_cell(&csv, "w_final");
    assert!((w - least_squares).abs() < 1e-3, "{w} is not {least_squares}");
}

/// A physicist's program writes semicolons, decimal commas and two lines on the instrument; the file is cp1252 and gzipped. What was
/// asked for is kept, so that `rerun` reads the file in the same way.
#[test]
fn a_physicists_semicolons_are_fitted_and_run_again() {
    let file = "# Messung 12.3.2021; Gerät 7\r\n# U = 5 V\r\nZeit (µs);Weg (mm);Gültig\r\n0,5;1,25;ja\r\n1,0;2,5;ja\r\n2,0;5;nein\r\n";
    let folder = folder("messung.csv.gz", &gzipped(&encoded(file, WINDOWS_1252)));
    let arguments =
        ["mean((v*`Zeit (µs)` - weg_mm)^2)", "--data", "messung.csv.gz", "--alpha", "0.1,0.2", "--start", "1"];
    let (told, csv) = sweep(&folder, &arguments);
    for part in [
        "the text is Western (cp1252); columns are separated by semicolons",
        "`Zeit (µs)` is called Zeit_",
        "`Weg (mm)` is called weg_mm",
        "numbers have decimal commas",
        "3 rows of Zeit_",
    ] {
        assert!(told.contains(part), "`{part}` is missing in:\n{told}");
    }
    let v = of_last_cell(&csv, "v_final");
    assert!((v - 2.5).abs() < 1e-6, "{v}");
    let mut rerun = Command::cargo_bin("alphasweep").expect("the binary");
    rerun.current_dir(&folder).args(["rerun", "sweep-out/sweep.json"]).assert().success();
}

#[test]
fn flags_of_files_need_a_file() {
    let folder = folder("d.csv", b"1,2\n2,4.1\n,3\n");
    for (arguments, expected) in [
        (&["x^2", "--no-header"][..], "--no-header: says how --data FILE.csv is read, and no file is; leave it out"),
        (&["hours", "--data", "hours", "--drop-missing"], "--drop-missing: says how --data FILE.csv is read"),
        (&["mean((w*x1-x2)^2)", "--data", "d.csv"], "--no-header calls them x1, x2, …"),
        (&["mean((w*x1-x2)^2)", "--data", "d.csv", "--no-header"], "leave such rows out with --drop-missing"),
        (
            &["mean((w*`x1-x2)^2)", "--data", "d.csv", "--no-header"],
            "a name begins with a backtick and has none at its end",
        ),
        (
            &["mean((w*`%`-x2)^2)", "--data", "d.csv", "--no-header"],
            "there is no letter or digit between these backticks",
        ),
    ] {
        let mut command = Command::cargo_bin("alphasweep").expect("the binary");
        let output = command.current_dir(&folder).arg("sweep").args(arguments).assert().code(2).get_output().clone();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(told.starts_with("error: ") && told.contains(expected), "{arguments:?} says:\n{told}");
    }
    let (_, csv) = sweep(
        &folder,
        &["mean((w*x1-x2)^2)", "--data", "d.csv", "--no-header", "--drop-missing", "--alpha", "0.1", "--start", "1"],
    );
    assert_eq!(csv.lines().count(), 2, "{csv}");
}
