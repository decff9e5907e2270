//! DESCRIBE FUNCTION: a function and its signatures.

use serde_json::Value;

use super::value::{is_true, list, text};

/// One function.
pub(super) fn function(function: &Value) -> String {
    let name = text(function, "name").to_uppercase();
    let mut out = line("", "Name", &name);
    for (label, field) in [("Author", "author"), ("Version", "version"), ("Overview", "description")] {
        out.push_str(&filled("", label, &text(function, field)));
    }
    out.push_str(&line("", "Type", &text(function, "type")));
    out.push_str(&line("", "Jar", &text(function, "path")));
    out.push_str(&line("", "Variations", ""));
    for signature in list(function, "functions") {
        let arguments = list(signature, "arguments");
        let shown: Vec<String> = arguments.iter().map(argument).collect();
        out.push('\n');
        out.push_str(&line("\t", "Variation", &format!("{name}({})", shown.join(", "))));
        out.push_str(&line("\t", "Returns", &text(signature, "returnType")));
        out.push_str(&filled("\t", "Description", &text(signature, "description")));
        for argument in arguments {
            out.push_str(&filled("\t", &text(argument, "name"), &text(argument, "description")));
        }
    }
    out
}

fn argument(argument: &Value) -> String {
    let dots = if is_true(argument, "isVariadic") { "[]" } else { "" };
    let (name, ty) = (text(argument, "name"), text(argument, "type"));
    if name.is_empty() { format!("{ty}{dots}") } else { format!("{name} {ty}{dots}") }
}

fn line(indent: &str, label: &str, value: &str) -> String {
    format!("{}\n", format!("{indent}{label:<12}: {value}").trim_end())
}

/// The line, unless there is nothing to say.
fn filled(indent: &str, label: &str, value: &str) -> String {
    if value.trim().is_empty() { String::new() } else { line(indent, label, value) }
}
