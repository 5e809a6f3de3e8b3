//! `godwit logs`, and the following of `godwit submit`

use super::Context;
use super::asked::Asked;
use crate::args::LogsArgs;
use crate::client::{Client, Failure, Responses, unexpected};
use crate::console::print_bytes;
use crate::errors::{Error, Exit, Outcome, reason};
use godwit_common::message::client::TaskReference;
use godwit_common::message::view::TaskState;
use godwit_common::message::worker::OutputStream;
use godwit_common::message::{Request, Response};
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;
use tokio::time::sleep;

/// A file system may be a network's, which tells nobody of a change: look again after this long.
const FILE_PERIOD: Duration = Duration::from_millis(500);

/// Read at once from a task's own file.
const CHUNK_BYTES: usize = 64 << 10;

/// Where output is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sink {
    Out,
    Err,
}

impl Sink {
    /// Says whether anybody still reads.
    fn print(self, bytes: &[u8]) -> Result<bool, Error> {
        match self {
            Sink::Out => print_bytes(bytes),
            Sink::Err => Ok(std::io::stderr().lock().write_all(bytes).is_ok()),
        }
    }
}

/// Prints what a task has written.
pub(super) async fn logs(context: &Context, arguments: &LogsArgs) -> Outcome {
    let asked = Asked::new(context, &arguments.place).await?;
    let stream = if arguments.stderr { OutputStream::Stderr } else { OutputStream::Stdout };
    let outcome = output(&asked.client, &arguments.task.0, stream, Sink::Out, arguments.follow).await;
    asked.close().await;
    outcome.map(|()| Exit::Success)
}

/// Prints a stream of a task, to its end if `follow`.
///
/// # Errors
/// If it is nowhere to be had.
pub(super) async fn output(
    client: &Client,
    task: &TaskReference,
    stream: OutputStream,
    sink: Sink,
    follow: bool,
) -> Result<(), Error> {
    Ok(output_from(client, task, stream, sink, follow, &mut 0).await?)
}

/// The same, without the first bytes, which were `printed` before; counts on.
///
/// # Errors
/// If it is nowhere to be had, or the coordinator was lost.
pub(super) async fn output_from(
    client: &Client,
    task: &TaskReference,
    stream: OutputStream,
    sink: Sink,
    follow: bool,
    printed: &mut usize,
) -> Result<(), Failure> {
    let request = Request::Logs { task: task.clone(), stream, follow };
    let mut responses: Responses = client.responses(&request).await?;
    let mut skip = *printed;
    while let Some(response) = responses.next().await? {
        match response {
            Response::Output(bytes) => {
                let (known, new) = bytes.split_at(skip.min(bytes.len()));
                skip -= known.len();
                *printed += new.len();
                if !sink.print(new).map_err(Failure::Final)? {
                    return Ok(());
                }
            }
            Response::OutputFile(path) => {
                return file(client, task, Path::new(&path), sink, follow).await.map_err(Failure::Final);
            }
            _ => return Err(unexpected()),
        }
    }
    Ok(())
}

/// Prints a file of the task's own, which has to be readable here.
async fn file(
    client: &Client,
    task: &TaskReference,
    path: &Path,
    sink: Sink,
    follow: bool,
) -> Result<(), Error> {
    let mut file = None;
    loop {
        // Asked before the file is read: what was written before the end is then in it.
        let ended = has_ended(client, task).await?;
        if file.is_none() {
            file = open(path)?;
        }
        if let Some(file) = &mut file
            && !copy(file, path, sink)?
        {
            return Ok(());
        }
        match (&file, follow && !ended) {
            (_, true) => sleep(FILE_PERIOD).await,
            (Some(_), false) => return Ok(()),
            (None, false) => {
                return Err(Error::infrastructure(format!(
                    "the output of the task is in {}, which is not to be found on this machine; \
                     look on the machine where it ran, or on a file system that both see",
                    path.display()
                )));
            }
        }
    }
}

async fn has_ended(client: &Client, task: &TaskReference) -> Result<bool, Error> {
    let explained = client
        .expect(&Request::Explain(task.clone()), |response| match response {
            Response::Explained(explained) => Some(explained),
            _ => None,
        })
        .await?;
    Ok(!matches!(explained.task.state, TaskState::Waiting | TaskState::Ready | TaskState::Running))
}

fn open(path: &Path) -> Result<Option<File>, Error> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(unreadable(path, &error)),
    }
}

/// Prints what is in the file beyond what was printed; says whether anybody still reads.
fn copy(file: &mut File, path: &Path, sink: Sink) -> Result<bool, Error> {
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let count = file.read(&mut buffer).map_err(|error| unreadable(path, &error))?;
        if count == 0 {
            return Ok(true);
        }
        if !sink.print(&buffer[..count])? {
            return Ok(false);
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::infrastructure(format!(
        "cannot read the output of the task in {}: {}",
        path.display(),
        reason(error)
    ))
}
