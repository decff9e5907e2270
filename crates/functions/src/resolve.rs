//! Overload resolution: exact match first, then matches that need implicit casts; fixed arity before variadic,
//! fewer generic parameters before more; a tie is an error.

use millstream_types::SqlType;

use crate::coercion::{common_type, decimal_of, implicitly_castable};
use crate::{Error, Function, Overload, ParamType, Returns};

/// An overload chosen for a call.
#[derive(Debug)]
pub struct Resolved {
    /// The overload.
    pub overload: &'static Overload,
    /// Types to which the arguments must be cast, one for each argument given.
    pub params: Vec<SqlType>,
    /// Type of the result.
    pub returns: SqlType,
}

impl Function {
    /// The overload for arguments of these types; `None` is the untyped NULL, which fits every parameter.
    ///
    /// Errors: [`Error::User`] when none or several fit equally well.
    pub fn resolve(&'static self, args: &[Option<SqlType>]) -> Result<Resolved, Error> {
        for casts in [false, true] {
            let mut fitting: Vec<(Rank, Resolved)> =
                self.overloads.iter().filter_map(|o| Some((rank(o), o.fit(args, casts)?))).collect();
            fitting.sort_by_key(|(rank, _)| *rank);
            let best = fitting.first().map(|(rank, _)| *rank);
            if fitting.iter().filter(|(rank, _)| Some(*rank) == best).count() > 1 {
                return Err(Error::User(format!(
                    "Function '{}' cannot be resolved due to ambiguous method parameters ({}). \
                     Cast the arguments to the types you mean.",
                    self.name,
                    list(args)
                )));
            }
            if let Some((_, resolved)) = fitting.into_iter().next() {
                return Ok(resolved);
            }
        }
        let alternatives: String = self.overloads.iter().map(|o| format!("\n{}({o})", self.name)).collect();
        Err(Error::User(format!(
            "Function '{}' does not accept parameters ({}).\nValid alternatives are:{alternatives}",
            self.name,
            list(args)
        )))
    }
}

/// Lower is better.
type Rank = (bool, usize);

fn rank(overload: &Overload) -> Rank {
    (overload.variadic, overload.params.iter().filter(|p| is_generic(&p.ty)).count())
}

fn is_generic(ty: &ParamType) -> bool {
    match ty {
        ParamType::Any(_) => true,
        ParamType::Array(item) => is_generic(item),
        ParamType::Map(key, value) => is_generic(key) || is_generic(value),
        _ => false,
    }
}

fn list(args: &[Option<SqlType>]) -> String {
    let names: Vec<String> = args.iter().map(|t| t.as_ref().map_or("null".into(), SqlType::to_string)).collect();
    names.join(", ")
}

impl Overload {
    fn param(&self, position: usize) -> Option<&ParamType> {
        let last = self.params.last().filter(|_| self.variadic);
        self.params.get(position).or(last).map(|p| &p.ty)
    }

    fn fit(&'static self, args: &[Option<SqlType>], casts: bool) -> Option<Resolved> {
        let fixed = self.params.len() - usize::from(self.variadic);
        if args.len() < fixed || (!self.variadic && args.len() > fixed) {
            return None;
        }
        let mut bound = Bindings::default();
        for (i, arg) in args.iter().enumerate() {
            if let Some(ty) = arg {
                bound.bind(self.param(i)?, ty, casts)?;
            }
        }
        let mut params = Vec::with_capacity(args.len());
        for (i, arg) in args.iter().enumerate() {
            let param = concrete(self.param(i)?, arg.as_ref(), &bound)?;
            let fits = match arg {
                None => true,
                Some(ty) if casts => implicitly_castable(ty, &param),
                Some(ty) => *ty == param,
            };
            if !fits {
                return None;
            }
            params.push(param);
        }
        widen_decimals(&mut params)?;
        let returns = match &self.returns {
            Returns::Type(ty) => concrete(ty, None, &bound)?,
            Returns::Like(position) => params.get(*position)?.clone(),
            Returns::By(rule) => rule(&params),
        };
        Some(Resolved { overload: self, params, returns })
    }
}

/// DECIMAL parameters of one call take the narrowest type that holds all of them.
fn widen_decimals(params: &mut [SqlType]) -> Option<()> {
    let is_decimal = |ty: &&mut SqlType| matches!(ty, SqlType::Decimal { .. });
    let mut widest: Option<SqlType> = None;
    for param in params.iter_mut().filter(is_decimal) {
        widest = Some(match &widest {
            None => param.clone(),
            Some(wide) => common_type(wide, param)?,
        });
    }
    for param in params.iter_mut().filter(is_decimal) {
        *param = widest.clone()?;
    }
    Some(())
}

/// What the letters of a signature stand for in a call.
#[derive(Default)]
struct Bindings(Vec<(char, SqlType)>);

impl Bindings {
    /// Learns from an argument; `None` when a letter would stand for two types.
    fn bind(&mut self, param: &ParamType, arg: &SqlType, casts: bool) -> Option<()> {
        match (param, arg) {
            (ParamType::Any(letter), arg) => match self.0.iter_mut().find(|(l, _)| l == letter) {
                None => self.0.push((*letter, arg.clone())),
                Some((_, ty)) if ty == arg => {}
                Some((_, ty)) if casts => *ty = common_type(ty, arg)?,
                Some(_) => return None,
            },
            (ParamType::Array(item), SqlType::Array(ty)) => self.bind(item, ty, casts)?,
            (ParamType::Map(key, value), SqlType::Map(k, v)) => {
                self.bind(key, k, casts)?;
                self.bind(value, v, casts)?;
            }
            _ => {}
        }
        Some(())
    }

    fn get(&self, letter: char) -> Option<SqlType> {
        self.0.iter().find(|(l, _)| *l == letter).map(|(_, ty)| ty.clone())
    }
}

/// The SQL type a parameter asks for in this call; `None` when nothing says what a letter stands for.
fn concrete(param: &ParamType, arg: Option<&SqlType>, bound: &Bindings) -> Option<SqlType> {
    Some(match param {
        ParamType::Boolean => SqlType::Boolean,
        ParamType::Integer => SqlType::Integer,
        ParamType::Bigint => SqlType::Bigint,
        ParamType::Double => SqlType::Double,
        ParamType::Decimal => {
            let (precision, scale) = arg.map_or(Some((1, 0)), decimal_of)?;
            SqlType::Decimal { precision, scale }
        }
        ParamType::String | ParamType::Unit => SqlType::String,
        ParamType::Bytes => SqlType::Bytes,
        ParamType::Date => SqlType::Date,
        ParamType::Time => SqlType::Time,
        ParamType::Timestamp => SqlType::Timestamp,
        ParamType::Any(letter) => bound.get(*letter)?,
        ParamType::Array(item) => SqlType::Array(concrete(item, None, bound)?.into()),
        ParamType::Map(key, value) => {
            SqlType::Map(concrete(key, None, bound)?.into(), concrete(value, None, bound)?.into())
        }
    })
}
