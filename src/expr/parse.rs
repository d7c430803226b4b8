//! Tokens → syntax tree, kept as a flat list (children before parents), so that no later pass recurses.
//!
//! Grammar, loosest first: statements `name = expr;` and a last expression; one comparison `a < b`;
//! `+ -`; `* /` and products without a sign; unary minus; `^` (right to left, tighter than unary minus: `-x^2` is `-(x^2)`).
//! What may stand around the whole (`f(x) = …`) is in `head.rs`, calls in `call.rs`, products without a sign in
//! `product.rs`.

use super::error::ExprError;
use super::lexer::{MAX_TEXT, Token, tokenize};
use super::names::{Function, function, is_of_language};
use std::ops::Range;

/// Where a tree node lies in [`Ast::nodes`].
pub(super) type AstId = usize;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum AstNode {
    Number(f64),
    Name(String),
    Negate(AstId),
    /// One of `+ - * / ^ < <= > >= ==`.
    Infix(&'static str, AstId, AstId),
    Call(Function, Vec<AstId>),
}

/// A formula: `name = expr;` statements and, for objectives and stop rules, a last expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Ast {
    /// As it was typed: errors point into it.
    pub(super) source: String,
    /// As it is shown.
    pub(super) text: String,
    pub(super) nodes: Vec<(AstNode, Range<usize>)>,
    pub(super) locals: Vec<(String, Range<usize>, AstId)>,
    pub(super) value: Option<AstId>,
    /// The name that the value was given, and where.
    pub(super) named: Option<(String, Range<usize>)>,
    /// Names of functions without arguments, with what is wrong about them: nothing, where data have a column of that name.
    pub(super) bare: Vec<(AstId, String)>,
}

/// Parentheses, calls, signs and powers may nest this deep.
const MAX_DEPTH: usize = 200;

/// Reads a formula.
///
/// # Errors
/// The first thing that cannot be read, with the place and what was expected there.
pub fn parse(text: &str) -> Result<Ast, ExprError> {
    let ast = parse_over_data(text)?;
    ast.check_functions(&[])?;
    Ok(ast)
}

/// As [`parse`], of a formula that may read columns of data under names of functions: [`Ast::check_functions`] says whether
/// they are there.
///
/// # Errors
/// As [`parse`].
pub fn parse_over_data(text: &str) -> Result<Ast, ExprError> {
    let tokens = tokenize(text)?;
    let ast = Ast {
        source: text.to_owned(),
        text: text.to_owned(),
        nodes: Vec::new(),
        locals: Vec::new(),
        value: None,
        named: None,
        bare: Vec::new(),
    };
    let mut parser = Parser { tokens: tokens.list, next: 0, depth: 0, bars: 0, plain: tokens.plain, open: None, ast };
    parser.statements()?;
    let Parser { plain, mut ast, .. } = parser;
    // A formula in the language's own form is shown as it was typed. A longer text than may be typed could not be typed again.
    if !plain && let Some(text) = Some(ast.canonical()).filter(|text| text.len() <= MAX_TEXT) {
        ast.text = text;
    }
    Ok(ast)
}

/// An exponent or the argument of a root that has no brackets: what follows without a sign could belong to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open {
    /// The token after it.
    pub end: usize,
    /// What it belongs to, and itself.
    pub whole: AstId,
    pub inner: AstId,
}

pub(super) struct Parser {
    pub(super) tokens: Vec<(Token, Range<usize>)>,
    pub(super) next: usize,
    depth: usize,
    /// `|` that are open inside of the innermost brackets.
    pub(super) bars: usize,
    /// Whether all is written as the language has it.
    pub(super) plain: bool,
    pub(super) open: Option<Open>,
    pub(super) ast: Ast,
}

impl Parser {
    fn statements(&mut self) -> Result<(), ExprError> {
        while *self.peek() != Token::End {
            self.head();
            if let Some((name, span)) = self.assigned_name() {
                if self.head() {
                    self.ast.value = Some(self.comparison()?);
                } else {
                    self.check_assignable(&name, &span)?;
                    let value = self.comparison()?;
                    self.ast.locals.push((name, span, value));
                }
            } else {
                self.ast.value = Some(self.comparison()?);
            }
            let ended_with_semicolon = self.accept(";");
            let done = self.ast.value.is_some() || !ended_with_semicolon;
            if done && *self.peek() != Token::End {
                return Err(self.unexpected("an operator or the end of the formula"));
            }
        }
        if self.ast.value.is_none() && self.ast.locals.is_empty() {
            return Err(self.unexpected("a formula"));
        }
        Ok(())
    }

