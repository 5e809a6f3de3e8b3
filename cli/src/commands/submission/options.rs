//! Options of `run` and `submit` that change the workflow: which results may serve it, and when its outcomes become
//! durable.

use crate::args::{ReuseArgs, ReuseFrom};
use crate::cluster::absolute;
use crate::errors::Error;
use crate::results::store_url;
use godwit_common::checkpoint::CheckpointMode;
use godwit_common::memo::Reuse;
use godwit_common::nearest::hint;
use godwit_common::workflow::Workflow;
use std::path::Path;

/// Changes `workflow` as the options say; returns the stores and files whose results are to be imported first.
///
/// # Errors
/// A sentence about options that cannot be, alone or together.
pub(in crate::commands) fn apply(
    workflow: &mut Workflow,
    arguments: &ReuseArgs,
) -> Result<Vec<String>, Error> {
    let (reuse, sources) = reuse(arguments)?;
    workflow.reuse = reuse;
    workflow.rerun = rerun(workflow, &arguments.rerun)?;
    checkpoint(workflow, arguments)?;
    workflow.validate().map_err(|invalid| {
        let option = invalid.key.map(|key| format!("--{}: ", key.replace('_', "-"))).unwrap_or_default();
        Error::usage(format!("cannot submit the workflow: {option}{}", invalid.fault))
    })?;
    Ok(sources)
}

fn reuse(arguments: &ReuseArgs) -> Result<(Reuse, Vec<String>), Error> {
    if arguments.no_cache {
        return Ok((Reuse::Nothing, Vec::new()));
    }
    let given = |from: &ReuseFrom| arguments.reuse.contains(from);
    let sources = sources(arguments)?;
    let several = arguments.reuse.iter().any(|from| *from != arguments.reuse[0]);
    for (from, word) in [(ReuseFrom::Nothing, "none"), (ReuseFrom::Last, "last")] {
        if given(&from) && several {
            return Err(Error::usage(format!("--reuse {word} excludes any other --reuse; keep one of them")));
        }
    }
    let reuse = if given(&ReuseFrom::Nothing) {
        Reuse::Nothing
    } else if given(&ReuseFrom::Last) {
        Reuse::Last
    } else if given(&ReuseFrom::All) || sources.is_empty() {
        Reuse::All
    } else {
        Reuse::Sources(sources.clone())
    };
    Ok((reuse, sources))
}

