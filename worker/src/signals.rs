//! What the system tells a worker by signals.

use crate::Control;
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Signals that may come before anybody listens.
const SIGNALS_MAX: usize = 4;

/// Turns signals into control: SIGTERM, SIGINT and the two that Grid Engine announces its own by, SIGUSR1 and SIGUSR2,
/// all mean that everything is to be stopped and given back; the second one that comes kills. SIGHUP as well, unless
/// the worker was started so that it survives its terminal. Call it within a tokio runtime, once.
///
/// # Errors
/// If the system does not let us listen.
pub fn signals() -> io::Result<mpsc::Receiver<Control>> {
    let (sender, receiver) = mpsc::channel(SIGNALS_MAX);
    let kinds = [
        (SignalKind::terminate(), "SIGTERM"),
        (SignalKind::interrupt(), "SIGINT"),
        (SignalKind::user_defined1(), "SIGUSR1"),
        (SignalKind::user_defined2(), "SIGUSR2"),
    ];
    for (kind, name) in kinds {
        forward(signal(kind)?, name, sender.clone());
    }
    if !is_ignored(SignalKind::hangup()) {
        forward(signal(SignalKind::hangup())?, "SIGHUP", sender);
    }
    Ok(receiver)
}

fn forward(mut signal: Signal, name: &'static str, sender: mpsc::Sender<Control>) -> JoinHandle<()> {
    tokio::spawn(async move {
        while signal.recv().await.is_some() {
            let control = Control::Terminate(format!("it was told to by {name}"));
            if sender.send(control).await.is_err() {
                return;
            }
        }
    })
}

/// A process that ignores SIGCHLD, which it can have inherited, is not told how its children ended.
pub(crate) fn hear_of_children() -> io::Result<()> {
    if is_ignored(SignalKind::child()) {
        // What is installed by this stays when the stream goes.
        drop(signal(SignalKind::child())?);
    }
    Ok(())
}

/// Whether the process ignores a signal, such as SIGHUP when it was started by `nohup`.
fn is_ignored(kind: SignalKind) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    // The lowest bit is signal 1.
    mask.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 != 0)
}
