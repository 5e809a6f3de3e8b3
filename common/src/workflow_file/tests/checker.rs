//! The part of JSON Schema that ours uses, as a function.

use serde_json::{Map, Value};

/// Whether `value` fits `schema`; else the rule that it breaks.
pub(super) fn fits(schema: &Value, value: &Value) -> Result<(), String> {
    Checker { root: schema }.check(schema, value)
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let broken = entries(schema).find(|(word, rule)| !self.holds(schema, word, rule, value));
        match broken {
            Some((word, rule)) => Err(format!("{value} breaks {word}: {rule}")),
            None => Ok(()),
        }
    }

    fn fits(&self, schema: &Value, value: &Value) -> bool {
        *schema != Value::Bool(false) && self.check(schema, value).is_ok()
    }

    fn holds(&self, schema: &Value, word: &str, rule: &Value, value: &Value) -> bool {
        let fitting = || list(rule).filter(|schema| self.fits(schema, value)).count();
        match word {
            "$schema" | "$defs" | "title" | "description" | "default" => true,
            "$ref" => self.fits(self.target(rule), value),
            "type" => std::iter::once(rule).chain(list(rule)).any(|kind| is(value, kind)),
            "enum" => list(rule).any(|allowed| allowed == value),
            "anyOf" => fitting() > 0,
            "oneOf" => fitting() == 1,
            "not" => !self.fits(rule, value),
            "minimum" => value.as_f64().is_none_or(|number| Some(number) >= rule.as_f64()),
            "maximum" => value.as_f64().is_none_or(|number| Some(number) <= rule.as_f64()),
            "minItems" => !value.is_array() || Some(list(value).count() as u64) >= rule.as_u64(),
            "maxItems" => !value.is_array() || Some(list(value).count() as u64) <= rule.as_u64(),
            "minProperties" => !value.is_object() || Some(entries(value).count() as u64) >= rule.as_u64(),
            "maxProperties" => !value.is_object() || Some(entries(value).count() as u64) <= rule.as_u64(),
            "required" => {
                !value.is_object() || list(rule).filter_map(Value::as_str).all(|key| has(value, key))
            }
            "items" => list(value).all(|element| self.fits(rule, element)),
            "properties" => {
                entries(rule).all(|(key, rule)| value.get(key).is_none_or(|value| self.fits(rule, value)))
            }
            "propertyNames" => entries(value).all(|(key, _)| self.fits(rule, &Value::from(key.as_str()))),
            "additionalProperties" => entries(value)
                .filter(|(key, _)| !schema.get("properties").is_some_and(|known| has(known, key)))
                .all(|(_, value)| self.fits(rule, value)),
            _ => panic!("the checker does not know '{word}'"),
        }
    }

    fn target(&self, reference: &Value) -> &Value {
        let pointer = reference.as_str().and_then(|reference| reference.strip_prefix('#'));
        let target = pointer.and_then(|pointer| self.root.pointer(pointer));
        target.expect("references lead to definitions")
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn has(value: &Value, key: &str) -> bool {
    value.get(key).is_some()
}

fn is(value: &Value, kind: &Value) -> bool {
    match kind.as_str() {
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => false,
    }
}
