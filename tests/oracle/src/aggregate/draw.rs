//! Which aggregate functions there are, what each takes, and which of them a group allows; and a draw of a call.

use super::{Call, Kind};
use crate::chance::{happens, pick};
use crate::expr::{Expr, Typed};
use crate::expr_draw::Draw;
use crate::value::{Ty, Value};

/// The groups that a function may be asked of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Any.
    Nothing,
    /// Those whose rows come in a known order.
    Order,
    /// Those whose rows stay.
    Stay,
    /// Both.
    OrderAndStay,
}

/// What a function takes of each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Any,
    /// Two of them, of which equal pairs count once.
    Pair,
    Number,
    /// A number that is no decimal.
    Averaged,
    Whole,
    Text,
    Condition,
    /// Arrays of whole numbers.
    Wholes,
    Ordered,
    /// A value of few: HyperLogLog takes some for one another (`'cDcD'` and `'EE'`), but none of those of a source's columns.
    Few,
    /// What TOPK orders, and maybe others.
    Ranked,
    /// Any, and what has an order.
    By,
    /// A number near to zero; of whole numbers that wrap the rest is nothing that could be told from the rows.
    Near,
    /// The same or a decimal.
    NearAny,
    /// Two of those, of one type.
    NearPair,
    NearAnyPair,
}

const FUNCTIONS: &[(&str, Needs, Takes)] = &[
    ("COUNT", Needs::Nothing, Takes::Any),
    ("COUNT", Needs::Nothing, Takes::Pair),
    ("SUM", Needs::Nothing, Takes::Number),
    ("SUM", Needs::Nothing, Takes::Number),
    ("AVG", Needs::Nothing, Takes::Averaged),
    ("HISTOGRAM", Needs::Nothing, Takes::Text),
    ("ATTR", Needs::Nothing, Takes::Any),
    ("SUM_LIST", Needs::Nothing, Takes::Wholes),
    ("COUNT_IF", Needs::Nothing, Takes::Condition),
    ("BOOL_AND", Needs::Nothing, Takes::Condition),
    ("EVERY", Needs::Nothing, Takes::Condition),
    ("BOOL_OR", Needs::Nothing, Takes::Condition),
    ("BIT_AND", Needs::Nothing, Takes::Whole),
    ("BIT_OR", Needs::Nothing, Takes::Whole),
    ("BIT_XOR", Needs::Nothing, Takes::Whole),
    ("STDDEV_SAMP", Needs::Nothing, Takes::Near),
    ("STDDEV_SAMPLE", Needs::Nothing, Takes::Near),
    ("CORRELATION", Needs::Nothing, Takes::NearPair),
    ("VAR_POP", Needs::Nothing, Takes::NearAny),
    ("VAR_SAMP", Needs::Nothing, Takes::NearAny),
    ("VARIANCE", Needs::Nothing, Takes::NearAny),
    ("STDDEV", Needs::Nothing, Takes::NearAny),
    ("STDDEV_POP", Needs::Nothing, Takes::NearAny),
    ("MEDIAN", Needs::Nothing, Takes::NearAny),
    ("PERCENTILE_CONT", Needs::Nothing, Takes::NearAny),
    ("COVAR_POP", Needs::Nothing, Takes::NearAnyPair),
    ("COVAR_SAMP", Needs::Nothing, Takes::NearAnyPair),
    ("CORR", Needs::Nothing, Takes::NearAnyPair),
    ("COLLECT_LIST", Needs::Order, Takes::Any),
    ("COLLECT_LIST", Needs::Order, Takes::Any),
    ("ARRAY_AGG", Needs::Order, Takes::Any),
    ("STRING_AGG", Needs::Order, Takes::Text),
    ("MIN", Needs::Nothing, Takes::Ordered),
    ("MAX", Needs::Nothing, Takes::Ordered),
    ("TOPK", Needs::Nothing, Takes::Ranked),
    ("TOPKDISTINCT", Needs::Stay, Takes::Ordered),
    ("COUNT_DISTINCT", Needs::Stay, Takes::Few),
    ("APPROX_COUNT_DISTINCT", Needs::Stay, Takes::Few),
    ("COLLECT_SET", Needs::OrderAndStay, Takes::Any),
    ("LATEST_BY_OFFSET", Needs::OrderAndStay, Takes::Any),
    ("EARLIEST_BY_OFFSET", Needs::OrderAndStay, Takes::Any),
    ("LAST_VALUE", Needs::OrderAndStay, Takes::Any),
    ("FIRST_VALUE", Needs::OrderAndStay, Takes::Any),
    ("MIN_BY", Needs::OrderAndStay, Takes::By),
    ("MAX_BY", Needs::OrderAndStay, Takes::By),
];

