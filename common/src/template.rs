//! Text with placeholders, as it stands in a workflow: `align.sh {item}`.
//!
//! A template is parsed once, where it comes in, so that an unknown placeholder is an error of the workflow and not
//! of the ten-thousandth task.

use crate::shape::Shape;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// Parsed text with placeholders. It travels as the text that was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Template(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Segment {
    Text(String),
    Placeholder(Placeholder),
}

/// What can stand between braces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// `{index}`
    Index,
    /// `{item}`
    Item,
    /// `{matrix.NAME}`
    Axis(String),
    /// `{attempt}`: counts the attempts at the task from 1
    Attempt,
    /// `{workflow}`: the workflow's number
    Workflow,
    /// `{result.NAME}`: the captured value of the task NAME, which is needed
    Result(String),
}

/// What the placeholders stand for in one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// The group's shape, for index, item and matrix values.
    pub shape: &'a Shape,
    /// The task's position in it.
    pub position: u32,
    /// The attempt's number.
    pub attempt: u32,
    /// The workflow's number.
    pub workflow: u32,
    /// The captured values that the templates ask for, by name.
    pub results: &'a [(String, Arc<str>)],
}

/// A template that is not one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A `{` without its `}`, or a lone `}`.
    #[error("a lone '{brace}' at character {at}; write '{brace}{brace}' for a brace")]
    LoneBrace {
        /// The brace.
        brace: char,
        /// Its place, counted in characters from 1.
        at: usize,
    },
    /// Something else between braces.
    #[error(
        "unknown placeholder '{{{name}}}'; known are {{index}}, {{item}}, {{matrix.NAME}}, {{attempt}}, \
         {{workflow}} and {{result.NAME}}, and '{{{{' stands for a brace"
    )]
    Unknown {
        /// What stood there.
        name: String,
    },
}

impl Template {
    /// Parses `text`.
    ///
    /// # Errors
    /// [`TemplateError`] if a brace is alone or a placeholder unknown.
    pub fn parse(text: &str) -> Result<Template, TemplateError> {
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut rest = text.char_indices().peekable();
        while let Some((at, character)) = rest.next() {
            let doubled = rest.peek().is_some_and(|(_, next)| *next == character);
            let lone = || TemplateError::LoneBrace { brace: character, at: text[..at].chars().count() + 1 };
            match character {
                '{' | '}' if doubled => literal.extend(rest.next().map(|(_, brace)| brace)),
                '}' => return Err(lone()),
                '{' => {
                    let end = text[at..].find('}').ok_or_else(lone)? + at;
                    let placeholder = Placeholder::parse(&text[at + 1..end])?;
                    rest.by_ref().take_while(|(position, _)| *position < end).for_each(drop);
                    flush(&mut literal, &mut segments);
                    segments.push(Segment::Placeholder(placeholder));
                }
                _ => literal.push(character),
            }
        }
        flush(&mut literal, &mut segments);
        Ok(Template(segments))
    }

    /// Text in which braces have no meaning.
    pub fn literal(text: &str) -> Template {
        if text.is_empty() { Template(Vec::new()) } else { Template(vec![Segment::Text(text.to_owned())]) }
    }

    /// The placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Placeholder(placeholder) => Some(placeholder),
            Segment::Text(_) => None,
        })
    }

    /// The placeholder that has no value in `shape`, if there is one: `{item}` in a group without items.
    pub fn stranger(&self, shape: &Shape) -> Option<&Placeholder> {
        self.placeholders().find(|placeholder| match placeholder {
            Placeholder::Item => !matches!(shape, Shape::Items(_)),
            Placeholder::Axis(name) => match shape {
                Shape::Matrix(axes) => axes.iter().all(|axis| axis.name != *name),
                _ => true,
            },
            Placeholder::Index | Placeholder::Attempt | Placeholder::Workflow | Placeholder::Result(_) => {
                false
            }
        })
    }

    /// Whether the text is an absolute path for every task of `shape`.
    pub fn is_absolute(&self, shape: &Shape) -> bool {
        let absolute = |value: &String| value.starts_with('/');
        match (self.0.first(), shape) {
            (Some(Segment::Text(text)), _) => absolute(text),
            (Some(Segment::Placeholder(Placeholder::Item)), Shape::Items(items)) => {
                items.iter().all(absolute)
            }
            (Some(Segment::Placeholder(Placeholder::Axis(name))), Shape::Matrix(axes)) => axes
                .iter()
                .find(|axis| axis.name == *name)
                .is_some_and(|axis| axis.values.iter().all(absolute)),
            _ => false,
        }
    }

    /// The text with every placeholder filled in. Placeholders without a value become empty.
    pub fn render(&self, values: &Values<'_>) -> String {
        self.render_with(|placeholder, out| placeholder.render(values, out))
    }

    /// The text with every placeholder filled in by `fill`, which appends what it stands for.
    pub fn render_with(&self, mut fill: impl FnMut(&Placeholder, &mut String)) -> String {
        let mut out = String::new();
        for segment in &self.0 {
            match segment {
                Segment::Text(text) => out.push_str(text),
                Segment::Placeholder(placeholder) => fill(placeholder, &mut out),
            }
        }
        out
    }
}

