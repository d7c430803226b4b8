//! Products without a sign, such as `2x` and `(x-1)(x+2)`, and what is said where a sign or a bracket is missing.

use super::error::ExprError;
use super::lexer::Token;
use super::names::{Function, function_by_any_name};
use super::parse::{AstId, Parser};
use super::slips::shown;
use std::ops::Range;

impl Parser {
    /// A chain of `*`, `/` and products without a sign, from left to right.
    pub(super) fn product(&mut self) -> Result<AstId, ExprError> {
        let mut left = self.unary()?;
        // The two sides of a division that has just been read.
        let mut divided: Option<(AstId, AstId)> = None;
        loop {
            if let Some(symbol) = self.accept_any(&["*", "/"]) {
                let right = self.unary()?;
                divided = (symbol == "/").then_some((left, right));
                left = self.join(symbol, left, right);
            } else if self.at_factor() {
                let (open, start) = (self.open.filter(|open| open.end == self.next), self.next);
                let right = self.power()?;
                if let Some(open) = open {
                    return Err(self.two_readings(start, (open.whole, open.inner), right));
                }
                if let Some((above, below)) = divided {
                    return Err(self.two_divisions(start, (above, below), right));
                }
                self.plain = false;
                left = self.join("*", left, right);
            } else {
                return Ok(left);
            }
        }
    }

    /// Whether a factor follows without a sign. After a name there is none: `x(y)` is a call, `x y` a slip.
    fn at_factor(&self) -> bool {
        let (before, here) = (&self.tokens[self.next - 1], &self.tokens[self.next]);
        let ended = match before.0 {
            // The bar is one that closes: after one that opens, an operand is read first.
            Token::Number(_) | Token::Constant(_) | Token::Raised { .. } | Token::Symbol(")" | "|") => true,
            _ => false,
        };
        let begins = match &here.0 {
            // `1_x` is a slip.
            Token::Name(name) => !(name.starts_with('_') && before.1.end == here.1.start),
            Token::Constant(_) | Token::Root | Token::Symbol("(") => true,
            Token::Symbol("|") => self.bars == 0 && !self.at_or(),
            _ => false,
        };
        // A line is no factor of the line before.
        ended && begins && !self.ast.source[before.1.end..here.1.start].contains('\n')
    }

    /// `||` of programming languages: two bars where none is open and none has just been closed.
    fn at_or(&self) -> bool {
        let is_bar = |at: usize| self.tokens.get(at).is_some_and(|(token, _)| *token == Token::Symbol("|"));
        let beside = self.tokens.get(self.next + 1).is_some_and(|(_, span)| span.start == self.span().end);
        is_bar(self.next) && is_bar(self.next + 1) && beside && !is_bar(self.next.wrapping_sub(1))
    }

    pub(super) fn source_of(&self, id: AstId) -> String {
        shown(&self.ast.source, self.ast.nodes[id].1.clone())
    }

    /// `1/2x`
    fn two_divisions(&self, start: usize, (above, below): (AstId, AstId), right: AstId) -> ExprError {
        let [above, below, right] = [above, below, right].map(|id| self.source_of(id));
        let message =
            format!("this can be `({above}/{below})*{right}` or `{above}/({below}*{right})`; write one of them");
        self.error(self.tokens[start].1.clone(), message)
    }

    /// `x^2y`, `√2x`
    fn two_readings(&self, start: usize, (whole, inner): (AstId, AstId), right: AstId) -> ExprError {
        let whole_span = self.ast.nodes[whole].1.clone();
        let head = shown(&self.ast.source, whole_span.start..self.ast.nodes[inner].1.start);
        let [inner, right] = [inner, right].map(|id| self.source_of(id));
        let message = format!("this can be `({head}{inner})*{right}` or `{head}({inner}*{right})`; write one of them");
        self.error(self.tokens[start].1.clone(), message)
    }

    /// What is wrong with the name of a function that has no arguments; none if it is no such name.
    ///
    /// # Errors
    /// The same at once, where it would be wrong for a column of data, too.
    pub(super) fn without_arguments(&self, name: &str, span: &Range<usize>) -> Result<Option<String>, ExprError> {
        let Some(Function { arity, more, meaning, .. }) =
            function_by_any_name(name).filter(|_| *self.peek() != Token::Symbol("="))
        else {
            return Ok(None);
        };
        let after = self.tokens.get(self.next + 1).map(|(token, _)| token);
        let or_more = if more { " or more" } else { "" };
        let (message, at_once) = match (self.peek(), after) {
            (Token::Symbol("^"), Some(Token::Number(_) | Token::Constant(_) | Token::Name(_))) if name == "exp" => {
                let exponent = shown(&self.ast.source, self.tokens[self.next + 1].1.clone());
                (format!("`exp` needs brackets: write `exp({exponent})` or `e^{exponent}`"), false)
            }
            (Token::Symbol("^"), Some(Token::Number(power))) => {
                let called = matches!(self.tokens.get(self.next + 2), Some((Token::Symbol("(") | Token::Name(_), _)));
                (format!("`{name}` needs its brackets first: write `{name}(x)^{power}`"), called)
            }
            (Token::Raised { .. }, _) => (format!("`{name}` needs its brackets first: write `{name}(x)^2`"), true),
            (Token::Name(_) | Token::Number(_) | Token::Constant(_) | Token::Root, _) if arity == 1 => {
                let argument = shown(&self.ast.source, self.span());
                (format!("`{name}` needs brackets: write `{name}({argument})`"), true)
            }
            _ => (format!("`{name}` is a function of {arity}{or_more} ({meaning}) and needs `(`"), false),
        };
        if at_once { Err(self.error(span.clone(), message)) } else { Ok(Some(message)) }
    }

    /// What is wrong, where it is known better than by what was expected.
    pub(super) fn slip(&self, expected: &str, found: &str) -> Option<(Range<usize>, String)> {
        let (before, here) = (self.next.checked_sub(1).map(|at| &self.tokens[at]), &self.tokens[self.next]);
        let after = self.tokens.get(self.next + 1).map(|(token, _)| token);
        if !expected.starts_with("an operator") {
            return None;
        }
        if self.at_or() {
            let span = here.1.start..self.tokens[self.next + 1].1.end;
            return Some((span, "there is no `||`; nest `select(...)`".to_owned()));
        }
        let (_, span) = here;
        match (&here.0, after) {
            (Token::Symbol(","), Some(Token::Number(_))) if matches!(before, Some((Token::Number(_), _))) => {
                let whole = before?.1.start..self.tokens[self.next + 1].1.end;
                let written = shown(&self.ast.source, whole.clone());
                let point = written.replace(',', ".");
                Some((
                    whole,
                    format!(
                        "a decimal number has a point, and thousands have no sign: write `{point}` for `{written}`"
                    ),
                ))
            }
            (Token::Symbol("="), _) => {
                let message =
                    format!("expected {expected}, found `=`: to compare write `==`, to name a part `name = expr;`");
                Some((span.clone(), message))
            }
            (Token::Symbol(":"), _) => {
                Some((span.clone(), format!("expected {expected}, found `:`: to divide write `/`")))
            }
            (Token::Name(_) | Token::Number(_) | Token::Constant(_) | Token::Root | Token::Symbol("(" | "|"), _) => {
                let gap = &self.ast.source[before?.1.end..span.start];
                let hint =
                    if gap.contains('\n') { "a line that is done ends with `;`" } else { "for a product write `*`" };
                Some((span.clone(), format!("expected {expected}, found {found}: {hint}")))
            }
            _ => None,
        }
    }
}
