//! What the process was given: environment variables and the files of AWS tools. Read once, where a store is opened.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Variables and files. They may be secret: there is no `Debug`.
#[derive(Default)]
pub(crate) struct Surroundings {
    variables: BTreeMap<String, String>,
}

impl Surroundings {
    /// Those of this process.
    pub(crate) fn of_process() -> Surroundings {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("AWS_") || name == "HOME")
            .collect();
        Surroundings { variables }
    }

    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Surroundings {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Surroundings { variables: variables.iter().map(owned).collect() }
    }

    /// A variable that is set to something.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Where the file of AWS tools lies that `variable` names, or else `name` in `~/.aws`.
    pub(crate) fn aws_file(&self, variable: &str, name: &str) -> Option<PathBuf> {
        let home = || self.variable("HOME").map(|home| PathBuf::from(home).join(".aws").join(name));
        self.variable(variable).map(PathBuf::from).or_else(home)
    }
}
