//! What the parser and the printer do with whole texts: goldens, limits, damaged statements, a foreign corpus.

mod corpus;
mod damage;
mod goldens;
mod limits;
mod precedence;
mod round_trip;
