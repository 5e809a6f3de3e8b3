//! `godwit checkpoint export`

use super::place::find;
use crate::args::{CheckpointExport, Output};
use crate::clock;
use crate::cluster::absolute;
use crate::commands::Context;
use crate::console::{print, print_json};
use crate::errors::{Exit, Outcome};
use crate::render::Plural;
use crate::results::{FileWriter, read_results};
use godwit_checkpoint::archive::About;
use godwit_common::memo::PruneFilter;
use godwit_common::size::Size;
use serde::Serialize;

/// What became of an export.
#[derive(Debug, Serialize)]
struct Written {
    store: String,
    file: String,
    results: u64,
    bytes: u64,
}

/// Writes the results of a store into a file.
pub(super) async fn export(context: &Context, arguments: &CheckpointExport) -> Outcome {
    let form = arguments.output.form;
    let path = absolute(&arguments.file)?;
    let found = find(context, &arguments.place, form).await?;
    // What cannot be opened is told before anything is written.
    found.open()?;
    let about = About {
        source: found.url.clone(),
        made: clock::now(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut writer = FileWriter::create(&path, about)?;
    let filter = PruneFilter {
        workflow: arguments.workflow.map(|number| number.0),
        workflow_name: arguments.name.clone(),
        group: arguments.group.clone(),
        ..PruneFilter::default()
    };
    let mut results = 0;
    for result in read_results(&found.url, &found.settings.store).await? {
        if filter.fits(&result.origin) {
            writer.push(&result)?;
            results += 1;
        }
    }
    let bytes = writer.finish()?;
    let file = path.display().to_string();
    match form {
        Output::Json => print_json(&Written { store: found.url, file, results, bytes })?,
        Output::Quiet => {}
        Output::Table => {
            print(&format!("{} in {file}, {}\n", Plural(results, "result"), Size(bytes)))?;
        }
    }
    Ok(Exit::Success)
}
