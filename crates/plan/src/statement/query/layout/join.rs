//! Joined sources as steps: the first one is the source of the stage, each further one the branch of a join.

use std::collections::BTreeSet;

use millstream_sql::Diagnostic;
use millstream_sql::ast::{Duration, Expr, ExprKind, JoinKind as Written, SourceKind, Within as WrittenWithin};
use millstream_types::{Column, Format, FormatSpec, Role};

use super::super::analysis::{Analysis, Output};
use super::super::inputs::Input;
use super::super::join::{JoinForm as Analysed, JoinKey, JoinStep, chosen_of, key};
use super::super::resolve::Resolver;
use super::{Demand, Laid, Wanted, derived, read, rest};
use crate::Settings;
use crate::expr::same::same;
use crate::expr::{Clause, Compiler, Scope};
use crate::statement::formats::fits;
use crate::statement::query::aggregation::DAY_MS;
use crate::topology::{
    Branch, Identity, Join, JoinForm, JoinKind, Late, Projection, PseudoColumn, RowKey, SinkNode, Step, Within,
};

/// The column that holds the key of a join. No column of a source has that name in a row: theirs have their alias in front.
const KEY: &str = "JOINKEY";

/// What is asked of joined sources.
pub(super) struct Asked {
    /// Of each source.
    pub(super) inputs: Vec<Wanted>,
    /// Of the rows that they make together: columns that nothing computes.
    pub(super) pseudo: BTreeSet<PseudoColumn>,
    /// Whether the column that the join adds for its key is used.
    pub(super) synthetic: Option<String>,
    /// Whether the key of the rows is asked for as such.
    pub(super) keyed: bool,
    /// Whether it is asked what the rows of a table were before a change.
    pub(super) before: bool,
}

/// Everything that laying out a join needs to know.
struct Layout<'s> {
    analysis: &'s Analysis,
    settings: &'s Settings,
    resolver: Resolver<'s>,
}

/// What the rows of a join are keyed by where it is a column of a source, as row names have it.
pub(super) fn key_column(analysis: &Analysis) -> Option<Expr> {
    let resolver = Resolver { inputs: &analysis.inputs, merged: &[], free: Vec::new(), aliases: Vec::new() };
    chosen(&analysis.joins, &analysis.outputs, &resolver)
}

/// What the rows of its sources are joined by, and what else is asked of them, as row names have it.
pub(super) fn sides(analysis: &Analysis) -> Vec<Expr> {
    let resolver = Resolver { inputs: &analysis.inputs, merged: &[], free: Vec::new(), aliases: Vec::new() };
    let sides = analysis.joins.iter().flat_map(|join| [&join.left, &join.right]).map(|side| resolver.flat(side));
    sides.chain(analysis.joins.iter().filter_map(|join| join.rest.clone())).collect()
}

/// The output as it is over the rows of the join: what they are keyed by is taken from their key, not from the side that
/// it belongs to, which may have no row.
pub(super) fn keyed_output(output: &Output, column: &Expr) -> Output {
    let expr =
        if same(&output.expr, column) { super::super::column(KEY, output.expr.span) } else { output.expr.clone() };
    Output { expr, ..output.clone() }
}

/// The column that the rows of these joins are keyed by, if it is one of a source.
fn chosen(steps: &[JoinStep], outputs: &[Output], resolver: &Resolver<'_>) -> Option<Expr> {
    let JoinKey::Columns(columns) = key(steps) else { return None };
    let projected = |column: &Expr| outputs.iter().any(|o| same(&o.expr, &resolver.flat(column)));
    chosen_of(&columns, projected).map(|column| resolver.flat(column))
}