impl Kind {
    fn allows(self, needs: Needs) -> bool {
        let (order, stay) = match self {
            Self::Ordered => (true, true),
            Self::AnyOrder => (false, true),
            Self::OrderedUndo => (true, false),
            Self::AnyOrderUndo => (false, false),
        };
        match needs {
            Needs::Nothing => true,
            Needs::Order => order,
            Needs::Stay => stay,
            Needs::OrderAndStay => order && stay,
        }
    }
}

impl Call {
    /// A call over the rows that `draw` knows.
    pub(crate) fn draw(draw: &mut Draw<'_>, kind: Kind) -> Self {
        let fit: Vec<_> = FUNCTIONS.iter().copied().filter(|(_, needs, _)| kind.allows(*needs)).collect();
        let (name, _, takes) = pick(draw.chance, &fit);
        let args = args(draw, takes, kind);
        let Some(first) = args.first().cloned().filter(|_| !happens(draw.chance, 8)) else {
            return Self { filter: filter(draw), ..Self::count() };
        };
        let by_offset = matches!(name, "LATEST_BY_OFFSET" | "EARLIEST_BY_OFFSET" | "LAST_VALUE" | "FIRST_VALUE");
        let arrays = by_offset && happens(draw.chance, 40);
        let n = (arrays || name.starts_with("TOPK")).then(|| draw.chance.usize(1..4));
        let nulls = by_offset && happens(draw.chance, 40);
        let constant = match name {
            "STRING_AGG" => Some(pick(draw.chance, &["','", "''", "' - '"])),
            "PERCENTILE_CONT" => Some(pick(draw.chance, &["0.25", "0.5", "0.9E0", "0", "1"])),
            _ => None,
        };
        // Two zeros are two doubles.
        let exact = args.iter().all(|arg| is_exact(&arg.ty));
        let needless = by_offset || takes == Takes::Few || name == "TOPKDISTINCT";
        let once = exact && args.len() == 1 && !needless && happens(draw.chance, 25);
        let distinct = takes == Takes::Pair || once;
        let tys: Vec<Ty> = args.iter().map(|arg| arg.ty.clone()).collect();
        let filter = filter(draw);
        let ty = returns(name, &tys, n);
        let args = args.into_iter().map(|arg| arg.expr).collect();
        Self { name, args, n, constant, nulls, distinct, filter, from: first.ty, ty }
    }
}

fn filter(draw: &mut Draw<'_>) -> Option<Expr> {
    happens(draw.chance, 20).then(|| draw.condition(2))
}

/// What any function may be given that takes anything.
fn is_any(ty: &Ty) -> bool {
    !matches!(ty, Ty::List(_) | Ty::Counts | Ty::Rough)
}

