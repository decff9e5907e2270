//! Lambda arguments: `x => x + 1` and what a function sees of it.
//!
//! A function that takes collections apart hands whole columns of elements to a [`Lambda`], never one element at a time.
//! Which types its parameters have follows from the collection, and only then the lambda's own type can be told: so
//! overload resolution of such a call goes to and fro between the values and the lambdas.

use std::fmt::Debug;

use arrow::array::{ArrayRef, UInt32Array};
use millstream_types::SqlType;

use crate::coercion::{common_type, implicitly_castable};
use crate::resolve::{Bindings, Resolved, bare, concrete, refusal};
use crate::{Error, Function, Overload, ParamType, Returns};

/// The body of a lambda, ready to be evaluated for many elements at once.
pub trait Lambda: Debug {
    /// One value per element.
    ///
    /// `rows` says for each element to which row of the call it belongs, so that the body can use that row's columns, and is
    /// asked only when it uses some; `params` are the lambda's parameters, at least one and of one length. The result has
    /// the type that resolving asked for.
    ///
    /// Errors: [`Error::Data`] when some element has no result.
    fn evaluate(&self, rows: &dyn Fn() -> UInt32Array, params: &[ArrayRef]) -> Result<ArrayRef, Error>;
}

/// An argument before its type is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A value of that type; `None` is the untyped NULL.
    Value(Option<SqlType>),
    /// A lambda with that many parameters.
    Lambda(usize),
}

/// Says the type of the body of the lambda at a position when its parameters have these types: `Some(None)` for the
/// untyped NULL, `None` when the body is wrong, which was told already.
pub type BodyType<'a> = dyn FnMut(usize, &[SqlType]) -> Option<Option<SqlType>> + 'a;

/// How often a letter may be widened by what a lambda gives before the call is given up.
const ROUNDS_MAX: usize = 4;

impl Function {
    /// The overload for a call with lambdas; `Ok(None)` when a body is wrong.
    ///
    /// [`Resolved::params`] has for each lambda the type to which its result must be cast.
    ///
    /// Errors: [`Error::User`] when no overload fits.
    pub fn resolve_with_lambdas(
        &'static self,
        args: &[Given],
        body: &mut BodyType<'_>,
    ) -> Result<Option<Resolved>, Error> {
        let refused = |args: &[Given]| Error::User(refusal(self.name, self.overloads, &shown(args)));
        let fitting = |casts: bool| self.overloads.iter().find_map(|o| Some((o, values(o, args, casts)?)));
        let (overload, mut bound) = fitting(false).or_else(|| fitting(true)).ok_or_else(|| refused(args))?;
        for _ in 0..ROUNDS_MAX {
            match bodies(overload, args, &mut bound, body) {
                Bodies::Typed => return finish(overload, args, &bound).map(Some).ok_or_else(|| refused(args)),
                Bodies::Widened => {}
                Bodies::Wrong => return Ok(None),
                Bodies::Unfit => return Err(refused(args)),
            }
        }
        Err(refused(args))
    }
}

/// The arguments as messages list them.
fn shown(args: &[Given]) -> String {
    let names: Vec<String> = args
        .iter()
        .map(|arg| match arg {
            Given::Value(ty) => ty.as_ref().map_or("null".into(), bare),
            Given::Lambda(_) => "LAMBDA".into(),
        })
        .collect();
    names.join(", ")
}

/// What the letters stand for by the values alone; `None` when they, or the shapes of the lambdas, do not fit.
fn values(overload: &'static Overload, args: &[Given], casts: bool) -> Option<Bindings> {
    if overload.variadic || overload.params.len() != args.len() {
        return None;
    }
    let mut bound = Bindings::default();
    for (param, arg) in overload.params.iter().zip(args) {
        match (&param.ty, arg) {
            (ParamType::Lambda(params, _), Given::Lambda(count)) if params.len() == *count => {}
            (ParamType::Lambda(..), _) | (_, Given::Lambda(_)) => return None,
            (param, Given::Value(Some(ty))) => bound.bind(param, ty, casts)?,
            (_, Given::Value(None)) => {}
        }
    }
    let fits = overload.params.iter().zip(args).all(|(param, arg)| match arg {
        Given::Value(Some(ty)) => concrete(&param.ty, Some(ty), &bound)
            .is_some_and(|param| if casts { implicitly_castable(ty, &param) } else { *ty == param }),
        _ => true,
    });
    fits.then_some(bound)
}

/// What became of typing the lambdas.
enum Bodies {
    Typed,
    /// A letter now stands for a wider type: the bodies must be typed again.
    Widened,
    Wrong,
    Unfit,
}

fn bodies(overload: &'static Overload, args: &[Given], bound: &mut Bindings, body: &mut BodyType<'_>) -> Bodies {
    for (position, (param, _)) in overload.params.iter().zip(args).enumerate() {
        let ParamType::Lambda(params, returns) = &param.ty else { continue };
        let Some(types) = params.iter().map(|p| concrete(p, None, bound)).collect::<Option<Vec<SqlType>>>() else {
            return Bodies::Unfit;
        };
        let Some(given) = body(position, &types) else { return Bodies::Wrong };
        let (wanted, letter) = match returns {
            ParamType::Any(letter) => (bound.get(*letter), Some(*letter)),
            other => (concrete(other, None, bound), None),
        };
        match (wanted, given, letter) {
            (Some(wanted), Some(given), _) if implicitly_castable(&given, &wanted) => {}
            (Some(_), None, _) => {}
            (Some(wanted), Some(given), Some(letter)) => match common_type(&wanted, &given) {
                Some(wider) => {
                    bound.set(letter, wider);
                    return Bodies::Widened;
                }
                None => return Bodies::Unfit,
            },
            (None, Some(given), Some(letter)) => bound.set(letter, given),
            _ => return Bodies::Unfit,
        }
    }
    Bodies::Typed
}

fn finish(overload: &'static Overload, args: &[Given], bound: &Bindings) -> Option<Resolved> {
    let mut params = Vec::with_capacity(args.len());
    for (param, arg) in overload.params.iter().zip(args) {
        params.push(match (&param.ty, arg) {
            (ParamType::Lambda(_, returns), _) => concrete(returns, None, bound)?,
            (param, Given::Value(ty)) => concrete(param, ty.as_ref(), bound)?,
            (param, Given::Lambda(_)) => concrete(param, None, bound)?,
        });
    }
    let returns = match &overload.returns {
        Returns::Type(ty) => concrete(ty, None, bound)?,
        Returns::Like(position) => params.get(*position)?.clone(),
        Returns::By(rule) | Returns::Shown(_, rule) => rule(&params),
    };
    Some(Resolved { overload, params, returns })
}