/// The joined rows of a query.
pub(super) fn front(
    analysis: &Analysis,
    mut asked: Asked,
    settings: &Settings,
    findings: &mut Vec<Diagnostic>,
) -> Option<Laid> {
    let resolver = Resolver { inputs: &analysis.inputs, merged: &[], free: Vec::new(), aliases: Vec::new() };
    let layout = Layout { analysis, settings, resolver };
    let mut inputs = analysis.inputs.0.iter().zip(std::mem::take(&mut asked.inputs)).enumerate();
    let (_, (first, wanted)) = inputs.next()?;
    let identity = analysis.joins.first().is_some_and(|join| join.form == Analysed::ForeignKey);
    let Laid { source, mut steps, mut scope } = layout.input(first, wanted, identity, findings)?;
    for (index, (input, wanted)) in inputs {
        let right = layout.input(input, wanted, false, findings)?;
        let left = scope.columns().len();
        let before = steps.iter().rev().find_map(|step| match step {
            Step::Join(join) => Some(&**join),
            _ => None,
        });
        let join = layout.join(index - 1, before, &mut scope, right, &asked, findings)?;
        let left = usize::from(join.shows_key)..usize::from(join.shows_key) + left;
        let right = left.end..scope.columns().len() - join.pseudo.len();
        steps.push(Step::Join(Box::new(join)));
        if let Some(step) = analysis.joins.get(index - 1).filter(|step| step.rest.is_some()) {
            let partner = if step.kind == Written::Left { right } else { left };
            steps.extend(rest::steps(step, &partner, &scope, settings, findings)?);
        }
    }
    Some(Laid { source, steps, scope })
}

