//! Overload resolution: exact match first, then matches that need implicit casts; fixed arity before variadic,
//! fewer generic parameters before more; a tie is an error.

use std::fmt::Display;

use millstream_types::SqlType;

use crate::coercion::{common_type, decimal_of, implicitly_castable};
use crate::{Error, Function, Overload, Param, ParamType, Returns};

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
        overload(self.name, self.overloads, args)
    }
}

/// The overload of a function for arguments of these types.
pub(crate) fn overload(
    name: &str,
    overloads: &'static [Overload],
    args: &[Option<SqlType>],
) -> Result<Resolved, Error> {
    let (overload, Fit { params, returns }) = choose(name, overloads, args, true)?;
    Ok(Resolved { overload, params, returns })
}

/// What there is to know of a signature to choose it.
pub(crate) trait Signature: Display + 'static {
    /// Its parts.
    fn shape(&'static self) -> Shape;
}

impl Signature for Overload {
    fn shape(&'static self) -> Shape {
        Shape { params: self.params, variadic: self.variadic, after: &[], returns: &self.returns }
    }
}

/// The signature that fits arguments of these types best, and how. Without `casts` the types must agree as they are.
///
/// Errors: [`Error::User`] when none or several fit equally well.
pub(crate) fn choose<S: Signature>(
    name: &str,
    signatures: &'static [S],
    args: &[Option<SqlType>],
    casts: bool,
) -> Result<(&'static S, Fit), Error> {
    for casting in [false, true].into_iter().take(1 + usize::from(casts)) {
        let shapes = signatures.iter().map(|signature| (signature, signature.shape()));
        let mut fitting: Vec<(Rank, &S, Fit)> =
            shapes.filter_map(|(s, shape)| Some((shape.rank(), s, shape.fit(args, casts, casting)?))).collect();
        fitting.sort_by_key(|(rank, ..)| *rank);
        let best = fitting.first().map(|(rank, ..)| *rank);
        if fitting.iter().filter(|(rank, ..)| Some(*rank) == best).count() > 1 {
            return Err(Error::User(format!(
                "Function '{name}' cannot be resolved due to ambiguous method parameters ({}).\n\
                 Use CAST() to explicitly cast your parameters to one of the supported signatures.\n{}",
                list(args),
                alternatives(name, signatures)
            )));
        }
        if let Some((_, signature, fit)) = fitting.into_iter().next() {
            return Ok((signature, fit));
        }
    }
    Err(Error::User(refusal(name, signatures, &list(args))))
}

/// What is said when no signature fits these arguments.
pub(crate) fn refusal(name: &str, signatures: &[impl Display], args: &str) -> String {
    format!("Function '{name}' does not accept parameters ({args}).\n{}", alternatives(name, signatures))
}

/// What could be called instead, as ksqlDB shows it.
fn alternatives(name: &str, signatures: &[impl Display]) -> String {
    let signatures: String = signatures.iter().map(|s| format!("{name}({s})\n")).collect();
    format!(
        "Valid alternatives are:\n{signatures}\
         For detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;"
    )
}

/// Lower is better.
type Rank = (bool, usize);

fn is_generic(ty: &ParamType) -> bool {
    match ty {
        ParamType::Any(_) | ParamType::Each => true,
        ParamType::Array(item) => is_generic(item),
        ParamType::Map(key, value) => is_generic(key) || is_generic(value),
        _ => false,
    }
}

fn list(args: &[Option<SqlType>]) -> String {
    let names: Vec<String> = args.iter().map(|ty| ty.as_ref().map_or("null".into(), bare)).collect();
    names.join(", ")
}

/// A type as ksqlDB writes it there: without quotes around the names of fields.
pub(crate) fn bare(ty: &SqlType) -> String {
    ty.to_string().replace('`', "")
}

/// The parts of a signature.
pub(crate) struct Shape {
    /// Parameters, of which the last may be variadic.
    pub(crate) params: &'static [Param],
    pub(crate) variadic: bool,
    /// Parameters that follow them.
    pub(crate) after: &'static [Param],
    pub(crate) returns: &'static Returns,
}

