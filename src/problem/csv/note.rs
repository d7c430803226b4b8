//! What was found out about a file by looking at it, and is told.

use super::error::listed;
use std::fmt;

/// Something that was decided while a file was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataNote {
    /// Text in another encoding than UTF-8.
    Encoding(&'static str),
    /// What stands between columns, in words.
    Separated(&'static str),
    /// `1,5` is one and a half.
    DecimalComma,
    /// Separators of thousands were taken out.
    Thousands,
    /// The first line is data.
    NoHeader { columns: usize },
    /// The names of the columns stand in a comment.
    HeaderInComment,
    /// The first column has no name and is not read.
    Unnamed,
    /// The rows have one field more than the header has names: their names, which are not read.
    RowNames,
    /// A column goes before the constant of the language that has its name.
    InPlaceOfConstant(String),
    /// A column has another name in formulas than in its file.
    Called { header: String, name: String },
    /// A name of the formula is no column, though there is one that is called alike.
    NoColumn { name: String, header: String },
    /// Rows were left out.
    Dropped { rows: usize, of: usize },
    /// Texts stand for classes, in this order.
    Classes(Vec<String>),
}

impl fmt::Display for DataNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding(name) => write!(f, "the text is {name}"),
            Self::Separated(by) => write!(f, "columns are separated by {by}"),
            Self::DecimalComma => f.write_str("numbers have decimal commas"),
            Self::Thousands => f.write_str("separators of thousands are taken out"),
            Self::NoHeader { columns: 1 } => f.write_str("the column is called x1"),
            Self::NoHeader { columns } => write!(f, "the columns are called x1 to x{columns}"),
            Self::HeaderInComment => f.write_str("the names of the columns stand in a comment"),
            Self::Unnamed => f.write_str("the first column has no name and is not read"),
            Self::RowNames => f.write_str("rows begin with a name, which is not read"),
            Self::InPlaceOfConstant(name) => write!(f, "`{name}` is the column of this name, and no constant"),
            Self::Called { header, name } => write!(f, "`{header}` is called {name}"),
            Self::NoColumn { name, header } => write!(f, "`{name}` is no column; the data has a column `{header}`"),
            Self::Dropped { rows, of } => write!(f, "{rows} of {of} rows miss a value and are left out"),
            Self::Classes(classes) => {
                write!(f, "the classes are, from 0: {}", listed(classes.iter().map(String::as_str)))
            }
        }
    }
}
