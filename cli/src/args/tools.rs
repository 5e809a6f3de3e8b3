//! `godwit access`, `config` and `completions`

use super::OutputArgs;
use clap::{Args, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Commands about access to the cluster.
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    Export(AccessExport),
    /// Show the credentials of the cluster and when they expire
    #[command(after_help = "Example:\n  godwit access list")]
    List {
        /// How to print it.
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// Write a credential as one file, for a machine that does not share the access directory
///
/// Whoever has the file can take part in the cluster in that role. Use it there with --access FILE or GODWIT_ACCESS.
///
/// A coordinator's file holds all credentials of the cluster: from it, and the cluster's store, a coordinator goes on
/// on a machine that has nothing else.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit access export --role worker -o worker.access
  godwit access export --role coordinator -o coordinator.access")]
pub(crate) struct AccessExport {
    /// What the file lets its owner be
    #[arg(long, value_name = "ROLE", value_enum)]
    pub(crate) role: RoleName,

    /// Where to write it, readable by you alone [default: standard output]
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// A role, as the command line names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RoleName {
    /// Runs tasks
    Worker,
    /// Submits workflows and asks about them
    Client,
    /// Is the coordinator, on another machine
    Coordinator,
}

impl From<RoleName> for godwit_transport::Role {
    fn from(name: RoleName) -> godwit_transport::Role {
        match name {
            RoleName::Worker => godwit_transport::Role::Worker,
            RoleName::Client => godwit_transport::Role::Client,
            RoleName::Coordinator => godwit_transport::Role::Coordinator,
        }
    }
}

/// Commands about the settings.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print every setting, its value, and where it came from
    ///
    /// Later ones win: built in, /etc/godwit/godwit.toml, $GODWIT_HOME/godwit.toml, --config FILE,
    /// GODWIT__SECTION__KEY in the environment, options of the command.
    #[command(after_help = "Example:\n  GODWIT__WORKER__CPUS=4 godwit config show")]
    Show {
        /// How to print it.
        #[command(flatten)]
        output: OutputArgs,
    },
}

/// Print a script that makes a shell complete godwit's commands
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  godwit completions bash > ~/.local/share/bash-completion/completions/godwit
  godwit completions zsh > ~/.zfunc/_godwit")]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    pub(crate) shell: Shell,
}
