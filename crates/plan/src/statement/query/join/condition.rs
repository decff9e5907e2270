//! `ON`: one equality, each side over one source, one of them the source that is joined. In the extended dialect any
//! further conditions beside it.

use millstream_sql::ast::{CompareOp, Expr, ExprKind};
use millstream_sql::{Diagnostic, Span};
use millstream_types::SqlType;

use super::super::inputs::{Input, Inputs};
use super::super::resolve::Resolver;
use super::kinds::is_primary_key;
use crate::Dialect;
use crate::expr::shown::Shown;
use crate::expr::{Clause, Compiler, Scope, for_each};

/// A condition, taken apart.
#[derive(Debug)]
pub(super) struct Condition {
    /// The sides as written.
    written: [Side; 2],
    /// Which of them belongs to the left.
    left: usize,
    /// What else must be true of two rows: with its source before each column.
    pub(super) rest: Vec<Expr>,
    /// The whole of it.
    pub(super) span: Span,
}

#[derive(Debug)]
struct Side {
    expr: Expr,
    ty: Option<SqlType>,
    alias: String,
}

impl Condition {
    /// The expressions of the left and of the right.
    pub(super) fn sides(&self) -> (&Expr, &Expr) {
        let [a, b] = &self.written;
        if self.left == 0 { (&a.expr, &b.expr) } else { (&b.expr, &a.expr) }
    }

    /// The alias of the source on the left.
    pub(super) fn left_alias(&self) -> &str {
        let [a, b] = &self.written;
        if self.left == 0 { &a.alias } else { &b.alias }
    }

    /// The type of both sides.
    pub(super) fn ty(&self, findings: &mut Vec<Diagnostic>) -> Option<SqlType> {
        let [a, b] = &self.written;
        let ty = a.ty.clone().or_else(|| b.ty.clone());
        if ty.is_none() {
            findings.push(super::super::untyped(self.span));
        }
        ty
    }

    /// As messages show it: `L.A = R.B`.
    pub(super) fn shown(&self) -> String {
        let [a, b] = &self.written;
        format!("{} = {}", Shown(&a.expr), Shown(&b.expr))
    }

    /// Both sides must have one type: nothing is converted.
    pub(super) fn check_types(&self, findings: &mut Vec<Diagnostic>) {
        let [a, b] = &self.written;
        if let (Some(x), Some(y)) = (&a.ty, &b.ty)
            && x != y
        {
            let message = format!(
                "Invalid join condition: types don't match. Got {}{{{x}}} = {}{{{y}}}.",
                Shown(&a.expr),
                Shown(&b.expr)
            );
            findings.push(Diagnostic::at(self.span, message));
        }
    }
}

/// Takes the condition apart under which `joined` is joined.
pub(super) fn condition(
    on: &Expr,
    joined: &Input,
    inputs: &Inputs,
    resolver: &Resolver<'_>,
    scope: &Scope,
    findings: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    if scope.reading.dialect == Dialect::Extended && matches!(on.kind, ExprKind::And(..)) {
        return several(on, joined, inputs, resolver, scope, findings);
    }
    equality(on, joined, inputs, resolver, scope, findings)
}

/// Several conditions: rows are joined by one of the equalities, that with a table's primary key if there is such a one; the
/// others are asked of what it finds.
fn several(
    on: &Expr,
    joined: &Input,
    inputs: &Inputs,
    resolver: &Resolver<'_>,
    scope: &Scope,
    findings: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    let mut all = Vec::new();
    conjuncts(on, &mut all);
    let mut equalities: Vec<(usize, Condition)> = Vec::new();
    for (at, one) in all.iter().enumerate() {
        let mut unfit = Vec::new();
        if let Some(found) = equality(one, joined, inputs, resolver, scope, &mut unfit) {
            found.check_types(&mut unfit);
            equalities.extend(unfit.is_empty().then_some((at, found)));
        }
    }
    let best = equalities.iter().position(|(_, found)| is_primary_key(found.sides().1, inputs));
    let Some((chosen, condition)) = equalities.into_iter().nth(best.unwrap_or(0)) else {
        let message = format!(
            "A join needs an equality between `{}` and a source before it. Got {}.",
            joined.alias,
            Shown(&resolver.qualify(on, Clause::JoinOn, findings)?)
        );
        findings.push(Diagnostic::at(on.span, message));
        return None;
    };
    let mut rest = Vec::new();
    for one in all.iter().enumerate().filter(|(at, _)| *at != chosen).map(|(_, one)| one) {
        let qualified = resolver.qualify(one, Clause::JoinOn, findings)?;
        let known = |alias: &str| {
            joined.alias == alias || inputs.0.iter().take_while(|i| i.alias != joined.alias).any(|i| i.alias == alias)
        };
        if let Some(later) = sources(&qualified).into_iter().find(|alias| !known(alias)) {
            let message = format!("`{later}` is joined later: this condition cannot use it.");
            findings.push(Diagnostic::at(one.span, message));
            return None;
        }
        Compiler::new(scope, Clause::JoinOn, findings).predicate(&resolver.flat(&qualified))?;
        rest.push(qualified);
    }
    Some(Condition { rest, span: on.span, ..condition })
}

