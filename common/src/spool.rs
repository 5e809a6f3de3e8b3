//! Names of spool files, so that whoever sees a worker's folder can find a task's output in it.

use crate::message::worker::OutputStream;

/// The file in a worker's spool folder that holds this stream of all attempts that ran in `slot`.
pub fn file_name(slot: u32, stream: OutputStream) -> String {
    match stream {
        OutputStream::Stdout => format!("{slot}.out"),
        OutputStream::Stderr => format!("{slot}.err"),
    }
}
