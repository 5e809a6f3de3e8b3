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
mod settings;
mod signals;

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
        return if printed.is_ok() {
            Exit::Success.into()
        } else {
            Exit::Infrastructure.into()
        };
    }
    console::say(&wrong_usage(&error.render().to_string()));
    Exit::Usage.into()
}

/// The library's paragraphs as one sentence; of the usage only the command remains, whose help says the rest.
fn wrong_usage(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let mut command = "godwit".to_owned();
    let mut sentence = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(usage) = line.strip_prefix("Usage: ") {
            let words = usage
                .split(' ')
                .take_while(|word| !word.starts_with(['[', '<', '-']));
            command = words.collect::<Vec<_>>().join(" ");
            break;
        }
        if line.starts_with("For more information") {
            break;
        }
        let line = line.trim_start_matches("tip: ");
        let glue = match sentence.chars().last() {
            None => "",
            Some(':') => " ",
            Some(_) if line.starts_with('<') || line.starts_with('-') => ", ",
            Some(_) => "; ",
        };
        sentence.push_str(glue);
        sentence.push_str(line);
    }
    format!("{sentence}; see '{command} --help'")
}

#[cfg(test)]
mod tests {
    use super::wrong_usage;

    #[test]
    fn wrong_usage_is_one_sentence() {
        let check = |text: &str, expected: &str| assert_eq!(wrong_usage(text), expected);
        check(
            "error: unexpected argument '--cpu' found\n\n  tip: a similar argument exists: '--cpus'\n\n\
             Usage: godwit run --cpus <N> <FILE>\n\nFor more information, try '--help'.\n",
            "unexpected argument '--cpu' found; a similar argument exists: '--cpus'; see 'godwit run --help'",
        );
        check(
            "error: the following required arguments were not provided:\n  <A>\n  <B>\n\nUsage: godwit x <A> <B>\n",
            "the following required arguments were not provided: <A>, <B>; see 'godwit x --help'",
        );
        check(
            "error: invalid value 'xml' for '--output'\n  [possible values: a, b]\n\nFor more information, try '--help'.",
            "invalid value 'xml' for '--output'; [possible values: a, b]; see 'godwit --help'",
        );
    }
}
