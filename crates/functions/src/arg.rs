//! Arguments of a vectorised call: a column of values or one value for all rows.

use arrow::array::{Array, ArrayAccessor, ArrayRef, Datum, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::DataType;

use crate::{Error, Lambda};

/// One argument: an array with a value per row, or of length 1 when every row has the same value.
#[derive(Debug, Clone)]
pub struct Arg {
    array: ArrayRef,
    constant: bool,
}

impl Arg {
    /// A value per row.
    pub fn column(array: ArrayRef) -> Self {
        Self { array, constant: false }
    }

    /// One value for all rows; `array` has length 1.
    pub fn constant(array: ArrayRef) -> Self {
        debug_assert_eq!(array.len(), 1);
        Self { array, constant: true }
    }

    /// The values: one per row, or a single one.
    pub fn array(&self) -> &ArrayRef {
        &self.array
    }

    /// Whether one value stands for all rows.
    pub fn is_constant(&self) -> bool {
        self.constant
    }

    /// Where the value of `row` stands in [`Self::array`].
    pub fn index(&self, row: usize) -> usize {
        if self.constant { 0 } else { row }
    }

    /// Whether the value of `row` is null.
    pub fn is_null(&self, row: usize) -> bool {
        self.array.is_null(self.index(row))
    }

    /// An array with a value per row.
    pub fn expand(&self, rows: usize) -> Result<ArrayRef, Error> {
        if !self.constant || rows == 1 {
            return Ok(ArrayRef::clone(&self.array));
        }
        Ok(take(&self.array, &UInt32Array::from(vec![0; rows]), None)?)
    }

    /// The values as arrays of that Arrow class.
    pub fn view<'a, A: Array + 'static>(&'a self) -> Result<View<'a, A>, Error>
    where
        &'a A: ArrayAccessor,
    {
        let array = self
            .array
            .as_any()
            .downcast_ref()
            .ok_or_else(|| Error::Fatal(format!("unexpected argument type {}", self.array.data_type())))?;
        Ok(View { array, step: usize::from(!self.constant) })
    }
}

impl Datum for Arg {
    fn get(&self) -> (&dyn Array, bool) {
        (self.array.as_ref(), self.constant)
    }
}

/// Values of one Arrow class by row.
#[derive(Debug)]
pub struct View<'a, A> {
    array: &'a A,
    step: usize,
}

impl<'a, A: Array> View<'a, A>
where
    &'a A: ArrayAccessor,
{
    /// The value of `row`; `None` when null.
    pub fn get(&self, row: usize) -> Option<<&'a A as ArrayAccessor>::Item> {
        let index = row * self.step;
        self.array.is_valid(index).then(|| self.array.value(index))
    }

    /// The values as they are stored: one per row, or a single one.
    pub fn iter(&self) -> impl Iterator<Item = Option<<&'a A as ArrayAccessor>::Item>> {
        let array = self.array;
        (0..array.len()).map(move |i| array.is_valid(i).then(|| array.value(i)))
    }
}

/// A call on a batch.
#[derive(Debug)]
pub struct Call<'a> {
    /// The arguments, cast to the types that resolving asked for.
    pub args: &'a [Arg],
    /// Length of the result; 1 when every argument is constant.
    pub rows: usize,
    /// The lambdas among the arguments, in order; `args` has none of them.
    pub lambdas: &'a [&'a dyn Lambda],
    /// Arrow type of the result.
    pub returns: &'a DataType,
}

impl<'a> Call<'a> {
    /// The argument at `position`.
    pub fn arg(&self, position: usize) -> Result<&'a Arg, Error> {
        self.args.get(position).ok_or_else(|| Error::Fatal(format!("argument {position} is missing")))
    }

    /// The lambda at `position` among the lambdas.
    pub fn lambda(&self, position: usize) -> Result<&'a dyn Lambda, Error> {
        self.lambdas.get(position).copied().ok_or_else(|| Error::Fatal(format!("lambda {position} is missing")))
    }
}
