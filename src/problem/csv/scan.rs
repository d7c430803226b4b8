//! Records and fields of a text, for looking at it. Nothing is kept of them, so that a file of separators alone costs nothing.

/// What stands between the fields of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Pipe,
    /// Any number of them.
    Blanks,
}

impl Delimiter {
    /// In the order in which they are preferred where all fit.
    pub const ALL: [Self; 5] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe, Self::Blanks];

    /// The separator of the text once it is tidy.
    pub fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab | Self::Blanks => b'\t',
            Self::Pipe => b'|',
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Comma => "commas",
            Self::Semicolon => "semicolons",
            Self::Tab => "tabs",
            Self::Pipe => "`|`",
            Self::Blanks => "blanks",
        }
    }

    /// Whether a byte outside of quotes ends a field.
    pub fn ends(self, byte: u8) -> bool {
        match self {
            Self::Blanks => matches!(byte, b' ' | b'\t'),
            _ => byte == self.byte(),
        }
    }

    /// Whether a byte may stand beside a quote without a meaning.
    pub fn is_blank(self, byte: u8) -> bool {
        byte == b' ' || byte == b'\t' && self != Self::Tab
    }
}

pub(super) fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

/// What spreadsheets write where a formula of theirs has no value.
pub(super) const ERRORS: [&str; 7] = ["#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"];

/// Whether a line is a comment from here on: a `#` begins one, unless it is a spreadsheet's error in the first column.
pub(super) fn is_comment(rest: &[u8]) -> bool {
    let is_error =
        |word: &&str| rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word.as_bytes()));
    rest.first() == Some(&b'#') && !ERRORS.iter().any(is_error)
}

/// Goes through a text, record by record. Empty lines and comments are none.
pub(super) struct Scan<'t> {
    text: &'t str,
    delimiter: Delimiter,
    pub at: usize,
}

impl<'t> Scan<'t> {
    pub fn new(text: &'t str, delimiter: Delimiter, at: usize) -> Self {
        Self { text, delimiter, at }
    }

    /// Hands the trimmed fields of the next record over, without their quotes. False at the end.
    pub fn record(&mut self, mut each: impl FnMut(&'t str)) -> bool {
        self.skip_to_record(&mut |_| {});
        if self.at == self.text.len() {
            return false;
        }
        loop {
            each(self.field());
            let bytes = self.text.as_bytes();
            if self.delimiter == Delimiter::Blanks {
                self.skip_blanks();
            }
            match bytes.get(self.at) {
                None => return true,
                Some(byte) if ends_line(*byte) => return true,
                // Of blanks, the next field's first character.
                Some(_) if self.delimiter == Delimiter::Blanks => {}
                Some(_) => self.at += 1,
            }
        }
    }

    /// Whether the next record does.
    pub fn begins_with_quote(&mut self) -> bool {
        self.skip_to_record(&mut |_| {});
        let rest = self.text.as_bytes()[self.at..].iter();
        rest.copied().find(|byte| !self.delimiter.is_blank(*byte)) == Some(b'"')
    }

    /// Goes to the next line that is neither empty nor a comment; `comment` gets where the latter begin.
    pub fn skip_to_record(&mut self, comment: &mut impl FnMut(usize)) {
        let bytes = self.text.as_bytes();
        loop {
            let line = self.at;
            self.skip_blanks();
            match bytes.get(self.at) {
                None => return,
                Some(byte) if ends_line(*byte) => self.at += 1,
                Some(_) if is_comment(&bytes[self.at..]) => {
                    comment(self.at);
                    self.at += bytes[self.at..].iter().take_while(|byte| !ends_line(**byte)).count();
                }
                Some(_) => {
                    // An empty first field is one, between tabs too.
                    self.at = if self.delimiter == Delimiter::Blanks { self.at } else { line };
                    return;
                }
            }
        }
    }

    fn skip_blanks(&mut self) {
        let blank = |byte: &&u8| self.delimiter.is_blank(**byte);
        self.at += self.text.as_bytes()[self.at..].iter().take_while(blank).count();
    }

    /// The field that begins here; stops at what ends it.
    fn field(&mut self) -> &'t str {
        let bytes = self.text.as_bytes();
        self.skip_blanks();
        let begin = self.at;
        if bytes.get(begin) == Some(&b'"') {
            self.at = end_of_quote(bytes, begin);
            let inside = &self.text[begin + 1..self.at];
            self.skip_field();
            return inside.strip_suffix('"').unwrap_or(inside).trim();
        }
        self.skip_field();
        self.text[begin..self.at].trim()
    }

    fn skip_field(&mut self) {
        let more = |byte: &&u8| !ends_line(**byte) && !self.delimiter.ends(**byte);
        self.at += self.text.as_bytes()[self.at..].iter().take_while(more).count();
    }
}

/// Behind the quote that closes the one at `begin`, or the end of the text.
pub(super) fn end_of_quote(bytes: &[u8], begin: usize) -> usize {
    let mut at = begin + 1;
    while at < bytes.len() {
        at += match (bytes[at], bytes.get(at + 1)) {
            (b'"', Some(b'"')) => 2,
            (b'"', _) => return at + 1,
            _ => 1,
        };
    }
    bytes.len()
}