impl Layout<'_> {
    /// One of the sources, its columns under their names in a row. `identity`: all columns of its key are wanted.
    fn input(&self, input: &Input, mut wanted: Wanted, identity: bool, findings: &mut Vec<Diagnostic>) -> Option<Laid> {
        if identity {
            wanted.outputs.extend(0..input.source.schema.key_count());
        }
        let demand = Demand { keyed: true, key_format: None, before: false };
        let Laid { source, steps, scope } = match &input.derived {
            Some(inner) => derived(inner, &wanted, demand, self.settings, findings)?,
            None => read(input, wanted, false, self.settings),
        };
        Some(Laid { source, steps, scope: scope.renamed(|name| self.analysis.inputs.row_name(&input.alias, name)) })
    }

    /// A join of rows of that scope with `right`; the scope afterwards is that of its result. `before`: the join whose
    /// results these rows are, if they are.
    fn join(
        &self,
        index: usize,
        before: Option<&Join>,
        scope: &mut Scope,
        right: Laid,
        asked: &Asked,
        findings: &mut Vec<Diagnostic>,
    ) -> Option<Join> {
        let steps = &self.analysis.joins;
        let step = steps.get(index)?;
        let last = index + 1 == steps.len();
        let (left_input, right_input) = (self.analysis.inputs.first()?, self.analysis.inputs.0.get(index + 1)?);
        let side = self.left_side(index, findings)?;
        let left_key = projection(&side.expr, step, scope, findings)?;
        let right_expr = self.resolver.flat(&step.right);
        let right_key = projection(&right_expr, step, &right.scope, findings)?;
        let Sides { format, left_moves, right_moves } =
            self.sides(step, &side, before.map_or(left_input.source.key_format, |join| join.key.format), right_input);
        let name = self.shown_key(index, asked);
        let left_identity = match step.form {
            Analysed::ForeignKey => Some(self.identity(left_input, scope)?),
            _ => None,
        };
        let key_name = name.clone().unwrap_or_else(|| KEY.to_owned());
        let key_columns = vec![Column { name: key_name, ty: step.ty.clone(), role: Role::Key }];
        let mut after = Scope::of(name.iter().map(|name| (name.clone(), step.ty.clone())));
        for (name, ty) in scope.columns().iter().chain(right.scope.columns()) {
            after.push(name.clone(), ty.clone());
        }
        let pseudo: Vec<PseudoColumn> = asked.pseudo.iter().copied().filter(|_| last).collect();
        pseudo.iter().for_each(|p| after.push(p.name().to_owned(), p.ty()));
        let after = after.timed(self.analysis.rows.times()).read_as(self.settings.reading());
        let late = match &step.late {
            Some(sink) => Some(Box::new(late(sink, &after)?)),
            None => None,
        };
        let join = Join {
            late,
            form: form(step.form),
            kind: kind(step.kind),
            left_key: vec![left_key],
            right_key: vec![right_key],
            key: RowKey { format, columns: key_columns },
            key_window: left_input.source.key_window,
            left_moves,
            right_moves,
            within: within(step.within.as_ref().filter(|_| step.form == Analysed::StreamStream)),
            left_identity,
            shows_key: name.is_some(),
            pseudo,
            // What no longer fulfils further conditions is deleted if it did.
            before: (last && asked.before || step.rest.is_some()) && step.form.result() == SourceKind::Table,
            left_rows: scope.rows(),
            right_rows: right.scope.rows(),
            rows: after.rows(),
            sql: format!("{} = {}", self.resolver.flat(&step.left), right_expr),
            right: Branch { source: right.source, steps: right.steps },
        };
        *scope = after;
        Some(join)
    }

    /// The name of the key among the columns of the result of that step, if somebody asks for it.
    fn shown_key(&self, index: usize, asked: &Asked) -> Option<String> {
        if index + 1 == self.analysis.joins.len() {
            return asked.synthetic.clone().or_else(|| asked.keyed.then(|| KEY.to_owned()));
        }
        self.is_keyed_by(index + 1).then(|| KEY.to_owned())
    }

    /// Whether the left side of that step is joined by what the steps before it have keyed its rows by.
    fn is_keyed_by(&self, index: usize) -> bool {
        let Some((before, step)) = self.analysis.joins.get(..index).zip(self.analysis.joins.get(index)) else {
            return false;
        };
        let left = self.resolver.flat(&step.left);
        let key = chosen(before, &self.analysis.outputs, &self.resolver);
        key.is_some_and(|key| same(&key, &left) || self.is_always_equal(before, step))
    }

    /// Whether what that step joins by is equal to the key of the steps before, and never null.
    fn is_always_equal(&self, before: &[JoinStep], step: &JoinStep) -> bool {
        let JoinKey::Columns(columns) = key(before) else { return false };
        before.iter().all(|b| b.kind == Written::Inner) && columns.iter().any(|c| same(c, &step.left))
    }

    /// What the left side of a step is joined by.
    fn left_side(&self, index: usize, findings: &mut Vec<Diagnostic>) -> Option<LeftSide> {
        let steps = &self.analysis.joins;
        let (step, first) = (steps.get(index)?, self.analysis.inputs.first()?);
        let expr = self.resolver.flat(&step.left);
        let Some(before) = steps.get(..index).filter(|before| !before.is_empty()) else {
            return Some(LeftSide { moves: moves(&step.left, first), expr });
        };
        if self.is_keyed_by(index) {
            return Some(LeftSide { expr: super::super::column(KEY, step.left.span), moves: false });
        }
        if before.iter().all(|b| b.form == Analysed::ForeignKey) && is_only_key(&step.left, first) {
            // A join by a foreign key leaves its rows anywhere.
            return Some(LeftSide { expr, moves: true });
        }
        if step.form == Analysed::TableTable {
            let columns = match key(before) {
                JoinKey::Columns(columns) => columns,
                _ => Vec::new(),
            };
            let shown = columns.first().map_or("ROWKEY".to_owned(), |c| self.resolver.flat(c).to_string());
            let message = format!(
                "Cannot repartition a TABLE source. If this is a join, make sure that the criteria uses the TABLE's key \
                 column {shown} instead of [{expr}]"
            );
            findings.push(Diagnostic::at(step.span, message));
            return None;
        }
        Some(LeftSide { expr, moves: true })
    }

    /// How keys are encoded, and which sides move: as those of a side that stays, as records are where their bytes say;
    /// else as those of the left one, else of the right one, else as JSON. Where both could stay and their bytes differ the
    /// right side moves, as in ksqlDB.
    fn sides(&self, step: &JoinStep, left: &LeftSide, left_format: FormatSpec, right: &Input) -> Sides {
        let columns = [Column { name: KEY.to_owned(), ty: step.ty.clone(), role: Role::Key }];
        let right_format = right.source.key_format;
        let right_moves = moves(&step.right, right);
        // Records that point to rows of another table are found by its keys.
        let right_first = step.form == Analysed::ForeignKey || (left.moves && !right_moves);
        let wanted = if right_first { [right_format, left_format] } else { [left_format, right_format] };
        let fitting = wanted.into_iter().find(|spec| fits(spec.format, &columns));
        let spec = fitting.unwrap_or(FormatSpec::value(Format::Json));
        let same = |other: FormatSpec| (other.format, other.delimiter) == (spec.format, spec.delimiter);
        Sides {
            format: FormatSpec { delimiter: spec.delimiter, ..FormatSpec::key(spec.format, 1) },
            left_moves: left.moves || !same(left_format),
            right_moves: right_moves || !same(right_format),
        }
    }

    /// What identifies the rows of the left side: the key of the only source that it is.
    fn identity(&self, input: &Input, scope: &Scope) -> Option<Identity> {
        let columns = input.source.schema.keys().to_vec();
        let place = |column: &Column| {
            let name = self.analysis.inputs.row_name(&input.alias, &column.name);
            scope.columns().iter().position(|(n, _)| *n == name)
        };
        let positions = columns.iter().map(place).collect::<Option<Vec<usize>>>()?;
        let spec = input.source.key_format;
        let json = FormatSpec::key(Format::Json, columns.len());
        let format = if fits(spec.format, &columns) { spec } else { json };
        Some(Identity { positions, key: RowKey { format, columns } })
    }
}

