//! Expressions drawn at random over the columns of a row.

use crate::chance::{Chance, happens, pick};
use crate::expr::{Column, Expr, Typed};
use crate::value::{Ty, Value};

/// Draws expressions over these columns.
pub(crate) struct Draw<'a> {
    pub(crate) chance: &'a mut Chance,
    pub(crate) columns: &'a [Column],
    /// Whether the rows have a time of their own to name.
    pub(crate) row_time: bool,
}

const COMPARISONS: &[&str] = &["=", "<>", "<", "<=", ">", ">="];

impl Draw<'_> {
    /// An expression of any type.
    pub(crate) fn any(&mut self, depth: u32) -> Typed {
        let tys = [Ty::Int, Ty::Int, Ty::Long, Ty::Double, Ty::Decimal(8, 2), Ty::Text, Ty::Text, Ty::Bool];
        if happens(self.chance, 30) {
            return self.column(|_| true).unwrap_or_else(|| literal(self.chance, &Ty::Int));
        }
        let ty = pick(self.chance, &tys);
        self.of(&ty, depth)
    }

    /// An expression of a type, or for a decimal one of any scale.
    pub(crate) fn of(&mut self, ty: &Ty, depth: u32) -> Typed {
        if depth == 0 {
            return self.leaf(ty);
        }
        let deeper = depth - 1;
        match (self.chance.u8(0..10), ty) {
            (0, _) => self.case(ty, deeper),
            (1, _) => self.first_of(ty, deeper),
            (_, Ty::Bool) => Typed { expr: self.condition(deeper), ty: Ty::Bool },
            (2..7, Ty::Int | Ty::Long | Ty::Double | Ty::Decimal(..)) => self.arithmetic(ty, deeper),
            (7, Ty::Int | Ty::Long | Ty::Double | Ty::Decimal(..)) => {
                let of = self.safe(ty);
                Typed { expr: Expr::Call("ABS", vec![of.expr]), ty: of.ty }
            }
            (8, Ty::Int) => Typed { expr: Expr::Call("LEN", vec![self.safe(&Ty::Text).expr]), ty: Ty::Int },
            (8, Ty::Long) => Typed { expr: Expr::Cast(Box::new(self.leaf(&Ty::Int).expr), Ty::Long), ty: Ty::Long },
            (8, Ty::Double) => {
                Typed { expr: Expr::Cast(Box::new(self.leaf(&Ty::Int).expr), Ty::Double), ty: Ty::Double }
            }
            (2..5, Ty::Text) => {
                let name = pick(self.chance, &["UCASE", "LCASE"]);
                Typed { expr: Expr::Call(name, vec![self.safe(&Ty::Text).expr]), ty: Ty::Text }
            }
            (5..7, Ty::Text) => {
                let parts = (0..self.chance.usize(2..4)).map(|_| self.safe(&Ty::Text).expr).collect();
                Typed { expr: Expr::Call("||", parts), ty: Ty::Text }
            }
            (7, Ty::Text) => {
                let from = pick(self.chance, &[Ty::Int, Ty::Long]);
                Typed { expr: Expr::Cast(Box::new(self.leaf(&from).expr), Ty::Text), ty: Ty::Text }
            }
            _ => self.leaf(ty),
        }
    }

    /// An expression that cannot fail: where a call is given one that does, what follows is not the model's business.
    fn safe(&mut self, ty: &Ty) -> Typed {
        if *ty == Ty::Text && happens(self.chance, 20) {
            return Typed { expr: Expr::Call("UCASE", vec![self.leaf(ty).expr]), ty: Ty::Text };
        }
        self.leaf(ty)
    }

    /// A condition: true or false, never null.
    pub(crate) fn condition(&mut self, depth: u32) -> Expr {
        let deeper = depth.saturating_sub(1);
        let two = |draw: &mut Self| (Box::new(draw.condition(deeper)), Box::new(draw.condition(deeper)));
        match self.chance.u8(0..12) {
            0 | 1 if depth > 0 => {
                let (a, b) = two(self);
                Expr::And(a, b)
            }
            2 if depth > 0 => {
                let (a, b) = two(self);
                Expr::Or(a, b)
            }
            3 if depth > 0 => Expr::Not(Box::new(self.condition(deeper))),
            4 => {
                let ty = self.ordered();
                let not = happens(self.chance, 50);
                Expr::IsNull(not, Box::new(self.of(&ty, deeper).expr))
            }
            5 => {
                let ty = self.ordered();
                let not = happens(self.chance, 50);
                Expr::Distinct(not, Box::new(self.of(&ty, deeper).expr), Box::new(self.leaf(&ty).expr))
            }
            6 => {
                let ty = self.ordered();
                let [of, low, high] = [deeper, 0, 0].map(|depth| Box::new(self.of(&ty, depth).expr));
                Expr::Between(of, low, high)
            }
            7 => {
                let ty = pick(self.chance, &[Ty::Int, Ty::Text]);
                let items = (0..self.chance.usize(1..4)).map(|_| value(self.chance, &ty)).collect();
                Expr::In(Box::new(self.of(&ty, deeper).expr), items)
            }
            8 => {
                let flag = self.leaf(&Ty::Bool).expr;
                Expr::Compare("=", Box::new(flag), Box::new(Expr::Literal(Value::Bool(happens(self.chance, 50)))))
            }
            _ => {
                let ty = self.ordered();
                let op = pick(self.chance, COMPARISONS);
                let other = if ty == Ty::Int && happens(self.chance, 20) { Ty::Long } else { ty.clone() };
                Expr::Compare(op, Box::new(self.of(&ty, deeper).expr), Box::new(self.leaf(&other).expr))
            }
        }
    }

    fn ordered(&mut self) -> Ty {
        pick(self.chance, &[Ty::Int, Ty::Int, Ty::Long, Ty::Double, Ty::Decimal(8, 2), Ty::Text])
    }

    fn case(&mut self, ty: &Ty, depth: u32) -> Typed {
        let first = self.of(ty, 0);
        let mut whens = vec![(self.condition(depth), first.expr)];
        if happens(self.chance, 40) {
            whens.push((self.condition(depth), self.of(&first.ty, 0).expr));
        }
        let otherwise = happens(self.chance, 70).then(|| Box::new(self.leaf(&first.ty).expr));
        Typed { expr: Expr::Case(whens, otherwise), ty: first.ty }
    }

    fn first_of(&mut self, ty: &Ty, _depth: u32) -> Typed {
        let first = self.safe(ty);
        let name = pick(self.chance, &["COALESCE", "IFNULL", "NULLIF"]);
        if *ty == Ty::Bool && name == "NULLIF" {
            return first;
        }
        let second = self.safe(&first.ty);
        Typed { expr: Expr::Call(name, vec![first.expr, second.expr]), ty: first.ty }
    }

    fn arithmetic(&mut self, ty: &Ty, depth: u32) -> Typed {
        if let Ty::Decimal(..) = ty {
            return self.decimal_arithmetic();
        }
        let op = if matches!(ty, Ty::Int | Ty::Long) {
            pick(self.chance, &['+', '-', '*', '/', '%'])
        } else {
            pick(self.chance, &['+', '-', '*'])
        };
        let narrower = if *ty != Ty::Int && happens(self.chance, 30) { Ty::Int } else { ty.clone() };
        // Products of products of doubles would not be exact.
        let depth = if *ty == Ty::Double { 0 } else { depth };
        let (a, b) = (self.of(ty, depth), self.leaf(&narrower));
        Typed { expr: Expr::Arithmetic(op, Box::new(a.expr), Box::new(b.expr), ty.clone()), ty: ty.clone() }
    }

    fn decimal_arithmetic(&mut self) -> Typed {
        let op = pick(self.chance, &['+', '-', '*']);
        let a = self.leaf(&Ty::Decimal(8, 2));
        let other = pick(self.chance, &[Ty::Decimal(8, 2), Ty::Int]);
        let b = self.leaf(&other);
        let of = |ty: &Ty| if let Ty::Decimal(p, s) = ty { (*p, *s) } else { (10, 0) };
        let ((p, s), (q, t)) = (of(&a.ty), of(&b.ty));
        let ty = if op == '*' {
            Ty::Decimal(p + q + 1, s + t)
        } else {
            Ty::Decimal(s.max(t) + (p - s).max(q - t) + 1, s.max(t))
        };
        Typed { expr: Expr::Arithmetic(op, Box::new(a.expr), Box::new(b.expr), ty.clone()), ty }
    }

    /// A column of this type, or else a literal of it.
    fn leaf(&mut self, ty: &Ty) -> Typed {
        if *ty == Ty::Long && self.row_time && happens(self.chance, 10) {
            return Typed { expr: Expr::RowTime, ty: Ty::Long };
        }
        if happens(self.chance, 80)
            && let Some(column) = self.column(|of| of == ty)
        {
            return column;
        }
        literal(self.chance, ty)
    }

    /// One of the columns whose type is wanted.
    pub(crate) fn column(&mut self, wanted: impl Fn(&Ty) -> bool) -> Option<Typed> {
        let fit: Vec<usize> =
            (0..self.columns.len()).filter(|at| !self.columns[*at].hidden && wanted(&self.columns[*at].ty)).collect();
        if fit.is_empty() {
            return None;
        }
        let at = pick(self.chance, &fit);
        let Column { name, ty, .. } = self.columns[at].clone();
        Some(Typed { expr: Expr::Column(at, name), ty })
    }
}

