//! SHOW FUNCTIONS and DESCRIBE FUNCTION, out of what each function says about itself.

use millstream_functions::{Function, Overload, ParamType, Returns};
use millstream_sql::ast::Ident;
use millstream_sql::{Diagnostic, Statement};

use crate::entity::{ArgumentInfo, Entity, FunctionDescription, FunctionInfo, FunctionList, FunctionName};
use crate::rest::ApiError;

/// Lists the functions.
pub(super) fn list(statement: &Statement) -> Entity {
    let functions = millstream_functions::all()
        .iter()
        .map(|f| FunctionName { name: f.name, kind: SCALAR, category: f.category })
        .collect();
    Entity::Functions(FunctionList { statement_text: statement.text.clone(), functions, warnings: Vec::new() })
}

const SCALAR: &str = "SCALAR";

/// Describes a function. Errors: there is none of that name.
pub(super) fn describe(statement: &Statement, name: &Ident) -> Result<Entity, ApiError> {
    let Some(function) = millstream_functions::find(&name.value) else {
        return Err(unknown(statement, name));
    };
    Ok(Entity::FunctionDescription(FunctionDescription {
        statement_text: statement.text.clone(),
        name: function.name.to_owned(),
        description: function.description.to_owned(),
        author: "Millstream",
        version: "",
        path: "internal",
        functions: function.overloads.iter().map(|o| signature(function, o)).collect(),
        kind: SCALAR,
        warnings: Vec::new(),
    }))
}

fn unknown(statement: &Statement, name: &Ident) -> ApiError {
    let message = format!("Can't find any functions with the name '{}'", name.value);
    let finding = Diagnostic::at(name.span, message).hint("SHOW FUNCTIONS lists what there is.");
    ApiError::findings(&statement.text, &[finding])
}

fn signature(function: &Function, overload: &Overload) -> FunctionInfo {
    let last = overload.params.len().saturating_sub(1);
    let argument = |(i, param): (usize, &millstream_functions::Param)| ArgumentInfo {
        name: param.name.to_owned(),
        kind: type_name(&param.ty),
        description: String::new(),
        is_variadic: overload.variadic && i == last,
    };
    FunctionInfo {
        arguments: overload.params.iter().enumerate().map(argument).collect(),
        return_type: result_type(overload),
        description: function.description.to_owned(),
    }
}

fn result_type(overload: &Overload) -> String {
    match &overload.returns {
        Returns::Type(ty) => type_name(ty),
        Returns::Like(index) => overload.params.get(*index).map_or_else(String::new, |p| type_name(&p.ty)),
        // It depends on the arguments; functions that do this give decimals.
        Returns::By(_) => "DECIMAL".to_owned(),
    }
}

/// A type as ksqlDB's descriptions write it: texts are `VARCHAR` there.
fn type_name(ty: &ParamType) -> String {
    match ty {
        ParamType::String => "VARCHAR".to_owned(),
        ParamType::Array(item) => format!("ARRAY<{}>", type_name(item)),
        ParamType::Map(key, value) => format!("MAP<{}, {}>", type_name(key), type_name(value)),
        simple => simple.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::testing::{name, statement};

    #[test]
    fn a_function_is_described_with_its_signatures() {
        let Entity::FunctionDescription(found) =
            describe(&statement("DESCRIBE FUNCTION substring;"), &name("substring")).unwrap()
        else {
            panic!("another entity")
        };
        assert_eq!((found.name.as_str(), found.kind, found.path), ("SUBSTRING", "SCALAR", "internal"));
        let first = &found.functions[0];
        assert_eq!((first.arguments[0].kind.as_str(), first.return_type.as_str()), ("VARCHAR", "VARCHAR"));
        let error = describe(&statement("DESCRIBE FUNCTION NOPE;"), &name("NOPE")).unwrap_err().json();
        assert!(error.contains("Can't find any functions with the name 'NOPE'"), "{error}");
    }
}