    /// Takes `name =` if that is what comes next.
    fn assigned_name(&mut self) -> Option<(String, Range<usize>)> {
        let (Token::Name(name), span) = &self.tokens[self.next] else { return None };
        if self.tokens[self.next + 1].0 != Token::Symbol("=") {
            return None;
        }
        let assigned = (name.clone(), span.clone());
        self.next += 2;
        Some(assigned)
    }

    /// `e`, `pi` and the functions keep their meaning.
    fn check_assignable(&self, name: &str, span: &Range<usize>) -> Result<(), ExprError> {
        if is_of_language(name) {
            Err(self.error(span.clone(), format!("`{name}` has a meaning of its own; assign another name")))
        } else {
            Ok(())
        }
    }

    pub(super) fn comparison(&mut self) -> Result<AstId, ExprError> {
        let left = self.sum()?;
        let Some(symbol) = self.accept_any(&["<", "<=", ">", ">=", "=="]) else { return Ok(left) };
        let right = self.sum()?;
        Ok(self.join(symbol, left, right))
    }

    fn sum(&mut self) -> Result<AstId, ExprError> {
        let mut left = self.product()?;
        while let Some(symbol) = self.accept_any(&["+", "-"]) {
            let right = self.product()?;
            left = self.join(symbol, left, right);
        }
        Ok(left)
    }

    pub(super) fn unary(&mut self) -> Result<AstId, ExprError> {
        let span = self.span();
        if self.accept("+") {
            return self.nested(Self::unary);
        }
        if !self.accept("-") {
            return self.power();
        }
        let operand = self.nested(Self::unary)?;
        let end = self.ast.nodes[operand].1.end;
        Ok(self.push(AstNode::Negate(operand), span.start..end))
    }

    pub(super) fn power(&mut self) -> Result<AstId, ExprError> {
        let base = self.primary()?;
        if let Token::Raised { negative, exponent } = self.peek().clone() {
            return self.raised(base, negative, &exponent);
        }
        if !self.accept("^") {
            return Ok(base);
        }
        let bracketed = matches!(self.peek(), Token::Symbol("(" | "|"));
        let exponent = self.nested(Self::unary)?;
        let power = self.join("^", base, exponent);
        let closed = bracketed && matches!(self.tokens[self.next - 1].0, Token::Symbol(")" | "|"));
        if !closed {
            self.open = Some(Open { end: self.next, whole: power, inner: exponent });
        }
        Ok(power)
    }

    /// `x²`: the exponent ends where it ends.
    fn raised(&mut self, base: AstId, negative: bool, exponent: &Token) -> Result<AstId, ExprError> {
        let span = self.span();
        self.next += 1;
        let mut inner = self.push(literal(exponent), span.clone());
        if negative {
            inner = self.push(AstNode::Negate(inner), span);
        }
        let power = self.join("^", base, inner);
        if matches!(self.peek(), Token::Symbol("^") | Token::Raised { .. }) {
            let shown = self.source_of(power);
            let message = format!("`{shown}` has a second exponent: write `({shown})^...` or `...^(...)`");
            return Err(self.error(self.span(), message));
        }
        Ok(power)
    }

