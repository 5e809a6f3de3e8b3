//! What a workflow says of itself as a whole: modes, folder, which results may serve, and files with their contents.

use super::{Invalid, text_fault};
use crate::checkpoint::CheckpointMode;
use crate::duration::Human;
use crate::limits::{
    CHECKPOINT_PERIOD_MAX, CHECKPOINT_PERIOD_MIN, PATH_BYTES_MAX, REUSE_SOURCES_MAX, WORKFLOW_FILES_MAX,
};
use crate::memo::{FileDigest, Reuse};
use crate::workflow::Workflow;

/// A key and what is wrong with its value.
type Faulty = (Option<&'static str>, String);

/// Checks everything about a workflow but its name and its groups.
pub(super) fn validate(workflow: &Workflow) -> Result<(), Invalid> {
    let fault = name(workflow)
        .or_else(|| period(workflow))
        .or_else(|| path_fault(&workflow.folder).map(|fault| (Some("folder"), fault)))
        .or_else(|| reuse(&workflow.reuse).map(|fault| (Some("reuse"), fault)))
        .or_else(|| rerun(workflow).map(|fault| (Some("rerun"), fault)))
        .or_else(|| files(&workflow.files).map(|fault| (Some("files"), fault)));
    match fault {
        Some((key, fault)) => Err(Invalid::of_workflow(key, fault)),
        None => Ok(()),
    }
}

fn name(workflow: &Workflow) -> Option<Faulty> {
    text_fault(&workflow.name).map(|fault| (Some("name"), fault))
}

fn period(workflow: &Workflow) -> Option<Faulty> {
    let period = workflow.checkpoint_period?;
    let fault = match workflow.checkpoint {
        Some(mode) if mode != CheckpointMode::Periodic => {
            format!(
                "it belongs to checkpoint = \"periodic\", and the mode is \"{mode}\"; leave one of them out"
            )
        }
        _ if period < CHECKPOINT_PERIOD_MIN => {
            format!("found {}, expected at least {}", Human(period), Human(CHECKPOINT_PERIOD_MIN))
        }
        _ if period > CHECKPOINT_PERIOD_MAX => {
            format!("found {}, expected at most {}", Human(period), Human(CHECKPOINT_PERIOD_MAX))
        }
        _ => return None,
    };
    Some((Some("checkpoint_period"), fault))
}

fn path_fault(path: &str) -> Option<String> {
    if !path.starts_with('/') {
        return Some(format!("'{path}' is not an absolute path"));
    }
    if path.len() > PATH_BYTES_MAX {
        return Some(format!("a path has {} bytes, more than the limit of {PATH_BYTES_MAX}", path.len()));
    }
    path.contains('\0').then(|| "it has a NUL character".to_owned())
}

fn reuse(reuse: &Reuse) -> Option<String> {
    let Reuse::Sources(sources) = reuse else { return None };
    if sources.is_empty() || sources.len() > REUSE_SOURCES_MAX {
        return Some(format!("there are {} sources, expected 1 to {REUSE_SOURCES_MAX}", sources.len()));
    }
    sources.iter().find_map(|source| {
        if source.is_empty() || source.len() > PATH_BYTES_MAX {
            return Some(format!(
                "a source has {} characters, expected 1 to {PATH_BYTES_MAX}",
                source.chars().count()
            ));
        }
        source.chars().any(char::is_control).then(|| format!("the source {source:?} has a control character"))
    })
}

fn rerun(workflow: &Workflow) -> Option<String> {
    let groups = workflow.groups.len();
    if let Some(group) = workflow.rerun.iter().find(|group| **group as usize >= groups) {
        return Some(format!("it names group {group} of {groups}"));
    }
    (!workflow.rerun.is_sorted_by(|a, b| a < b)).then(|| "the groups are not sorted or not unique".to_owned())
}

fn files(files: &[FileDigest]) -> Option<String> {
    if files.len() > WORKFLOW_FILES_MAX {
        return Some(format!("there are {} files, more than the limit of {WORKFLOW_FILES_MAX}", files.len()));
    }
    if !files.is_sorted_by(|a, b| a.path < b.path) {
        return Some("the files are not sorted by path or not unique".to_owned());
    }
    files.iter().find_map(|file| path_fault(&file.path))
}
