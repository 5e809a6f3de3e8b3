//! Settings from everywhere, in layers: built in, system, user, `--config`, environment, options of the command.
//!
//! What the settings are and what they may be is said in `godwit_common::settings`; this only finds them, and
//! remembers where each came from.

use crate::errors::{Error, reason};
use config::{Config, ConfigError, FileFormat, Value, ValueKind};
use godwit_common::settings::{KEYS, Settings, nearest_key};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Settings of the whole machine.
const SYSTEM_FILE: &str = "/etc/godwit/godwit.toml";

/// Name of the user's settings file in `$GODWIT_HOME`.
const USER_FILE: &str = "godwit.toml";

/// What a variable begins with that is a setting: `GODWIT__WORKER__CPUS`.
const VARIABLE_PREFIX: &str = "GODWIT__";

/// Stands for the name of a layer where what is wrong is in no single one.
const TOGETHER: &str = "from all places together";

/// A setting given by an option of the command: key, value, option.
pub(crate) type Flag = (&'static str, Option<String>, &'static str);

/// One setting, for people.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Setting {
    /// `section.key`
    pub(crate) key: String,
    /// As it would stand in a file; null if it is not set.
    pub(crate) value: serde_json::Value,
    /// What set it.
    pub(crate) from: String,
}

/// The settings, and the layers that they come from.
#[derive(Debug)]
pub(crate) struct Layered {
    /// The outcome.
    pub(crate) settings: Settings,
    layers: Vec<Layer>,
}

/// One source of settings.
#[derive(Debug)]
struct Layer {
    name: String,
    config: Config,
}

/// Where settings can come from, besides options.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// Files, the least important first, and whether each has to be there.
    pub(crate) files: Vec<(PathBuf, Necessity)>,
    /// The environment.
    pub(crate) variables: Vec<(String, String)>,
}

/// Whether a file has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Necessity {
    Required,
    Optional,
}

impl Sources {
    /// Those of this process.
    ///
    /// # Errors
    /// If the user has no home.
    pub(crate) fn of_process(explicit: Option<&Path>) -> Result<Sources, Error> {
        let mut files = vec![
            (PathBuf::from(SYSTEM_FILE), Necessity::Optional),
            (crate::cluster::home()?.join(USER_FILE), Necessity::Optional),
        ];
        files.extend(explicit.map(|path| (path.to_owned(), Necessity::Required)));
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.to_string_lossy().into_owned()))
        };
        let variables = std::env::vars_os().filter_map(text);
        let mut variables: Vec<_> = variables.filter(|(name, _)| name.starts_with(VARIABLE_PREFIX)).collect();
        variables.sort();
        Ok(Sources { files, variables })
    }
}

/// Puts the layers on each other.
///
/// # Errors
/// A sentence that names the layer and the key.
pub(crate) fn load(sources: &Sources, flags: &[Flag]) -> Result<Layered, Error> {
    let mut layers = Vec::new();
    for (path, necessity) in &sources.files {
        layers.extend(file(path, *necessity)?);
    }
    for (name, value) in &sources.variables {
        let key = name[VARIABLE_PREFIX.len()..].to_lowercase().replace("__", ".");
        layers.push(single(name.clone(), &key, value)?);
    }
    for (key, value, option) in flags {
        if let Some(value) = value {
            layers.push(single((*option).to_owned(), key, value)?);
        }
    }
    for layer in &layers {
        layer.check()?;
    }
    let merged = layers.iter().fold(Config::builder(), |all, layer| all.add_source(layer.config.clone()));
    let settings: Settings =
        merged.build().and_then(Config::try_deserialize).map_err(|error| refused(TOGETHER, &error))?;
    settings.validate().map_err(|invalid| {
        let from = layers.iter().rev().find(|layer| layer.config.get::<Value>(invalid.key).is_ok());
        Error::usage(format!(
            "cannot use the settings {}: {invalid}",
            place(from.map_or(TOGETHER, |layer| &layer.name))
        ))
    })?;
    Ok(Layered { settings, layers })
}

