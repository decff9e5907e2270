//! What the functions that read a number from bytes share: signatures, byte order, and the loop.

use std::sync::Arc;

use arrow::array::{ArrayRef, ArrowPrimitiveType, BinaryArray, PrimitiveBuilder, StringArray};

use crate::{Call, Error, Overload, Param, ParamType, Returns};

/// Signatures with and without a byte order.
pub(super) const fn overloads(returns: [Returns; 2], eval: fn(&Call<'_>) -> Result<ArrayRef, Error>) -> [Overload; 2] {
    const BYTES: Param = Param { name: "bytes", ty: ParamType::Bytes };
    const ORDER: Param = Param { name: "byte_order", ty: ParamType::String };
    let [one, two] = returns;
    [
        Overload { params: &[BYTES], variadic: false, returns: one, fallible: true, eval },
        Overload { params: &[BYTES, ORDER], variadic: false, returns: two, fallible: true, eval },
    ]
}

/// Reads a number of `N` bytes, by `of` when the highest comes first.
pub(super) fn read<const N: usize, T: ArrowPrimitiveType>(
    call: &Call<'_>,
    of: fn([u8; N]) -> T::Native,
) -> Result<ArrayRef, Error> {
    let bytes = call.arg(0)?.view::<BinaryArray>()?;
    let orders = call.args.get(1).map(|a| a.view::<StringArray>()).transpose()?;
    let mut out = PrimitiveBuilder::<T>::with_capacity(call.rows);
    for row in 0..call.rows {
        let order = orders.as_ref().map_or(Some("BIG_ENDIAN"), |o| o.get(row));
        let (Some(bytes), Some(order)) = (bytes.get(row), order) else {
            out.append_null();
            continue;
        };
        let mut number: [u8; N] = bytes
            .try_into()
            .map_err(|_| Error::Data(format!("Number of bytes must be equal to {N}, but found {}", bytes.len())))?;
        if is_little(order)? {
            number.reverse();
        }
        out.append_value(of(number));
    }
    Ok(Arc::new(out.finish()))
}

fn is_little(order: &str) -> Result<bool, Error> {
    if order.eq_ignore_ascii_case("LITTLE_ENDIAN") {
        Ok(true)
    } else if order.eq_ignore_ascii_case("BIG_ENDIAN") {
        Ok(false)
    } else {
        Err(Error::Data(format!("Byte order must be BIG_ENDIAN or LITTLE_ENDIAN, but is '{order}'")))
    }
}
