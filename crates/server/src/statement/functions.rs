//! SHOW FUNCTIONS and DESCRIBE FUNCTION, out of what each function says about itself.

use millstream_functions::describe::{self as told, Kind, Signature};
use millstream_plan::Dialect;
use millstream_sql::ast::Ident;
use millstream_sql::{Diagnostic, Statement};

use crate::entity::{ArgumentInfo, Entity, FunctionDescription, FunctionInfo, FunctionList, FunctionName};
use crate::rest::ApiError;

/// Lists the functions that the dialect has.
pub(super) fn list(statement: &Statement, dialect: Dialect) -> Entity {
    let functions = told::describe_all()
        .into_iter()
        .filter(|f| !f.extension || dialect == Dialect::Extended)
        .map(|f| FunctionName { name: f.name, kind: kind_name(f.kind), category: f.category })
        .collect();
    Entity::Functions(FunctionList { statement_text: statement.text.clone(), functions, warnings: Vec::new() })
}

/// Describes a function. Errors: there is none of that name.
pub(super) fn describe(statement: &Statement, name: &Ident, dialect: Dialect) -> Result<Entity, ApiError> {
    let known = told::describe(&name.value).filter(|f| !f.extension || dialect == Dialect::Extended);
    let Some(function) = known else {
        return Err(unknown(statement, name));
    };
    Ok(Entity::FunctionDescription(FunctionDescription {
        statement_text: statement.text.clone(),
        name: function.name,
        description: function.description.to_owned(),
        author: "Millstream",
        version: "",
        path: "internal",
        functions: function.signatures.iter().map(|s| signature(s, function.description)).collect(),
        kind: kind_name(function.kind),
        warnings: Vec::new(),
    }))
}

fn unknown(statement: &Statement, name: &Ident) -> ApiError {
    let message = format!("Can't find any functions with the name '{}'", name.value);
    let finding = Diagnostic::at(name.span, message).hint("SHOW FUNCTIONS lists what there is.");
    ApiError::findings(&statement.text, &[finding])
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Scalar => "SCALAR",
        Kind::Table => "TABLE",
        Kind::Aggregate => "AGGREGATE",
    }
}

fn signature(signature: &Signature, description: &str) -> FunctionInfo {
    let argument = |param: &told::Parameter| ArgumentInfo {
        name: param.name.to_owned(),
        kind: param.ty.clone(),
        description: if param.literal { "a literal".to_owned() } else { String::new() },
        is_variadic: param.variadic,
    };
    FunctionInfo {
        arguments: signature.params.iter().map(argument).collect(),
        return_type: signature.returns.clone(),
        description: description.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::testing::{name, statement};

    #[test]
    fn a_function_is_described_with_its_signatures() {
        let described = |function: &str| {
            let statement = statement(&format!("DESCRIBE FUNCTION {function};"));
            match describe(&statement, &name(function), Dialect::Extended) {
                Ok(Entity::FunctionDescription(found)) => found,
                other => panic!("{other:?}"),
            }
        };
        let found = described("substring");
        assert_eq!((found.name.as_str(), found.kind, found.path), ("SUBSTRING", "SCALAR", "internal"));
        let first = &found.functions[0];
        assert_eq!((first.arguments[0].kind.as_str(), first.return_type.as_str()), ("VARCHAR", "VARCHAR"));
        assert_eq!(described("EXPLODE").kind, "TABLE");
        assert_eq!(described("count").kind, "AGGREGATE");
        let error = describe(&statement("DESCRIBE FUNCTION NOPE;"), &name("NOPE"), Dialect::Ksql).unwrap_err().json();
        assert!(error.contains("Can't find any functions with the name 'NOPE'"), "{error}");
    }

    #[test]
    fn the_dialect_of_ksqldb_has_its_functions_only() {
        let listed = |dialect| match list(&statement("SHOW FUNCTIONS;"), dialect) {
            Entity::Functions(list) => list.functions.into_iter().map(|f| f.name).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        let own = "MEDIAN".to_owned();
        assert!(listed(Dialect::Extended).contains(&own) && !listed(Dialect::Ksql).contains(&own));
        assert!(describe(&statement("DESCRIBE FUNCTION MEDIAN;"), &name("MEDIAN"), Dialect::Ksql).is_err());
    }
}