    fn primary(&mut self) -> Result<AstId, ExprError> {
        let span = self.span();
        match self.peek().clone() {
            number @ (Token::Number(_) | Token::Constant(_)) => {
                self.next += 1;
                Ok(self.push(literal(&number), span))
            }
            Token::Name(name) => {
                self.next += 1;
                if self.accept("(") { self.call(&name, span) } else { self.name(name, span) }
            }
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.bracketed(Self::comparison)?;
                let end = self.span().end;
                self.expect(")")?;
                // Errors about this part point at all of it.
                self.ast.nodes[inner].1 = span.start..end;
                Ok(inner)
            }
            Token::Symbol("|") => {
                self.next += 1;
                self.bars += 1;
                let inner = self.nested(Self::comparison)?;
                self.bars -= 1;
                self.expect("|")?;
                self.call_of("abs", inner, span)
            }
            Token::Root => {
                self.next += 1;
                self.root(span)
            }
            _ => Err(self.unexpected("a number, a name or `(`")),
        }
    }

    /// `√x`, `√(x+1)`
    fn root(&mut self, span: Range<usize>) -> Result<AstId, ExprError> {
        let bracketed = matches!(self.peek(), Token::Symbol("(" | "|"));
        let inner = self.nested(Self::primary)?;
        let root = self.call_of("sqrt", inner, span)?;
        if matches!(self.peek(), Token::Symbol("^") | Token::Raised { .. }) {
            let shown = self.source_of(inner);
            let message = format!("write `sqrt({shown})^2` or `sqrt(({shown})^2)`, whichever is meant");
            return Err(self.error(self.span(), message));
        }
        if !bracketed {
            self.open = Some(Open { end: self.next, whole: root, inner });
        }
        Ok(root)
    }

    /// A sign that is a function of one number.
    fn call_of(&mut self, name: &str, inner: AstId, span: Range<usize>) -> Result<AstId, ExprError> {
        self.plain = false;
        let end = self.tokens[self.next - 1].1.end;
        let Some(function) = function(name) else { return Err(self.error(span, format!("there is no `{name}`"))) };
        Ok(self.push(AstNode::Call(function, vec![inner]), span.start..end))
    }

    /// A name that stands alone; a function's name must be followed by its arguments, unless data have it.
    fn name(&mut self, name: String, span: Range<usize>) -> Result<AstId, ExprError> {
        let message = self.without_arguments(&name, &span)?;
        let id = self.push(AstNode::Name(name), span);
        self.ast.bare.extend(message.map(|message| (id, message)));
        Ok(id)
    }

    /// What stands in brackets, where bars outside are out of sight.
    pub(super) fn bracketed(
        &mut self,
        inside: impl Fn(&mut Self) -> Result<AstId, ExprError>,
    ) -> Result<AstId, ExprError> {
        let bars = std::mem::take(&mut self.bars);
        let result = self.nested(inside);
        self.bars = bars;
        result
    }

    /// Runs `inside` one level deeper, within [`MAX_DEPTH`].
    pub(super) fn nested(
        &mut self,
        inside: impl Fn(&mut Self) -> Result<AstId, ExprError>,
    ) -> Result<AstId, ExprError> {
        if self.depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels; name inner parts with `name = expr;`");
            return Err(self.error(self.span(), message));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    pub(super) fn join(&mut self, symbol: &'static str, left: AstId, right: AstId) -> AstId {
        let span = self.ast.nodes[left].1.start..self.ast.nodes[right].1.end;
        self.push(AstNode::Infix(symbol, left, right), span)
    }

    pub(super) fn push(&mut self, node: AstNode, span: Range<usize>) -> AstId {
        self.ast.nodes.push((node, span));
        self.ast.nodes.len() - 1
    }

    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.tokens[self.next].1.clone()
    }

    pub(super) fn accept_any(&mut self, symbols: &[&'static str]) -> Option<&'static str> {
        let Token::Symbol(symbol) = *self.peek() else { return None };
        symbols.contains(&symbol).then(|| {
            self.next += 1;
            symbol
        })
    }

    pub(super) fn accept(&mut self, symbol: &'static str) -> bool {
        self.accept_any(&[symbol]).is_some()
    }

    pub(super) fn expect(&mut self, symbol: &'static str) -> Result<(), ExprError> {
        if self.accept(symbol) { Ok(()) } else { Err(self.unexpected(&format!("an operator or `{symbol}`"))) }
    }

    fn unexpected(&self, expected: &str) -> ExprError {
        let found = match self.peek() {
            Token::Number(value) => format!("the number {value}"),
            Token::Name(name) => format!("`{name}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::Constant(_) | Token::Raised { .. } | Token::Root => format!("`{}`", &self.ast.source[self.span()]),
            Token::End => "the end".to_owned(),
        };
        if let Some((span, message)) = self.slip(expected, &found) {
            return self.error(span, message);
        }
        self.error(self.span(), format!("expected {expected}, found {found}"))
    }

    pub(super) fn error(&self, span: Range<usize>, message: impl Into<String>) -> ExprError {
        ExprError::new(&self.ast.source, span, message)
    }
}

/// A number, or a name that stands for one.
fn literal(token: &Token) -> AstNode {
    match token {
        Token::Number(value) => AstNode::Number(*value),
        Token::Constant(name) => AstNode::Name((*name).to_owned()),
        Token::Name(name) => AstNode::Name(name.clone()),
        _ => unreachable!("no other token is raised, or a number"),
    }
}
