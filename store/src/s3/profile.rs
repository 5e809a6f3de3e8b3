//! Profiles in the credentials and configuration files of AWS tools: keys, region and endpoint. Roles, single sign-on
//! and programs that make credentials are left to those tools.

use super::surroundings::Surroundings;
use std::collections::BTreeMap;
use std::io;

/// What is said about one profile in both files. It may be secret: there is no `Debug`.
#[derive(Default)]
pub(crate) struct Profile {
    values: BTreeMap<String, String>,
    found: bool,
}

impl Profile {
    /// Reads the profile. Files that are not there say nothing.
    ///
    /// # Errors
    /// A sentence about a file that is there and cannot be read.
    pub(crate) fn read(name: &str, surroundings: &Surroundings) -> Result<Profile, String> {
        let mut profile = Profile::default();
        let in_config = if name == "default" { "default".to_owned() } else { format!("profile {name}") };
        // What stands in the file of credentials goes before what stands in the other.
        for (variable, file, section) in [
            ("AWS_CONFIG_FILE", "config", in_config.as_str()),
            ("AWS_SHARED_CREDENTIALS_FILE", "credentials", name),
        ] {
            let Some(path) = surroundings.aws_file(variable, file) else { continue };
            match std::fs::read_to_string(&path) {
                Ok(text) => profile.add(&text, section),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
            }
        }
        Ok(profile)
    }

    fn add(&mut self, text: &str, section: &str) {
        let mut inside = false;
        for line in text.lines() {
            let trimmed = line.trim();
            if let Some(header) = trimmed.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                inside = header.split_whitespace().eq(section.split_whitespace());
                self.found |= inside;
            } else if inside
                && !line.starts_with([' ', '\t', '#', ';'])
                && let Some((key, value)) = trimmed.split_once('=')
            {
                self.values.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
            }
        }
    }

    /// Whether either file has it.
    pub(crate) fn is_found(&self) -> bool {
        self.found
    }

    /// A value that is set to something.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.values.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "# mine\n[default]\nregion=eu-west-1\n\n[profile  cluster]\nregion = eu-central-1\n\
        s3 =\n  addressing_style = path\nendpoint_url = https://s3.example.org\n[cluster]\nregion = wrong\n";

    #[test]
    fn a_profile_is_read_in_both_ways_of_writing_its_name() {
        let mut profile = Profile::default();
        profile.add(CONFIG, "profile cluster");
        profile.add("[cluster]\naws_access_key_id = AK \r\n; no\nAWS_SECRET_ACCESS_KEY = a=b/c\n", "cluster");
        for (key, expected) in [
            ("region", Some("eu-central-1")),
            ("endpoint_url", Some("https://s3.example.org")),
            ("aws_access_key_id", Some("AK")),
            ("aws_secret_access_key", Some("a=b/c")),
            ("addressing_style", None),
            ("s3", None),
        ] {
            assert_eq!(profile.get(key), expected, "{key}");
        }
        assert!(profile.is_found());
    }

    #[test]
    fn a_profile_that_is_not_there_is_not_found() {
        let mut profile = Profile::default();
        profile.add(CONFIG, "profile other");
        profile.add("no section = 1\n[[x\n=\n", "other");
        assert!(!profile.is_found());
        assert_eq!(profile.get("region"), None);
    }
}
