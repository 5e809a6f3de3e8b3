//! `godwit schema`

use crate::console::print_json;
use crate::errors::{Exit, Outcome};
use godwit_common::workflow_file::schema as workflow_schema;

/// Prints the JSON Schema of workflow files.
pub(super) fn schema() -> Outcome {
    print_json(&workflow_schema())?;
    Ok(Exit::Success)
}
