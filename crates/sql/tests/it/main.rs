//! What the parser and the printer do with whole texts: goldens, limits, damaged statements, a foreign corpus.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod custom_types;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod formatted;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod generated;
#[cfg(test)]
mod goldens;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod places;
#[cfg(test)]
mod precedence;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod script;
#[cfg(test)]
mod standard;
#[cfg(test)]
mod variables;