/// Where the columns of late records stand in a result that begins with its key, as they do.
fn late(sink: &SinkNode, result: &Scope) -> Option<Late> {
    let place = |column: &Column| result.columns().iter().position(|(name, _)| *name == column.name);
    let values = sink.schema.values().iter().map(place);
    let columns = std::iter::once(Some(0)).chain(values).collect::<Option<Vec<usize>>>()?;
    Some(Late { columns, sink: sink.clone() })
}

/// Where the two sides of a join meet.
struct Sides {
    /// How keys are encoded.
    format: FormatSpec,
    left_moves: bool,
    right_moves: bool,
}

/// What the left side of a join is joined by.
struct LeftSide {
    /// Over its columns.
    expr: Expr,
    /// Whether its records are partitioned by something else.
    moves: bool,
}

/// One side of the condition over rows of that scope.
fn projection(expr: &Expr, step: &JoinStep, scope: &Scope, findings: &mut Vec<Diagnostic>) -> Option<Projection> {
    let typed = Compiler::new(scope, Clause::JoinOn, findings).compile(expr)?;
    let column = Column { name: KEY.to_owned(), ty: step.ty.clone(), role: Role::Key };
    let compiled = if typed.ty.is_some() { typed.expr } else { crate::expr::Typed::null_of(&step.ty).expr };
    Some(Projection { column, expr: compiled, sql: expr.to_string() })
}

/// Whether an expression is the only key column of that source.
fn is_only_key(expr: &Expr, input: &Input) -> bool {
    let ExprKind::Column { source: Some(source), name } = &expr.kind else { return false };
    let key = input.source.schema.keys();
    source.value == input.alias && matches!(key, [only] if only.name == name.value)
}

/// Whether rows of that source are partitioned by something else. The key of a sub-query says nothing about that.
fn moves(expr: &Expr, input: &Input) -> bool {
    input.derived.is_some() || !is_only_key(expr, input)
}

fn form(form: Analysed) -> JoinForm {
    match form {
        Analysed::StreamStream => JoinForm::StreamStream,
        Analysed::StreamTable => JoinForm::StreamTable,
        Analysed::TableTable => JoinForm::TableTable,
        Analysed::ForeignKey => JoinForm::ForeignKey,
    }
}

fn kind(kind: Written) -> JoinKind {
    match kind {
        Written::Inner => JoinKind::Inner,
        Written::Left => JoinKind::Left,
        Written::Right => JoinKind::Right,
        Written::Full => JoinKind::Full,
    }
}

/// WITHIN with what it leaves open filled in, as Kafka Streams does.
fn within(written: Option<&WrittenWithin>) -> Option<Within> {
    let ms = |d: Duration| i64::try_from(d.millis()).unwrap_or(i64::MAX);
    let written = written?;
    let before = ms(written.before);
    let after = written.after.map_or(before, ms);
    let day = i64::try_from(DAY_MS).unwrap_or(i64::MAX);
    let grace = written.grace.map_or(day.saturating_sub(before.saturating_mul(2)).max(0), ms);
    let retention = before.saturating_add(after).saturating_add(grace);
    Some(Within { before, after, grace, retention, eager: written.grace.is_none() })
}
