//! Every setting, its value, and where it came from.

use super::paint::Tone;
use super::table::{Cell, Table};
use crate::console::Look;
use crate::settings::Setting;

/// The table of `godwit config show`.
pub(crate) fn settings(settings: &[Setting], look: Look) -> String {
    let mut table = Table::new().text("SETTING").long_text("VALUE").long_text("FROM");
    for Setting { key, value, from } in settings {
        let value = match value {
            serde_json::Value::Null => Cell::from("not set").tone(Tone::Faint),
            serde_json::Value::String(text) => text.as_str().into(),
            other => other.into(),
        };
        table.row([key.as_str().into(), value, from.as_str().into()]);
    }
    table.render(look)
}
