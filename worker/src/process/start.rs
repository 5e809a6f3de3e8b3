//! Starting a process. It blocks, so it is done beside the event loop.
//!
//! The standard library starts it by `posix_spawn` as long as nothing is run between fork and exec, so that the cost
//! does not grow with this process.

use super::plan::{Input, Plan};
use super::program::{cause, diagnose, find, folder_fault};
use super::{OutputPlace, Outputs, affinity};
use crate::clock::Clock;
use crate::spool::{self, SlotFiles};
use godwit_common::message::worker::OutputStream;
use godwit_common::time::Time;
use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::unistd::Pid;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

/// A process that was started.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) main: Pid,
    pub(crate) at: Time,
    pub(crate) outputs: Outputs,
    pub(crate) files: Arc<SlotFiles>,
    /// Where its output begins in the spools.
    pub(crate) offsets: (u64, u64),
}

/// The spool files of a slot: open, or to be opened.
pub(crate) struct Spools {
    pub(crate) folder: PathBuf,
    pub(crate) slot: u32,
    pub(crate) files: Option<Arc<SlotFiles>>,
}

/// Starts what was planned, or says in one sentence why not.
pub(crate) fn start(plan: &Plan, spools: Spools, clock: Clock) -> Result<Started, String> {
    if let Some(fault) = folder_fault(&plan.cwd) {
        return Err(fault);
    }
    let program = find(plan)?;
    let Spools { folder, slot, files } = spools;
    let in_spool =
        |error: io::Error| format!("the spool in {} cannot be written: {}", folder.display(), cause(&error));
    let files = match files {
        Some(files) => files,
        None => Arc::new(SlotFiles::open(&folder, slot).map_err(in_spool)?),
    };
    let offsets = files.lengths().map_err(in_spool)?;
    let mut command = Command::new(&program);
    command.arg0(&plan.words[0]).args(&plan.words[1..]);
    command.current_dir(&plan.cwd).process_group(0);
    command.envs(plan.environment.iter().map(|(name, value)| (name, value)));
    command.stdin(stdin(&plan.stdin)?);
    connect_outputs(plan, &files, &mut command)?;
    let at = clock.now();
    let child = affinity::on_cpus(&plan.cpus, || command.spawn())
        .map_err(|error| format!("it cannot be pinned to its cpus: {}", error.desc().to_lowercase()))?
        .map_err(|error| diagnose(plan, &program, &error))?;
    let main = i32::try_from(child.id()).map(Pid::from_raw);
    let place = |own: &Option<PathBuf>, stream, offset| OutputPlace {
        path: own.clone().unwrap_or_else(|| spool::path(&folder, slot, stream)),
        offset: if own.is_some() { 0 } else { offset },
        length: None,
        is_spool: own.is_none(),
    };
    Ok(Started {
        main: main.map_err(|error| error.to_string())?,
        at,
        outputs: Outputs {
            stdout: place(&plan.stdout, OutputStream::Stdout, offsets.0),
            stderr: place(&plan.stderr, OutputStream::Stderr, offsets.1),
        },
        files,
        offsets,
    })
}

fn connect_outputs(plan: &Plan, files: &SlotFiles, command: &mut Command) -> Result<(), String> {
    let share = |file: &File| file.try_clone().map_err(|error| cause(&error));
    let own = |path: &Option<PathBuf>, spool: &File| path.as_deref().map_or_else(|| share(spool), own_file);
    let stdout = own(&plan.stdout, &files.stdout)?;
    let stderr = if plan.stdout.is_some() && plan.stdout == plan.stderr {
        share(&stdout)?
    } else {
        own(&plan.stderr, &files.stderr)?
    };
    command.stdout(stdout).stderr(stderr);
    Ok(())
}

/// An empty file of the task's own, with the folders that lead to it.
fn own_file(path: &Path) -> Result<File, String> {
    let open = || {
        path.parent().map(fs::create_dir_all).transpose()?;
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        // A device or a pipe has no length that could be cut.
        let length = file.metadata()?.is_file().then(|| file.set_len(0));
        length.transpose()?;
        Ok(file)
    };
    open().map_err(|error: io::Error| {
        format!("its output file {} cannot be written: {}", path.display(), cause(&error))
    })
}

fn stdin(input: &Input) -> Result<Stdio, String> {
    match input {
        Input::Null => Ok(Stdio::null()),
        Input::File(path) => File::open(path).map(Stdio::from).map_err(|error| {
            format!("its standard input {} cannot be read: {}", path.display(), cause(&error))
        }),
        Input::Text(text) => memory_file(text)
            .map(Stdio::from)
            .map_err(|error| format!("its standard input cannot be held in memory: {}", cause(&error))),
    }
}

/// A file without a name that holds `text`: no pipe that somebody would have to fill, nothing to clean up.
fn memory_file(text: &str) -> io::Result<File> {
    let mut file = File::from(memfd_create("godwit-stdin", MFdFlags::MFD_CLOEXEC)?);
    file.write_all(text.as_bytes())?;
    file.rewind()?;
    Ok(file)
}
