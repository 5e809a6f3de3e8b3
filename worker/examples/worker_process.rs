//! What the tests of this crate start as processes of their own: a guard, or a whole worker with a coordinator inside
//! that gives it one task.

use godwit_common::outcome::End;
use std::path::Path;
use std::process::ExitCode;

#[path = "../tests/support/mod.rs"]
mod support;

fn main() -> ExitCode {
    let mut arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.first().and_then(|word| word.to_str()) {
        Some("guard") => godwit_worker::guard::main(&arguments.split_off(1)),
        Some("worker") if arguments.len() == 3 => {
            let script = arguments[2].to_string_lossy().into_owned();
            work(Path::new(&arguments[1]), &script);
            ExitCode::SUCCESS
        }
        _ => ExitCode::from(2),
    }
}

/// Runs the task, says how it ended or why the worker has left, and ends.
fn work(folder: &Path, script: &str) {
    let mut options = support::options(folder);
    options.guard.program = "/proc/self/exe".into();
    options.children = godwit_worker::Children::Own;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let script = support::shell(folder, script);
    let play = async |mut place: support::Place| {
        let mut signals = godwit_worker::signals().expect("signals can be heard");
        let control = place.control.clone();
        tokio::spawn(async move {
            while let Some(signal) = signals.recv().await {
                control.send(signal).await.expect("the worker is there");
            }
        });
        let mut coordinator = place.welcome().await;
        coordinator.give(0, 1, script).await;
        let ended = coordinator.end().await;
        if ended.end != End::Stopped {
            println!("{}", support::words(&ended));
            return coordinator.quit().await;
        }
        coordinator.see_off().await;
    };
    let (leave, ()) = runtime.block_on(support::with_worker(options, play));
    println!("{}", leave.reason);
}
