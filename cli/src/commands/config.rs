//! `godwit config show`

use super::Context;
use crate::args::Output;
use crate::console::{look, print, print_json};
use crate::errors::{Exit, Outcome};
use crate::render::settings;

/// Prints every setting and where it came from.
pub(super) fn show(context: &Context, output: Output) -> Outcome {
    let list = context.settings(&[])?.list();
    match output {
        Output::Json => print_json(&list)?,
        Output::Quiet => print(&list.iter().map(|setting| format!("{}\n", setting.key)).collect::<String>())?,
        Output::Table => print(&settings(&list, look()))?,
    }
    Ok(Exit::Success)
}