/// How a signature fits a call.
pub(crate) struct Fit {
    /// The types to which the arguments must be cast.
    pub(crate) params: Vec<SqlType>,
    /// The type of the result.
    pub(crate) returns: SqlType,
}

impl Shape {
    fn rank(&self) -> Rank {
        (self.variadic, self.params.iter().chain(self.after).filter(|p| is_generic(&p.ty)).count())
    }

    /// The parameter that takes the argument at `position` of so many.
    fn param(&self, position: usize, arguments: usize) -> Option<&'static ParamType> {
        let before = arguments.checked_sub(self.after.len())?;
        let param = match position.checked_sub(before) {
            Some(place) => self.after.get(place),
            None => self.params.get(position).or(self.params.last().filter(|_| self.variadic)),
        };
        param.map(|p| &p.ty)
    }

    fn fit(&self, args: &[Option<SqlType>], casts: bool, casting: bool) -> Option<Fit> {
        let fixed = self.params.len() - usize::from(self.variadic) + self.after.len();
        if args.len() < fixed || (!self.variadic && args.len() > fixed) {
            return None;
        }
        let mut bound = Bindings::default();
        for (i, arg) in args.iter().enumerate() {
            if let Some(ty) = arg {
                bound.bind(self.param(i, args.len())?, ty, casting)?;
            }
        }
        // A NULL that nothing tells the type of is of any, where the result does not depend on it.
        if casts && matches!(self.returns, Returns::Type(ty) if !is_generic(ty)) {
            for param in self.params {
                bound.fill(&param.ty);
            }
        }
        let mut params = Vec::with_capacity(args.len());
        for (i, arg) in args.iter().enumerate() {
            let param = concrete(self.param(i, args.len())?, arg.as_ref(), &bound)?;
            let fits = match arg {
                None => true,
                Some(ty) if casting => implicitly_castable(ty, &param),
                Some(ty) => *ty == param,
            };
            if !fits {
                return None;
            }
            params.push(param);
        }
        if casts {
            widen_decimals(&mut params)?;
        }
        let returns = match self.returns {
            Returns::Type(ty) => concrete(ty, None, &bound)?,
            Returns::Like(position) => params.get(*position)?.clone(),
            Returns::By(rule) | Returns::Shown(_, rule) => rule(&params),
        };
        Some(Fit { params, returns })
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
pub(crate) struct Bindings(Vec<(char, SqlType)>);

impl Bindings {
    /// Learns from an argument; `None` when a letter would stand for two types.
    pub(crate) fn bind(&mut self, param: &ParamType, arg: &SqlType, casts: bool) -> Option<()> {
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

    /// Lets letters that stand for nothing yet stand for STRING.
    fn fill(&mut self, param: &ParamType) {
        match param {
            ParamType::Any(letter) if self.get(*letter).is_none() => self.set(*letter, SqlType::String),
            ParamType::Array(item) => self.fill(item),
            ParamType::Map(key, value) => {
                self.fill(key);
                self.fill(value);
            }
            _ => {}
        }
    }

    pub(crate) fn get(&self, letter: char) -> Option<SqlType> {
        self.0.iter().find(|(l, _)| *l == letter).map(|(_, ty)| ty.clone())
    }

    /// Lets a letter stand for `ty`, whatever it stood for.
    pub(crate) fn set(&mut self, letter: char, ty: SqlType) {
        self.0.retain(|(l, _)| *l != letter);
        self.0.push((letter, ty));
    }
}

/// The SQL type a parameter asks for in this call; `None` when nothing says what a letter stands for.
pub(crate) fn concrete(param: &ParamType, arg: Option<&SqlType>, bound: &Bindings) -> Option<SqlType> {
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
        ParamType::Each => arg?.clone(),
        ParamType::Array(item) => SqlType::Array(concrete(item, None, bound)?.into()),
        ParamType::Map(key, value) => {
            SqlType::Map(concrete(key, None, bound)?.into(), concrete(value, None, bound)?.into())
        }
        // A lambda is no value: only a call that is resolved with its lambdas can have one.
        ParamType::Lambda(..) => return None,
    })
}
