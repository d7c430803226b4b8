//! Tokens → syntax tree, kept as a flat list (children before parents), so that no later pass recurses.
//!
//! Grammar, loosest first: statements `name = expr;` and a last expression; one comparison `a < b`;
//! `+ -`; `* /`; unary minus; `^` (right to left, tighter than unary minus: `-x^2` is `-(x^2)`).

use super::error::{ExprError, nearest};
use super::lexer::{Token, tokenize};
use super::names::{Function, function, functions, is_of_language};
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

/// A formula as written: `name = expr;` statements and, for objectives and stop rules, a last expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Ast {
    pub(super) text: String,
    pub(super) nodes: Vec<(AstNode, Range<usize>)>,
    pub(super) locals: Vec<(String, Range<usize>, AstId)>,
    pub(super) value: Option<AstId>,
}

/// Parentheses, calls, signs and powers may nest this deep.
const MAX_DEPTH: usize = 200;

/// Reads a formula.
///
/// # Errors
/// The first thing that cannot be read, with the place and what was expected there.
pub fn parse(text: &str) -> Result<Ast, ExprError> {
    let tokens = tokenize(text)?;
    let ast = Ast { text: text.to_owned(), nodes: Vec::new(), locals: Vec::new(), value: None };
    let mut parser = Parser { tokens, next: 0, depth: 0, ast };
    parser.statements()?;
    Ok(parser.ast)
}

struct Parser {
    tokens: Vec<(Token, Range<usize>)>,
    next: usize,
    depth: usize,
    ast: Ast,
}

impl Parser {
    fn statements(&mut self) -> Result<(), ExprError> {
        while *self.peek() != Token::End {
            if let Some((name, span)) = self.assigned_name() {
                self.check_assignable(&name, &span)?;
                let value = self.comparison()?;
                self.ast.locals.push((name, span, value));
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

    fn comparison(&mut self) -> Result<AstId, ExprError> {
        let left = self.infix(&["+", "-"], |p| p.infix(&["*", "/"], Self::unary))?;
        let Some(symbol) = self.accept_any(&["<", "<=", ">", ">=", "=="]) else { return Ok(left) };
        let right = self.infix(&["+", "-"], |p| p.infix(&["*", "/"], Self::unary))?;
        Ok(self.join(symbol, left, right))
    }

    /// A left-to-right chain of the operators `symbols`.
    fn infix(
        &mut self,
        symbols: &[&'static str],
        operand: impl Fn(&mut Self) -> Result<AstId, ExprError>,
    ) -> Result<AstId, ExprError> {
        let mut left = operand(self)?;
        while let Some(symbol) = self.accept_any(symbols) {
            let right = operand(self)?;
            left = self.join(symbol, left, right);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<AstId, ExprError> {
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

    fn power(&mut self) -> Result<AstId, ExprError> {
        let base = self.primary()?;
        if !self.accept("^") {
            return Ok(base);
        }
        let exponent = self.nested(Self::unary)?;
        Ok(self.join("^", base, exponent))
    }

    fn primary(&mut self) -> Result<AstId, ExprError> {
        let span = self.span();
        match self.peek().clone() {
            Token::Number(value) => {
                self.next += 1;
                Ok(self.push(AstNode::Number(value), span))
            }
            Token::Name(name) => {
                self.next += 1;
                if self.accept("(") { self.call(&name, span) } else { self.name(name, span) }
            }
            Token::Symbol("(") => {
                self.next += 1;
                let inner = self.nested(Self::comparison)?;
                let end = self.span().end;
                self.expect(")")?;
                // Errors about this part point at all of it.
                self.ast.nodes[inner].1 = span.start..end;
                Ok(inner)
            }
            _ => Err(self.unexpected("a number, a name or `(`")),
        }
    }

    /// A name that stands alone; a function's name must be followed by its arguments.
    fn name(&mut self, name: String, span: Range<usize>) -> Result<AstId, ExprError> {
        if let Some(Function { arity, meaning, .. }) = function(&name) {
            let message = format!("`{name}` is a function of {arity} ({meaning}) and needs `(`");
            return Err(self.error(span, message));
        }
        Ok(self.push(AstNode::Name(name), span))
    }

    fn call(&mut self, name: &str, span: Range<usize>) -> Result<AstId, ExprError> {
        let Some(function) = function(name) else {
            let known: Vec<&str> = functions().map(|function| function.name).collect();
            let hint = match nearest(name, known.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("there are {}", known.join(" ")),
            };
            return Err(self.error(span, format!("no function `{name}`: {hint}")));
        };
        let mut arguments = vec![self.nested(Self::comparison)?];
        while self.accept(",") {
            arguments.push(self.nested(Self::comparison)?);
        }
        let end = self.span().end;
        self.expect(")")?;
        if arguments.len() != function.arity {
            let message = format!("`{name}` takes {} argument(s), and {} are given", function.arity, arguments.len());
            return Err(self.error(span.start..end, message));
        }
        Ok(self.push(AstNode::Call(function, arguments), span.start..end))
    }

    /// Runs `inside` one level deeper, within [`MAX_DEPTH`].
    fn nested(&mut self, inside: impl Fn(&mut Self) -> Result<AstId, ExprError>) -> Result<AstId, ExprError> {
        if self.depth == MAX_DEPTH {
            let message = format!("nested deeper than {MAX_DEPTH} levels; name inner parts with `name = expr;`");
            return Err(self.error(self.span(), message));
        }
        self.depth += 1;
        let result = inside(self);
        self.depth -= 1;
        result
    }

    fn join(&mut self, symbol: &'static str, left: AstId, right: AstId) -> AstId {
        let span = self.ast.nodes[left].1.start..self.ast.nodes[right].1.end;
        self.push(AstNode::Infix(symbol, left, right), span)
    }

    fn push(&mut self, node: AstNode, span: Range<usize>) -> AstId {
        self.ast.nodes.push((node, span));
        self.ast.nodes.len() - 1
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.next].0
    }

    fn span(&self) -> Range<usize> {
        self.tokens[self.next].1.clone()
    }

    fn accept_any(&mut self, symbols: &[&'static str]) -> Option<&'static str> {
        let Token::Symbol(symbol) = *self.peek() else { return None };
        symbols.contains(&symbol).then(|| {
            self.next += 1;
            symbol
        })
    }

    fn accept(&mut self, symbol: &'static str) -> bool {
        self.accept_any(&[symbol]).is_some()
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), ExprError> {
        if self.accept(symbol) { Ok(()) } else { Err(self.unexpected(&format!("an operator or `{symbol}`"))) }
    }

    fn unexpected(&self, expected: &str) -> ExprError {
        let found = match self.peek() {
            Token::Number(value) => format!("the number {value}"),
            Token::Name(name) => format!("`{name}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
            Token::End => "the end".to_owned(),
        };
        self.error(self.span(), format!("expected {expected}, found {found}"))
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>) -> ExprError {
        ExprError::new(&self.ast.text, span, message)
    }
}
