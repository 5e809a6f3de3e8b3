//! Options that every command takes: which cluster, and which settings file.

use clap::Args;
use std::path::PathBuf;

/// Where the cluster is and how Godwit is set.
#[derive(Clone, Debug, Args)]
pub(crate) struct ClusterArgs {
    /// Name of the cluster; its access directory is NAME in $GODWIT_HOME (~/.godwit)
    #[arg(long, global = true, value_name = "NAME", default_value = "default", help_heading = "Cluster")]
    pub(crate) cluster: String,

    /// Access directory of the cluster, or a file that 'godwit access export' wrote
    #[arg(
        long,
        global = true,
        env = "GODWIT_ACCESS",
        hide_env_values = true,
        value_name = "FILE|DIR",
        help_heading = "Cluster"
    )]
    pub(crate) access: Option<PathBuf>,

    /// Store of the cluster, where the coordinator is looked up if it is not where it was [default: coordinator.store of
    /// the settings]
    #[arg(long, global = true, value_name = "URL", help_heading = "Cluster")]
    pub(crate) store: Option<String>,

    /// Settings file, over those in /etc/godwit and $GODWIT_HOME
    #[arg(long, global = true, value_name = "FILE", help_heading = "Cluster")]
    pub(crate) config: Option<PathBuf>,
}
