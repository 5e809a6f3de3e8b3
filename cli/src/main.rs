//! The `godwit` binary: from the command line to an exit code.
//!
//! `args` says what can stand on the command line, `commands` has one file for each command, `client` asks the
//! coordinator, `render` turns its answers into text, `console` prints.

mod args;
mod chance;
mod client;
mod clock;
mod cluster;
mod commands;
mod console;
mod display;
mod errors;
mod log;
mod render;
mod results;
mod settings;
mod signals;
mod usage;

use args::{Cli, Command, WorkerCommand};
use clap::Parser;
use errors::Exit;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return answer(&error),
    };
    if let Command::Worker(WorkerCommand::Guard { arguments }) = &cli.command {
        // The guard must depend on nothing that the process it guards has set up.
        return godwit_worker::guard::main(arguments);
    }
    match commands::main(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            console::say(&error.sentence);
            error.exit.into()
        }
    }
}

/// Help and versions go to standard output; what is wrong with the command line is said in our own voice, on one line.
fn answer(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let printed = error.print();
        return if printed.is_ok() { Exit::Success.into() } else { Exit::Infrastructure.into() };
    }
    console::say(&usage::sentence(&error.render().to_string()));
    Exit::Usage.into()
}
