//! Built-in functions, one file each, self-describing.
