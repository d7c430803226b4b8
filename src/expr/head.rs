//! What may stand around a whole formula: `f(x) = …`, `lambda x: …`, `def f(x): return …`, `y = …`.

use super::error::ExprError;
use super::lexer::Token;
use super::names::function_by_any_name;
use super::parse::{Ast, Parser};

impl Parser {
    /// Takes a head that says of which names the formula is: it is of all its names anyway.
    pub(super) fn head(&mut self) -> bool {
        let after = self.after_lambda().or_else(|| self.after_definition());
        if let Some(after) = after {
            self.next = after;
            self.plain = false;
        }
        after.is_some()
    }

    fn token(&self, at: usize) -> &Token {
        &self.tokens[at.min(self.tokens.len() - 1)].0
    }

    fn is_word(&self, at: usize, word: &str) -> bool {
        matches!(self.token(at), Token::Name(name) if name == word)
    }

    /// The token after `name, name, …`.
    fn after_names(&self, mut at: usize) -> Option<usize> {
        loop {
            let Token::Name(_) = self.token(at) else { return None };
            at += 1;
            if *self.token(at) != Token::Symbol(",") {
                return Some(at);
            }
            at += 1;
        }
    }

    /// `lambda x, y:`
    fn after_lambda(&self) -> Option<usize> {
        let after = self.is_word(self.next, "lambda").then(|| self.after_names(self.next + 1))??;
        (*self.token(after) == Token::Symbol(":")).then_some(after + 1)
    }

    /// `f(x, y) =`, `def f(x, y): return`
    fn after_definition(&self) -> Option<usize> {
        let of_python = self.is_word(self.next, "def");
        let name = self.next + usize::from(of_python);
        let Token::Name(called) = self.token(name) else { return None };
        if function_by_any_name(called).is_some() || *self.token(name + 1) != Token::Symbol("(") {
            return None;
        }
        let after = self.after_names(name + 2)?;
        let ends = |at: usize, symbol: &'static str| *self.token(at) == Token::Symbol(symbol);
        if !ends(after, ")") {
            return None;
        }
        if of_python {
            return (ends(after + 1, ":") && self.is_word(after + 2, "return")).then_some(after + 3);
        }
        ends(after + 1, "=").then_some(after + 2)
    }
}

impl Ast {
    /// The name that the value was given, as in `y = w*x+b`.
    pub fn name_of_value(&self) -> Option<&str> {
        self.named.as_ref().map(|(name, _)| name.as_str())
    }

    /// An error at that name.
    pub(crate) fn error_at_name_of_value(&self, message: String) -> ExprError {
        let span = self.named.as_ref().map_or(0..0, |(_, span)| span.clone());
        ExprError::new(&self.source, span, message)
    }

    /// The formula of a value: a last `y = …` without a `;` is that value under a name that nobody asked for.
    #[must_use]
    pub fn into_value(mut self) -> Self {
        let ends = self.source.trim_end().ends_with([';', '；']);
        if self.value.is_none()
            && !ends
            && let Some((name, span, value)) = self.locals.pop()
        {
            self.named = Some((name, span));
            self.value = Some(value);
            self.text = self.canonical();
        }
        self
    }
}
