//! Every key in the tables is read, by its own reader, and says what it takes.

use super::super::keys::{SHARED, TASK};
use super::super::resources::RESOURCES;
use super::super::table::names;
use super::super::top::TOP;
use super::toml_error;

/// A date fits no key.
const MISFIT: &str = "2024-01-01";

#[test]
fn a_value_that_fits_no_key_is_refused_by_each() {
    for key in names(TOP) {
        let error = toml_error(&format!("'{key}' = {MISFIT}"));
        assert!(error.contains(&format!("{key}: found the date or time {MISFIT}, expected ")), "{error}");
    }
    for key in names(TASK).chain(names(SHARED)).chain(names(RESOURCES)) {
        let others = match key {
            "name" => "",
            "command" | "shell" => "name = 'x'\n",
            _ => "name = 'x'\ncommand = ['x']\n",
        };
        let error = toml_error(&format!("[[task]]\n{others}{key} = {MISFIT}"));
        assert!(error.contains(&format!("{key}: found the date or time {MISFIT}, expected ")), "{error}");
    }
}

#[test]
fn no_key_stands_in_two_tables_or_goes_undescribed() {
    let mut all: Vec<&str> = names(TASK).chain(names(SHARED)).chain(names(RESOURCES)).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    let described = |about: &str| about.ends_with('.') && about.len() > 9;
    assert!(TOP.iter().all(|key| described(key.about)));
    assert!(TASK.iter().all(|key| described(key.about)));
    assert!(SHARED.iter().all(|key| described(key.about)));
    assert!(RESOURCES.iter().all(|key| described(key.about)));
}
