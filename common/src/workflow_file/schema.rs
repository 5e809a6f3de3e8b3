//! The JSON Schema (draft 2020-12) of a workflow file, made from the same keys that read one.

use super::draft::Draft;
use super::keys::{SHARED, TASK};
use super::resources::RESOURCES;
use super::table::{Key, Kind, names};
use super::top::TOP;
use crate::limits::{GROUP_TASKS_MAX, MATRIX_AXES_MAX, REQUEST_VARIANTS_MAX};
use serde_json::{Map, Value, json};

/// The JSON Schema of a workflow file.
pub fn schema() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Godwit workflow",
        "description": "A workflow file of Godwit, in TOML or JSON.",
    });
    let mut top = table(&properties(TOP), &["task"]);
    top.insert("not".to_owned(), both("on_failure", "max_failures"));
    merge(&mut schema, top);
    let definitions = json!({
        "task": task(),
        "defaults": defaults(),
        "request": table(&properties(RESOURCES), &[]),
    });
    merge(&mut schema, Map::from_iter([("$defs".to_owned(), definitions)]));
    schema
}

fn task() -> Value {
    let mut keys = properties(TASK);
    keys.extend(shared());
    let mut task = table(&keys, &["name"]);
    let one_command = [json!({"required": ["command"]}), json!({"required": ["shell"]})];
    task.insert("oneOf".to_owned(), json!(one_command));
    let mut contradictions = contradictions();
    let shapes = super::shape::SHAPE_KEYS;
    for (position, first) in shapes.iter().enumerate() {
        contradictions.extend(shapes.iter().skip(position + 1).map(|second| both(first, second)));
    }
    task.insert("not".to_owned(), json!({ "anyOf": contradictions }));
    Value::Object(task)
}

fn defaults() -> Value {
    let mut defaults = table(&shared(), &[]);
    defaults.insert("not".to_owned(), json!({ "anyOf": contradictions() }));
    Value::Object(defaults)
}

fn shared() -> Map<String, Value> {
    let mut keys = properties::<Draft>(SHARED);
    keys.extend(properties(RESOURCES));
    keys
}

/// Keys of which a table has at most one.
fn contradictions() -> Vec<Value> {
    let resources = RESOURCES.iter().map(|key| both("request", key.name));
    std::iter::once(both("stdin", "stdin_file")).chain(resources).collect()
}

fn both(first: &str, second: &str) -> Value {
    json!({ "required": [first, second] })
}

fn table(keys: &Map<String, Value>, required: &[&str]) -> Map<String, Value> {
    let table = json!({
        "type": "object",
        "properties": keys,
        "required": required,
        "additionalProperties": false,
    });
    match table {
        Value::Object(table) => table,
        _ => Map::new(),
    }
}

fn merge(schema: &mut Value, more: Map<String, Value>) {
    if let Value::Object(schema) = schema {
        schema.extend(more);
    }
}

fn properties<T>(keys: &[Key<T>]) -> Map<String, Value> {
    let property = |key: &Key<T>| (key.name.to_owned(), property(key));
    keys.iter().map(property).collect()
}

fn property<T>(key: &Key<T>) -> Value {
    let mut property = of_kind(key.kind);
    let mut more = Map::new();
    more.insert("description".to_owned(), key.about.into());
    if let Some(default) = default(key.default) {
        more.insert("default".to_owned(), default);
    }
    merge(&mut property, more);
    property
}

/// Defaults are written in the part of TOML that is JSON as well.
fn default(written: &str) -> Option<Value> {
    serde_json::from_str(written).ok()
}

fn of_kind(kind: Kind) -> Value {
    let scalar = || json!({ "type": ["string", "number", "boolean"] });
    let scalars = || json!({ "type": "array", "items": scalar(), "minItems": 1 });
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Words => json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 }),
        Kind::Amount => json!({ "type": "number", "minimum": 0 }),
        Kind::Integer { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Kind::Size => json!({ "anyOf": [{ "type": "string" }, { "type": "integer", "minimum": 0 }] }),
        Kind::Duration => json!({ "anyOf": [{ "type": "string" }, { "type": "number", "minimum": 0 }] }),
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::ChoiceOrBool(words) => {
            let words = words.iter().map(|word| Value::from(*word));
            json!({ "enum": words.chain([true.into(), false.into()]).collect::<Vec<_>>() })
        }
        Kind::Choices(words) => json!({ "type": "array", "items": { "enum": words } }),
        Kind::Indices => json!({ "anyOf": [
            { "type": "string" },
            { "type": "integer", "minimum": 1, "maximum": GROUP_TASKS_MAX },
        ] }),
        Kind::Scalar => scalar(),
        Kind::Scalars => scalars(),
        Kind::ScalarTable => json!({ "type": "object", "additionalProperties": scalar() }),
        Kind::CountTable => json!({
            "type": "object",
            "propertyNames": { "not": { "enum": names(RESOURCES).collect::<Vec<_>>() } },
            "additionalProperties": { "type": "integer", "minimum": 0 },
        }),
        Kind::ListTable => json!({
            "type": "object",
            "additionalProperties": scalars(),
            "minProperties": 1,
            "maxProperties": MATRIX_AXES_MAX,
        }),
        Kind::Requests => json!({
            "type": "array",
            "items": { "$ref": "#/$defs/request" },
            "minItems": 1,
            "maxItems": REQUEST_VARIANTS_MAX,
        }),
        Kind::Defaults => json!({ "$ref": "#/$defs/defaults" }),
        Kind::Tasks => json!({ "type": "array", "items": { "$ref": "#/$defs/task" }, "minItems": 1 }),
    }
}