fn flush(literal: &mut String, segments: &mut Vec<Segment>) {
    if !literal.is_empty() {
        segments.push(Segment::Text(std::mem::take(literal)));
    }
}

impl Placeholder {
    fn parse(name: &str) -> Result<Placeholder, TemplateError> {
        match name {
            "index" => Ok(Placeholder::Index),
            "item" => Ok(Placeholder::Item),
            "attempt" => Ok(Placeholder::Attempt),
            "workflow" => Ok(Placeholder::Workflow),
            _ => match name.split_once('.') {
                Some(("matrix", axis)) if !axis.is_empty() => Ok(Placeholder::Axis(axis.to_owned())),
                Some(("result", task)) if !task.is_empty() => Ok(Placeholder::Result(task.to_owned())),
                _ => Err(TemplateError::Unknown { name: name.to_owned() }),
            },
        }
    }

    /// Appends what it stands for; nothing if it has no value.
    pub fn render(&self, values: &Values<'_>, out: &mut String) {
        match self {
            Placeholder::Index => out.push_str(&values.shape.index(values.position).to_string()),
            Placeholder::Item => out.push_str(values.shape.item(values.position).unwrap_or_default()),
            Placeholder::Axis(name) => {
                out.push_str(values.shape.axis(values.position, name).unwrap_or_default());
            }
            Placeholder::Attempt => out.push_str(&values.attempt.to_string()),
            Placeholder::Workflow => out.push_str(&values.workflow.to_string()),
            Placeholder::Result(name) => {
                let found = values.results.iter().find(|(task, _)| task == name);
                out.push_str(found.map_or("", |(_, value)| value));
            }
        }
    }
}

impl fmt::Display for Placeholder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Placeholder::Index => f.write_str("{index}"),
            Placeholder::Item => f.write_str("{item}"),
            Placeholder::Axis(name) => write!(f, "{{matrix.{name}}}"),
            Placeholder::Attempt => f.write_str("{attempt}"),
            Placeholder::Workflow => f.write_str("{workflow}"),
            Placeholder::Result(name) => write!(f, "{{result.{name}}}"),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Text(text) => f.write_str(&text.replace('{', "{{").replace('}', "}}")),
            Segment::Placeholder(placeholder) => placeholder.fmt(f),
        })
    }
}

impl TryFrom<String> for Template {
    type Error = TemplateError;

    fn try_from(text: String) -> Result<Template, TemplateError> {
        Template::parse(&text)
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn render(text: &str) -> Result<String, String> {
        let shape = Shape::Items(vec!["a b".into(), "ü".into()]);
        let values = Values {
            shape: &shape,
            position: 1,
            attempt: 2,
            workflow: 7,
            results: &[("a".to_owned(), "5".into())],
        };
        Template::parse(text).map(|template| template.render(&values)).map_err(|error| error.to_string())
    }

    #[test]
    fn placeholders_are_filled_in() {
        for (text, expected) in [
            ("", ""),
            ("x", "x"),
            ("{item}{index}", "ü1"),
            ("a {workflow}/{attempt}.", "a 7/2."),
            ("{result.a}{result.b}", "5"),
            ("{{item}} ${{HOME}}", "{item} ${HOME}"),
            ("é{index}é", "é1é"),
            ("{{{index}}}", "{1}"),
        ] {
            assert_eq!(render(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, expected) in [
            ("{", "a lone '{' at character 1; write '{{' for a brace"),
            ("é}", "a lone '}' at character 2; write '}}' for a brace"),
            ("{x}", "unknown placeholder '{x}'"),
            ("{matrix.}", "unknown placeholder '{matrix.}'"),
        ] {
            let error = render(text).expect_err(text);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn a_placeholder_without_value_in_the_shape_is_found() {
        let template = Template::parse("{index} {matrix.seed}").unwrap();
        assert_eq!(template.stranger(&Shape::Single).unwrap().to_string(), "{matrix.seed}");
        assert_eq!(Template::parse("{index}").unwrap().stranger(&Shape::Single), None);
    }

    #[test]
    fn a_path_is_absolute_only_if_it_is_for_every_task() {
        let items = |items: &[&str]| Shape::Items(items.iter().map(|&item| item.to_owned()).collect());
        for (text, shape, expected) in [
            ("/a/{index}", Shape::Single, true),
            ("a", Shape::Single, false),
            ("", Shape::Single, false),
            ("{index}", Shape::Single, false),
            ("{item}/x", items(&["/a", "/b"]), true),
            ("{item}/x", items(&["/a", "b"]), false),
            ("{item}", items(&["/a", ""]), false),
        ] {
            assert_eq!(Template::parse(text).unwrap().is_absolute(&shape), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_parses_to_the_same(text in "[a{}é]{0,8}|[a-z]{0,3}\\{(index|item|matrix\\.x)\\}[{}]{0,4}") {
            if let Ok(template) = Template::parse(&text) {
                prop_assert_eq!(Template::parse(&template.to_string()).unwrap(), template);
            }
        }
    }
}