fn literal(chance: &mut Chance, ty: &Ty) -> Typed {
    match ty {
        // An integer literal that is small is no BIGINT, and a decimal one has the precision of its digits.
        Ty::Long | Ty::Decimal(..) => {
            let value = value(chance, ty);
            let text = if let Value::Long(value) = value { Value::Int(value as i32) } else { value };
            Typed { expr: Expr::Cast(Box::new(Expr::Literal(text)), ty.clone()), ty: ty.clone() }
        }
        _ => Typed { expr: Expr::Literal(value(chance, ty)), ty: ty.clone() },
    }
}

/// A value of a type that has literals; never null.
pub(crate) fn value(chance: &mut Chance, ty: &Ty) -> Value {
    match ty {
        Ty::Bool => Value::Bool(chance.bool()),
        Ty::Int => Value::Int(chance.i32(-3..10)),
        Ty::Long => Value::Long(chance.i64(-5..20)),
        Ty::Double => Value::Double(f64::from(chance.i32(-40..80)) / 4.0),
        Ty::Decimal(_, scale) => Value::Decimal(i128::from(chance.i64(-500..2000)), *scale),
        Ty::Text => Value::Text(pick(chance, &["a", "b", "Bc", "cD", "dd", "E", ""]).into()),
        Ty::List(of) => {
            let item = |chance: &mut Chance| if happens(chance, 15) { Value::Null } else { value(chance, of) };
            Value::List((0..chance.usize(0..4)).map(|_| item(chance)).collect())
        }
        Ty::Struct(fields) => {
            Value::Struct(fields.iter().map(|(name, ty)| (name.clone(), value(chance, ty))).collect())
        }
        Ty::Counts | Ty::Rough => Value::Null,
    }
}
