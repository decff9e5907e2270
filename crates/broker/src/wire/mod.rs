//! Requests from bytes: checked before they are decoded, as the decoder reserves memory for whatever length it reads.

#[cfg(test)]
pub(crate) mod generate;
mod guard;
mod shape;
mod shapes;
#[cfg(test)]
mod tests;

pub(crate) use guard::{Fault, check, header_tags};
pub(crate) use shape::Shape;
pub(crate) use shapes::shape_of;