/// Arguments of that kind; none if there are no such columns.
fn args(draw: &mut Draw<'_>, takes: Takes, kind: Kind) -> Vec<Typed> {
    let one = match takes {
        Takes::Any if happens(draw.chance, 10) => Some(draw.of(&Ty::Int, 1)),
        Takes::Any => draw.column(is_any),
        Takes::Pair => draw.column(is_exact),
        Takes::Number if happens(draw.chance, 15) => Some(draw.of(&Ty::Int, 1)),
        Takes::Number => draw.column(Ty::is_number),
        Takes::Averaged => draw.column(|ty| matches!(ty, Ty::Int | Ty::Long | Ty::Double)),
        Takes::Whole => draw.column(|ty| matches!(ty, Ty::Int | Ty::Long)),
        Takes::Text => draw.column(|ty| *ty == Ty::Text),
        Takes::Condition => match draw.column(|ty| *ty == Ty::Bool) {
            Some(column) if happens(draw.chance, 70) => Some(column),
            _ => Some(Typed { expr: draw.condition(1), ty: Ty::Bool }),
        },
        Takes::Wholes => draw.column(|ty| *ty == Ty::List(Box::new(Ty::Int))),
        Takes::Ordered => draw.column(Ty::is_ordered),
        Takes::Few => {
            let few = draw.column(|ty| matches!(ty, Ty::Bool | Ty::Int | Ty::Text));
            few.filter(|few| is_declared(&few.expr))
        }
        Takes::Ranked => draw.column(|ty| ty.is_ordered() && !matches!(ty, Ty::Decimal(..))),
        Takes::By => draw.column(is_any),
        Takes::Near | Takes::NearPair => near(draw, |ty| matches!(ty, Ty::Int | Ty::Long | Ty::Double)),
        Takes::NearAny | Takes::NearAnyPair => near(draw, Ty::is_number),
    };
    let Some(one) = one else { return Vec::new() };
    // Which of equal ones is first is seen by what stands beside it.
    let beside = takes == Takes::Ranked && kind == Kind::Ordered && happens(draw.chance, 40);
    let more = match takes {
        Takes::Pair => draw.column(is_exact),
        Takes::NearPair | Takes::NearAnyPair => near(draw, |ty| *ty == one.ty),
        Takes::By => draw.column(Ty::is_ordered),
        Takes::Ranked if beside => draw.column(is_any),
        _ => None,
    };
    match (takes, more) {
        (Takes::Pair | Takes::NearPair | Takes::NearAnyPair | Takes::By, None) => Vec::new(),
        (_, more) => [one].into_iter().chain(more).collect(),
    }
}

fn is_exact(ty: &Ty) -> bool {
    !matches!(ty, Ty::Double | Ty::Rough | Ty::List(_) | Ty::Counts)
}

/// A column of numbers that are near to zero.
fn near(draw: &mut Draw<'_>, wanted: impl Fn(&Ty) -> bool) -> Option<Typed> {
    let Typed { expr, ty } = draw.column(wanted)?;
    if !matches!(ty, Ty::Int | Ty::Long) {
        return Some(Typed { expr, ty });
    }
    let by = Expr::Literal(Value::Int(100));
    Some(Typed { expr: Expr::Arithmetic('%', Box::new(expr), Box::new(by), ty.clone()), ty })
}

/// Whether it is a column of a source.
fn is_declared(arg: &Expr) -> bool {
    let Expr::Column(_, name) = arg else { return false };
    name.rsplit('.').next().is_some_and(|name| name == "N" || name.starts_with('V'))
}

fn returns(name: &str, tys: &[Ty], n: Option<usize>) -> Ty {
    let from = tys.first().cloned().unwrap_or(Ty::Long);
    let list = |of: Ty| Ty::List(Box::new(of));
    match (name, tys) {
        ("COUNT" | "COUNT_DISTINCT" | "APPROX_COUNT_DISTINCT" | "COUNT_IF", _) => Ty::Long,
        ("AVG", _) => Ty::Double,
        ("HISTOGRAM", _) => Ty::Counts,
        ("SUM_LIST", _) => Ty::Int,
        ("COLLECT_LIST" | "COLLECT_SET" | "ARRAY_AGG", _) => list(from),
        ("TOPK", [_, _, ..]) => {
            let name = |at: usize| at.checked_sub(1).map_or("sort_col".into(), |at| format!("col{at}"));
            list(Ty::Struct(tys.iter().enumerate().map(|(at, ty)| (name(at), ty.clone())).collect()))
        }
        (name, _) if name.starts_with("VAR") || name.starts_with("STDDEV") || name.starts_with("COVAR") => Ty::Rough,
        ("CORR" | "CORRELATION" | "MEDIAN" | "PERCENTILE_CONT", _) => Ty::Rough,
        _ if n.is_some() => list(from),
        _ => from,
    }
}
