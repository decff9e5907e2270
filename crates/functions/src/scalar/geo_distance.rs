//! `GEO_DISTANCE`: how far two places on Earth are from each other.

use std::f64::consts::PI;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Float64Builder, StringArray};

use super::double;
use crate::{Call, Error, Example, Function, Param, ParamType};

pub(crate) static FUNCTION: Function = Function {
    name: "geo_distance",
    category: "MATHEMATICAL",
    description: "The great-circle distance between two places, given by latitude and longitude in degrees, on a sphere; in \
                  kilometers, or in the unit given: 'KM' or 'MI', or written out. A null or blank unit is kilometers; any other \
                  null gives null.",
    overloads: &[
        double::fallible(&[LATITUDE_1, LONGITUDE_1, LATITUDE_2, LONGITUDE_2], eval),
        double::fallible(&[LATITUDE_1, LONGITUDE_1, LATITUDE_2, LONGITUDE_2, UNIT], eval),
    ],
    examples: &[
        Example { call: "GEO_DISTANCE(37.4439E0, -122.1663E0, 51E0, 0E0)", result: "8682.459061368269E0" },
        Example {
            call: "GEO_DISTANCE(37.4439E0, -122.1663E0, 51.5257E0, -0.1122E0, 'MI')",
            result: "5365.659729188262E0",
        },
        Example { call: "GEO_DISTANCE(0E0, 0E0, 0E0, 0E0, NULL)", result: "0E0" },
        Example { call: "GEO_DISTANCE(0E0, 0E0, NULL, 0E0, 'miles')", result: "NULL" },
    ],
};

const LATITUDE_1: Param = Param { name: "latitude1", ty: ParamType::Double };
const LONGITUDE_1: Param = Param { name: "longitude1", ty: ParamType::Double };
const LATITUDE_2: Param = Param { name: "latitude2", ty: ParamType::Double };
const LONGITUDE_2: Param = Param { name: "longitude2", ty: ParamType::Double };
const UNIT: Param = Param { name: "unit", ty: ParamType::String };

/// Radii of the Earth, as ksqlDB has them.
const KILOMETERS: f64 = 6371.0;
const MILES: f64 = 3959.0;

fn eval(call: &Call<'_>) -> Result<ArrayRef, Error> {
    let column = |at| call.arg(at)?.view::<Float64Array>();
    let (latitude1, longitude1, latitude2, longitude2) = (column(0)?, column(1)?, column(2)?, column(3)?);
    let units = call.args.get(4).map(|a| a.view::<StringArray>()).transpose()?;
    let mut out = Float64Builder::with_capacity(call.rows);
    for row in 0..call.rows {
        let first = latitude1.get(row).zip(longitude1.get(row));
        let Some((first, second)) = first.zip(latitude2.get(row).zip(longitude2.get(row))) else {
            out.append_null();
            continue;
        };
        check(first)?;
        check(second)?;
        out.append_value(angle(first, second) * radius(units.as_ref().and_then(|u| u.get(row)))?);
    }
    Ok(Arc::new(out.finish()))
}

fn check((latitude, longitude): (f64, f64)) -> Result<(), Error> {
    if !(-90.0..=90.0).contains(&latitude) {
        return Err(Error::Data(format!("invalid latitude value for geo_distance function: {latitude}")));
    }
    if !(-180.0..=180.0).contains(&longitude) {
        return Err(Error::Data(format!("invalid longitude value for geo_distance function: {longitude}")));
    }
    Ok(())
}

fn radius(unit: Option<&str>) -> Result<f64, Error> {
    let Some(unit) = unit.filter(|u| !u.trim().is_empty()) else { return Ok(KILOMETERS) };
    let is = |names: &[&str]| names.iter().any(|name| unit.eq_ignore_ascii_case(name));
    if is(&["km", "kilometer", "kilometers", "kilometre", "kilometres"]) {
        Ok(KILOMETERS)
    } else if is(&["mi", "mile", "miles"]) {
        Ok(MILES)
    } else {
        Err(Error::Data(format!("invalid units value for geo_distance function: '{unit}'")))
    }
}

/// The angle between two places seen from the Earth's middle, by the haversine formula. ksqlDB's cases have its last digits.
fn angle((latitude1, longitude1): (f64, f64), (latitude2, longitude2): (f64, f64)) -> f64 {
    let haversine = |angle: f64| (angle / 2.0).sin().powi(2);
    // Two steps, as Java did when the cases were recorded; `to_radians` rounds once.
    let radians = |degrees: f64| degrees / 180.0 * PI;
    let latitudes = haversine(radians(latitude2 - latitude1));
    let longitudes = haversine(radians(longitude2 - longitude1));
    let along = latitudes + longitudes * radians(latitude1).cos() * radians(latitude2).cos();
    2.0 * along.sqrt().asin()
}