/// Each once, as results of them are named: the URLs of stores, the absolute paths of exported files.
fn sources(arguments: &ReuseArgs) -> Result<Vec<String>, Error> {
    let mut sources: Vec<String> = Vec::new();
    for from in &arguments.reuse {
        let ReuseFrom::Source(text) = from else { continue };
        let source = source(text)?;
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    Ok(sources)
}

fn source(text: &str) -> Result<String, Error> {
    if text.contains("://") {
        return store_url(text);
    }
    let path = absolute(Path::new(text))?;
    if !path.exists() {
        return Err(Error::usage(format!(
            "cannot reuse the results of '{text}': it is neither all, last, none, the URL of a store, nor a file or \
             folder that is there{}",
            hint(text, ["all", "last", "none"])
        )));
    }
    if path.is_dir() {
        return store_url(text);
    }
    path.into_os_string()
        .into_string()
        .map_err(|_| Error::usage(format!("cannot reuse the results of '{text}': it is not named in UTF-8")))
}

/// The positions of the tasks of these names.
fn rerun(workflow: &Workflow, names: &[String]) -> Result<Vec<u32>, Error> {
    let mut positions = Vec::with_capacity(names.len());
    for name in names {
        let mut groups = workflow.groups.iter().zip(0u32..);
        let Some((_, position)) = groups.find(|(group, _)| group.name == *name) else {
            let known = workflow.groups.iter().map(|group| group.name.as_str());
            return Err(Error::usage(format!(
                "cannot run '{name}' again: the workflow has no such task{}",
                hint(name, known)
            )));
        };
        positions.push(position);
    }
    positions.sort_unstable();
    positions.dedup();
    Ok(positions)
}

fn checkpoint(workflow: &mut Workflow, arguments: &ReuseArgs) -> Result<(), Error> {
    if let Some(mode) = arguments.checkpoint {
        workflow.checkpoint = Some(mode);
        if mode != CheckpointMode::Periodic {
            workflow.checkpoint_period = None;
        }
    }
    let Some(period) = arguments.checkpoint_period else { return Ok(()) };
    match workflow.checkpoint {
        None | Some(CheckpointMode::Periodic) => {
            workflow.checkpoint_period = Some(period);
            Ok(())
        }
        Some(mode) => Err(Error::usage(format!(
            "--checkpoint-period belongs to the mode periodic, and the mode is {mode}; add --checkpoint periodic, or \
             leave the period out"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command as Parsed};
    use clap::Parser;
    use godwit_common::ids::Token;
    use godwit_common::workflow_file::{Format, Source, parse};
    use std::time::Duration;

    /// A workflow of tasks `a` and `b` with this line at the top, submitted with these options.
    fn changed(top: &str, options: &[&str]) -> Result<(Workflow, Vec<String>), String> {
        let text = format!("{top}\ntask = [{{ name = 'a', shell = 'a' }}, {{ name = 'b', shell = 'b' }}]");
        let source = Source { path: "w.toml", format: Format::Toml, folder: "/" };
        let mut workflow = parse(&text, &source, &mut |_| Ok(String::new()), Token(1)).expect("a good file");
        let line = ["godwit", "run", "w.toml"].iter().chain(options);
        let Parsed::Run(arguments) = Cli::try_parse_from(line).map_err(|error| error.to_string())?.command
        else {
            panic!("not a run");
        };
        let sources = apply(&mut workflow, &arguments.reuse).map_err(|error| error.sentence)?;
        Ok((workflow, sources))
    }

    #[test]
    fn results_that_may_serve() {
        let reuse = |options: &[&str]| changed("", options).expect("good options");
        assert_eq!(reuse(&[]).0.reuse, Reuse::All);
        assert_eq!(reuse(&["--reuse", "last"]).0.reuse, Reuse::Last);
        assert_eq!(reuse(&["--reuse", "none", "--reuse", "none"]).0.reuse, Reuse::Nothing);
        assert_eq!(reuse(&["--no-cache"]).0.reuse, Reuse::Nothing);
        let (workflow, sources) = reuse(&["--reuse", "s3://a/b", "--reuse", "/usr", "--reuse", "s3://a/b/"]);
        assert_eq!(sources, ["s3://a/b", "file:///usr"]);
        assert_eq!(workflow.reuse, Reuse::Sources(sources));
        let (workflow, sources) = reuse(&["--reuse", "all", "--reuse", "s3://a/b"]);
        assert_eq!((workflow.reuse, sources.len()), (Reuse::All, 1));
    }

    #[test]
    fn tasks_that_run_again() {
        let (workflow, _) =
            changed("", &["--rerun", "b", "--rerun", "a", "--rerun", "b"]).expect("good options");
        assert_eq!(workflow.rerun, [0, 1]);
    }

    #[test]
    fn modes() {
        let mode = |top: &str, options: &[&str]| {
            let (workflow, _) = changed(top, options).expect("good options");
            (workflow.checkpoint, workflow.checkpoint_period)
        };
        let periodic = "checkpoint = 'periodic'\ncheckpoint_period = '5s'";
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(mode("", &["--checkpoint", "dfk_exit"]), (Some(CheckpointMode::WorkflowExit), None));
        assert_eq!(mode(periodic, &["--checkpoint", "off"]), (Some(CheckpointMode::Off), None));
        assert_eq!(
            mode(periodic, &["--checkpoint-period", "7s"]),
            (Some(CheckpointMode::Periodic), seconds(7))
        );
        assert_eq!(mode("", &["--checkpoint-period", "7s"]), (None, seconds(7)));
    }

    #[test]
    fn contradictions_and_unknown_names() {
        let check = |top: &str, options: &[&str], expected: &str| {
            let error = changed(top, options).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        };
        check("", &["--no-cache", "--reuse", "all"], "cannot be used with '--reuse");
        check("", &["--reuse", "none", "--reuse", "all"], "--reuse none excludes any other --reuse");
        check("", &["--reuse", "last", "--reuse", "s3://a"], "--reuse last excludes any other --reuse");
        check("", &["--reuse", "lsat"], "folder that is there; did you mean 'last'?");
        check("", &["--rerun", "aa1"], "cannot run 'aa1' again: the workflow has no such task");
        check("", &["--checkpoint", "sometimes"], "'sometimes' is no checkpoint mode");
        check(
            "checkpoint = 'manual'",
            &["--checkpoint-period", "5s"],
            "--checkpoint-period belongs to the mode periodic, and the mode is manual",
        );
        check(
            "",
            &["--checkpoint-period", "1ms"],
            "cannot submit the workflow: --checkpoint-period: found 1ms, expected at least 100ms",
        );
    }
}
