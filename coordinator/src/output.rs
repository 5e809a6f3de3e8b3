//! Output of tasks for clients: from the worker that has it, or from its spool folder where that can be read.

use godwit_common::message::Response;
use godwit_common::message::client::{Refusal, RefusalKind};
use godwit_common::message::worker::{OutputStream, SpoolChunk, SpoolRequest, SpoolSource};
use godwit_common::outcome::SpoolOutput;
use godwit_common::spool;
use godwit_coordinator_core::action::OutputPlace;
use godwit_transport::Connection;
use std::path::Path;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, SeekFrom};
use tokio::sync::mpsc;

/// Bytes of a file that are sent in one response.
const CHUNK_BYTES: u64 = 256 << 10;

/// Sends the output at `place` to a client; `connection` is that of the worker, if it is there.
pub(crate) async fn serve(
    place: OutputPlace,
    connection: Option<Connection>,
    responses: mpsc::Sender<Response>,
) {
    let problem = match place {
        OutputPlace::File { path, .. } => {
            let _ = responses.send(Response::OutputFile(path)).await;
            return;
        }
        OutputPlace::Spool { worker, host, folder, source, stream, follow, .. } => {
            let from_worker = match connection {
                Some(connection) => from_worker(&connection, source, stream, follow, &responses).await,
                None => Err(format!("{worker} on {host} is not connected")),
            };
            match (from_worker, source) {
                (Ok(()), _) => return,
                (Err(problem), SpoolSource::Ended(output)) => {
                    match from_folder(Path::new(&folder), output, stream, &responses).await {
                        Ok(()) => return,
                        Err(error) => format!(
                            "cannot read the output: {problem}, and its spool folder {folder} cannot be read from \
                             here ({error}); start a worker on {host}, or read {folder} there"
                        ),
                    }
                }
                (Err(problem), SpoolSource::Running(_)) => format!("cannot read the output: {problem}"),
            }
        }
    };
    let refusal = Refusal { kind: RefusalKind::Infrastructure, sentence: problem };
    let _ = responses.send(Response::Refused(refusal)).await;
}

/// Errors only as long as nothing was sent.
async fn from_worker(
    connection: &Connection,
    source: SpoolSource,
    stream: OutputStream,
    follow: bool,
    responses: &mpsc::Sender<Response>,
) -> Result<(), String> {
    let (mut sender, mut receiver) = connection.open().await.map_err(|error| error.to_string())?;
    let request = SpoolRequest { source, stream, skip: 0, follow };
    sender.send(&request).await.map_err(|error| error.to_string())?;
    loop {
        let chunk = tokio::select! {
            chunk = receiver.recv::<SpoolChunk>() => chunk,
            () = responses.closed() => return Ok(()),
        };
        match chunk {
            Ok(Some(SpoolChunk::Data(bytes))) => {
                if responses.send(Response::Output(bytes)).await.is_err() {
                    return Ok(());
                }
            }
            Ok(Some(SpoolChunk::Unavailable(reason))) => return Err(reason),
            Ok(None) => return Ok(()),
            Err(error) => return Err(error.to_string()),
        }
    }
}

async fn from_folder(
    folder: &Path,
    output: SpoolOutput,
    stream: OutputStream,
    responses: &mpsc::Sender<Response>,
) -> std::io::Result<()> {
    let span = match stream {
        OutputStream::Stdout => output.stdout,
        OutputStream::Stderr => output.stderr,
    };
    let mut file = File::open(folder.join(spool::file_name(output.slot, stream))).await?;
    file.seek(SeekFrom::Start(span.offset)).await?;
    let mut rest = file.take(span.length);
    loop {
        let mut bytes = Vec::new();
        let read = (&mut rest).take(CHUNK_BYTES).read_to_end(&mut bytes).await?;
        if read == 0 || responses.send(Response::Output(bytes)).await.is_err() {
            return Ok(());
        }
    }
}
