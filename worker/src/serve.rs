//! Output for whoever asks: each request comes on a stream of its own, so that it holds nothing up.

use crate::limits::{CHUNK_BYTES_MAX, FOLLOW_PERIOD};
use crate::process::{OutputPlace, Process};
use crate::shell::Shell;
use crate::spool;
use godwit_common::ids::AttemptId;
use godwit_common::message::worker::{OutputStream, SpoolChunk, SpoolRequest, SpoolSource};
use godwit_transport::{Connection, Error, Receiver, Sender};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;
use tokio::task::{spawn_blocking, spawn_local};
use tokio::time::timeout;

/// Answers until the connection has ended. The transport bounds how many streams there are at once.
pub(crate) async fn serve(shell: &Rc<Shell>, connection: &Connection) {
    while let Some((sender, receiver)) = connection.accept().await {
        let shell = Rc::clone(shell);
        spawn_local(async move {
            if let Err(error) = answer(&shell, sender, receiver).await {
                tracing::debug!(%error, "a request for output was not answered to its end");
            }
        });
    }
}

async fn answer(shell: &Shell, mut sender: Sender, mut receiver: Receiver) -> Result<(), Error> {
    let Some(request) = receiver.recv::<SpoolRequest>().await? else {
        return Ok(());
    };
    match find(shell, &request) {
        Ok(source) => send_output(&mut sender, source, &request).await?,
        Err(reason) => sender.send(&SpoolChunk::Unavailable(reason)).await?,
    }
    sender.finish().await
}

/// Output that can be read.
struct Source {
    place: OutputPlace,
    /// Bytes from the place's beginning that were sent or are not wanted.
    position: u64,
    /// Whose output it is, if more may come.
    process: Option<Rc<Process>>,
}

fn find(shell: &Shell, request: &SpoolRequest) -> Result<Source, String> {
    let (place, process) = match request.source {
        SpoolSource::Running(id) => find_by_name(shell, id, request.stream)?,
        SpoolSource::Ended(output) => {
            let span = spool::span(&output, request.stream);
            let place = OutputPlace {
                path: spool::path(&shell.spool, output.slot, request.stream),
                offset: span.offset,
                length: Some(span.length),
                is_spool: true,
            };
            (place, None)
        }
    };
    Ok(Source { place, position: request.skip, process })
}

type Found = (OutputPlace, Option<Rc<Process>>);

/// The output of an attempt that runs or has ended lately.
fn find_by_name(shell: &Shell, id: AttemptId, stream: OutputStream) -> Result<Found, String> {
    if let Some(process) = shell.processes.borrow().get(&id) {
        let place = process.place(stream).ok_or("the task has not started yet")?;
        return Ok((place, Some(Rc::clone(process))));
    }
    let ended = shell.ended.borrow();
    let outputs = ended.iter().rev().find(|(known, _)| *known == id).map(|(_, outputs)| outputs);
    let outputs = outputs.ok_or("the task does not run on this worker")?;
    Ok((outputs.place(stream).clone(), None))
}

/// Sends what there is, and if asked what comes until the attempt has ended.
async fn send_output(sender: &mut Sender, mut source: Source, request: &SpoolRequest) -> Result<(), Error> {
    loop {
        // Asked before the file is read: what was written before the end is then in what is read after.
        let is_over = source.process.as_ref().is_none_or(|process| *process.ended.borrow());
        match next_chunk(&mut source, request.stream).await {
            Ok(chunk) if !chunk.is_empty() => {
                source.position += chunk.len() as u64;
                sender.send(&SpoolChunk::Data(chunk)).await?;
            }
            Ok(_) if is_over || !request.follow => return Ok(()),
            Ok(_) => wait_for_more(&source).await,
            Err(error) => {
                let path = source.place.path.display();
                let reason = format!("the output in {path} cannot be read: {error}");
                return sender.send(&SpoolChunk::Unavailable(reason)).await;
            }
        }
    }
}

async fn wait_for_more(source: &Source) {
    if let Some(process) = &source.process {
        let mut ended = process.ended.subscribe();
        // Either the attempt has ended, or it is time to look again.
        let _ = timeout(FOLLOW_PERIOD, ended.wait_for(|ended| *ended)).await;
    }
}

async fn next_chunk(source: &mut Source, stream: OutputStream) -> io::Result<Vec<u8>> {
    let (place, position) = (source.place.clone(), source.position);
    let read = spawn_blocking(move || read_chunk(&place, position)).await;
    let mut chunk = read.map_err(io::Error::other)??;
    // While the file was read the attempt may have ended, and another have begun to use the same spool.
    if let Some(place) = source.process.as_ref().and_then(|process| process.place(stream)) {
        source.place = place;
    }
    let rest = source.place.length.map_or(u64::MAX, |length| length.saturating_sub(position));
    chunk.truncate(usize::try_from(rest).unwrap_or(usize::MAX));
    Ok(chunk)
}

fn read_chunk(place: &OutputPlace, position: u64) -> io::Result<Vec<u8>> {
    let wanted = place.length.map_or(u64::MAX, |length| length.saturating_sub(position));
    let mut file = File::open(&place.path)?;
    file.seek(SeekFrom::Start(place.offset.saturating_add(position)))?;
    let mut chunk = Vec::new();
    file.take(wanted.min(CHUNK_BYTES_MAX as u64)).read_to_end(&mut chunk)?;
    Ok(chunk)
}
