//! Calls: functions under whatever name they have, and powers that are written as such.

use super::error::{ExprError, nearest};
use super::names::{Exponent, function_by_any_name, functions, power};
use super::parse::{AstId, AstNode, Parser};
use super::slips::substitute;
use std::ops::Range;

impl Parser {
    /// A call, after its bracket has opened.
    pub(super) fn call(&mut self, name: &str, span: Range<usize>) -> Result<AstId, ExprError> {
        let function = function_by_any_name(name);
        let exponent = power(name);
        if function.is_none() && exponent.is_none() {
            return Err(self.error(span, no_function(name)));
        }
        let mut arguments = vec![self.bracketed(Self::comparison)?];
        while self.accept(",") {
            arguments.push(self.bracketed(Self::comparison)?);
        }
        let end = self.span().end;
        self.expect(")")?;
        let span = span.start..end;
        if let Some(function) = function {
            let function = function.with(arguments.len());
            self.plain &= function.name == name;
            self.check_arity(name, (function.arity, function.more), &arguments, &span)?;
            self.check_commas(&arguments)?;
            return Ok(self.push(AstNode::Call(function, arguments), span));
        }
        self.plain = false;
        let fixed = match exponent {
            Some(Exponent::Always(value)) => Some(value),
            _ => None,
        };
        self.check_arity(name, (if fixed.is_some() { 1 } else { 2 }, false), &arguments, &span)?;
        let exponent = match fixed {
            Some(value) => self.push(AstNode::Number(value), span.clone()),
            None => arguments[1],
        };
        Ok(self.push(AstNode::Infix("^", arguments[0], exponent), span))
    }

    /// Refuses `max(0,5, x)`, which is `max(0.5, x)` to some and three arguments to others.
    fn check_commas(&self, arguments: &[AstId]) -> Result<(), ExprError> {
        let span = |at: AstId| self.ast.nodes[at].1.clone();
        let gaps = || arguments.windows(2).map(|pair| span(pair[0]).end..span(pair[1]).start);
        let is_tight = |gap: &Range<usize>| &self.ast.source[gap.clone()] == ",";
        let are_numbers = |pair: &[AstId]| {
            pair.iter().all(|at| self.ast.source[span(*at)].chars().all(|letter| letter.is_ascii_digit()))
        };
        let Some(pair) = arguments.windows(2).zip(gaps()).find(|(pair, gap)| are_numbers(pair) && is_tight(gap)) else {
            return Ok(());
        };
        if gaps().all(|gap| is_tight(&gap)) {
            return Ok(());
        }
        let whole = span(pair.0[0]).start..span(pair.0[1]).end;
        let written = &self.ast.source[whole.clone()];
        let (point, apart) = (written.replace(',', "."), written.replace(',', ", "));
        Err(self.error(whole, format!("`{written}` is one number or two: write `{point}`, or `{apart}`")))
    }

    /// `more`: there may be more arguments than so many.
    fn check_arity(
        &self,
        name: &str,
        (arity, more): (usize, bool),
        arguments: &[AstId],
        span: &Range<usize>,
    ) -> Result<(), ExprError> {
        if arguments.len() == arity || more && arguments.len() > arity {
            return Ok(());
        }
        let numbers = arguments.windows(2).find(|pair| {
            pair.iter()
                .all(|at| self.ast.source[self.ast.nodes[*at].1.clone()].starts_with(|c: char| c.is_ascii_digit()))
        });
        let hint = numbers.map_or("", |_| "; a decimal number has a point: `0.5`");
        let or_more = if more { " or more" } else { "" };
        let message = format!("`{name}` takes {arity}{or_more} argument(s), and {} are given{hint}", arguments.len());
        Err(self.error(span.clone(), message))
    }
}

/// What is said of a call of what is no function.
fn no_function(name: &str) -> String {
    if let Some(advice) = substitute(name) {
        return format!("no function `{name}`: {advice}");
    }
    // One letter is like any name that begins with it, and is a number that something is to be multiplied by.
    if name.chars().count() <= 2 {
        return format!("no function `{name}`: for a product write `{name}*(...)`");
    }
    let known: Vec<&str> = functions().map(|function| function.name).collect();
    match nearest(name, known.iter().copied()) {
        Some(close) => format!("no function `{name}`: did you mean `{close}`?"),
        None => format!("no function `{name}`: `alphasweep list` shows all {}", known.len()),
    }
}
