//! What can go wrong in a function, by what the caller must do about it.

use arrow::error::ArrowError;

/// Failure of resolving or evaluating a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The statement is wrong; the text is ksqlDB's where clients match on it.
    #[error("{0}")]
    User(String),
    /// A row's values have no result: the row's expression becomes null and the text goes to the error ledger.
    #[error("{0}")]
    Data(String),
    /// The caller passed arguments that do not fit the resolved overload, or a kernel refused them: a defect.
    #[error("internal: {0}")]
    Fatal(String),
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::ArithmeticOverflow(text) | ArrowError::ComputeError(text) | ArrowError::CastError(text) => {
                Self::Data(text)
            }
            // A batch that is too large; its rows may not be.
            ArrowError::OffsetOverflowError(_) => Self::Data("The results of a batch are too large".into()),
            ArrowError::DivideByZero => Self::Data("Division by zero".into()),
            other => Self::Fatal(other.to_string()),
        }
    }
}