fn file(path: &Path, necessity: Necessity) -> Result<Option<Layer>, Error> {
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && necessity == Necessity::Optional => {
            return Ok(None);
        }
        Err(error) => {
            return Err(Error::usage(format!("cannot read the settings in {name}: {}", reason(&error))));
        }
    };
    let source = config::File::from_str(&text, FileFormat::Toml);
    let config = Config::builder().add_source(source).build().map_err(|error| refused(&name, &error))?;
    Ok(Some(Layer { name, config }))
}

fn single(name: String, key: &str, value: &str) -> Result<Layer, Error> {
    let built = Config::builder()
        .set_override(key, value)
        .and_then(config::ConfigBuilder::<config::builder::DefaultState>::build);
    let config = built.map_err(|error| refused(&name, &error))?;
    Ok(Layer { name, config })
}

fn refused(layer: &str, error: &ConfigError) -> Error {
    Error::usage(format!("cannot use the settings {}: {}", place(layer), problem(error)))
}

/// The library's errors in the order of ours: the key, what was found, what was expected.
fn problem(error: &ConfigError) -> String {
    match error {
        ConfigError::At { error, key: Some(key), .. } => format!("{key}: {}", problem(error)),
        ConfigError::Type { unexpected, expected, key: Some(key), .. } => {
            format!("{key}: found {unexpected}, expected {}", plain(expected))
        }
        ConfigError::FileParse { cause, .. } => syntax_problem(&cause.to_string()),
        other => godwit_common::printable::one_line(&other.to_string()),
    }
}

/// The library names some types as programmers do.
fn plain(expected: &str) -> &str {
    match expected {
        "a floating point" => "a number",
        "an integer" => "a whole number",
        other => other,
    }
}

/// The first line says where, the last one what; between them the file is quoted, which takes several lines.
fn syntax_problem(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    let place = first.strip_prefix("TOML parse error at ").unwrap_or(first);
    match lines.next_back() {
        Some(last) => format!("not valid TOML at {place}: {last}"),
        None => format!("not valid TOML: {place}"),
    }
}

/// `in FILE`, `of the variable NAME`, `of --listen`, `from all places together`
fn place(layer: &str) -> String {
    if layer.starts_with(VARIABLE_PREFIX) {
        format!("of the variable {layer}")
    } else if layer.starts_with("--") {
        format!("of {layer}")
    } else if layer.starts_with("from ") {
        layer.to_owned()
    } else {
        format!("in {layer}")
    }
}

impl Layer {
    /// Refuses unknown keys, then values that cannot be, each with the name of the layer.
    fn check(&self) -> Result<(), Error> {
        let mut found = Vec::new();
        flatten(&self.config.cache, "", &mut found);
        for key in found {
            if !KEYS.iter().any(|known| known.path == key) {
                let hint =
                    nearest_key(&key).map(|known| format!("; did you mean '{known}'?")).unwrap_or_default();
                let place = place(&self.name);
                return Err(Error::usage(format!("unknown setting '{key}' {place}{hint}")));
            }
        }
        self.config
            .clone()
            .try_deserialize::<Settings>()
            .map(drop)
            .map_err(|error| refused(&self.name, &error))
    }
}

/// The keys of all leaves, `section.key`.
fn flatten(value: &Value, prefix: &str, out: &mut Vec<String>) {
    let ValueKind::Table(table) = &value.kind else {
        out.push(prefix.to_owned());
        return;
    };
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        flatten(value, &path, out);
    }
    out.sort();
}

/// Every setting with its value.
fn keys(settings: &Settings) -> BTreeMap<String, serde_json::Value> {
    let sections = serde_json::to_value(settings).unwrap_or_default();
    let mut all = BTreeMap::new();
    for (section, table) in sections.as_object().into_iter().flatten() {
        for (key, value) in table.as_object().into_iter().flatten() {
            all.insert(format!("{section}.{key}"), value.clone());
        }
    }
    all
}

impl Layered {
    /// Every setting and where it came from.
    pub(crate) fn list(&self) -> Vec<Setting> {
        let from = |key: &str| {
            let setters = self.layers.iter().rev();
            let mut setters = setters.filter(|layer| layer.config.get::<Value>(key).is_ok());
            setters.next().map_or_else(|| "built in".to_owned(), |layer| layer.name.clone())
        };
        let settings = keys(&self.settings).into_iter();
        settings.map(|(key, value)| Setting { from: from(&key), key, value }).collect()
    }
}

#[cfg(test)]
mod tests;