/// The parts of a chain of AND, in order.
fn conjuncts<'e>(expr: &'e Expr, out: &mut Vec<&'e Expr>) {
    // Chains lean to the left, and may be long.
    let mut right = Vec::new();
    let mut rest = expr;
    while let ExprKind::And(a, b) = &rest.kind {
        right.push(b.as_ref());
        rest = a;
    }
    out.push(rest);
    out.extend(right.into_iter().rev());
}

/// Takes an equality apart.
fn equality(
    on: &Expr,
    joined: &Input,
    inputs: &Inputs,
    resolver: &Resolver<'_>,
    scope: &Scope,
    findings: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    let (left, right) = match &on.kind {
        ExprKind::Compare { op: CompareOp::Equal, left, right } => (left, right),
        ExprKind::And(..) | ExprKind::Or(..) => {
            let message = format!(
                "Invalid join condition: joins on multiple conditions are not supported. Got {}.",
                Shown(&resolver.qualify(on, Clause::JoinOn, findings)?)
            );
            findings.push(Diagnostic::at(on.span, message));
            return None;
        }
        _ => {
            findings.push(Diagnostic::at(on.span, "Only equality join criteria is supported."));
            return None;
        }
    };
    let left = resolver.qualify(left, Clause::JoinOn, findings);
    let right = resolver.qualify(right, Clause::JoinOn, findings);
    let (left, right) = (left?, right?);
    let whole = format!("({} = {})", Shown(&left), Shown(&right));
    let (a, b) = (only_source(&left, &whole, findings), only_source(&right, &whole, findings));
    let (a, b) = (a?, b?);
    if a == b {
        let message = format!(
            "Each side of the join must reference exactly one source and not the same source. Left side references `{a}` \
             and right references `{b}`"
        );
        findings.push(Diagnostic::at(on.span, message));
        return None;
    }
    let known = |alias: &str| inputs.0.iter().take_while(|i| i.alias != joined.alias).any(|i| i.alias == alias);
    let flipped = a == joined.alias;
    if !(flipped && known(&b) || b == joined.alias && known(&a)) {
        let message = format!(
            "A join criteria is expected to reference the source (`{}`) in the FROM clause, instead the right source \
             references `{b}` and the left source references `{a}`",
            joined.alias
        );
        findings.push(Diagnostic::at(on.span, message));
        return None;
    }
    let mut side = |expr: Expr, alias: String| {
        let typed = Compiler::new(scope, Clause::JoinOn, findings).compile(&resolver.flat(&expr))?;
        Some(Side { expr, ty: typed.ty, alias })
    };
    let (first, second) = (side(left, a), side(right, b));
    Some(Condition { written: [first?, second?], left: usize::from(flipped), rest: Vec::new(), span: on.span })
}

/// The only source whose columns an expression uses.
fn only_source(expr: &Expr, whole: &str, findings: &mut Vec<Diagnostic>) -> Option<String> {
    if let [only] = sources(expr).as_slice() {
        return Some((*only).to_owned());
    }
    let message = format!(
        "Invalid comparison expression '{}' in join '{whole}'. Each side of the join comparision must contain references \
         from exactly one source.",
        Shown(expr)
    );
    findings.push(Diagnostic::at(expr.span, message));
    None
}

/// The sources whose columns an expression uses, each once.
fn sources(expr: &Expr) -> Vec<&str> {
    let mut aliases: Vec<&str> = Vec::new();
    for_each(expr, |part| {
        if let ExprKind::Column { source: Some(source), .. } = &part.kind
            && !aliases.contains(&source.value.as_str())
        {
            aliases.push(&source.value);
        }
    });
    aliases
}
