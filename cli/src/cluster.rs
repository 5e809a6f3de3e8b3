//! Which cluster is meant, and where its access directory is.

use crate::args::ClusterArgs;
use crate::commands::door::store_url;
use crate::errors::{Error, reason};
use crate::settings::{Sources, load};
use godwit_store::Store;
use godwit_transport::access::{import, read_announcement};
use godwit_transport::{Access, Role};
use godwit_worker::AccessPlace;
use std::path::{Path, PathBuf};

/// A cluster, as far as the command line and the environment tell.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    name: String,
    place: Place,
    /// The store that was named, and the settings file that may name it.
    store: Option<String>,
    config: Option<PathBuf>,
}

#[derive(Clone, Debug)]
enum Place {
    /// An access directory, which need not be there yet.
    Directory(PathBuf),
    /// A file that `godwit access export` wrote.
    File(PathBuf),
}

/// The folder of everything that is the user's: `$GODWIT_HOME`, or `~/.godwit`.
///
/// # Errors
/// If the user has no home.
pub(crate) fn home() -> Result<PathBuf, Error> {
    let chosen = std::env::var_os("GODWIT_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let path = chosen.or_else(|| std::env::home_dir().map(|home| home.join(".godwit")));
    let path =
        path.ok_or_else(|| Error::usage("cannot tell where your home is; set GODWIT_HOME to a folder"))?;
    absolute(&path)
}

/// The same path, whatever the working directory is later.
///
/// # Errors
/// If the working directory is gone.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|error| {
        Error::usage(format!("cannot tell where '{}' is: {}", path.display(), reason(&error)))
    })
}

impl Cluster {
    /// The cluster that the arguments mean.
    ///
    /// # Errors
    /// If its name cannot be that of a folder.
    pub(crate) fn new(arguments: &ClusterArgs) -> Result<Cluster, Error> {
        let name = &arguments.cluster;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
            return Err(Error::usage(format!(
                "'{name}' cannot be the name of a cluster; use letters, digits, '-', '_' and '.', not '.' first"
            )));
        }
        let place = match arguments.access.as_ref().filter(|path| !path.as_os_str().is_empty()) {
            Some(path) if path.is_file() => Place::File(absolute(path)?),
            Some(path) => Place::Directory(absolute(path)?),
            None => Place::Directory(home()?.join(name)),
        };
        let (store, config) = (arguments.store.clone(), arguments.config.clone());
        Ok(Cluster { name: name.clone(), place, store, config })
    }

    /// The access directory of a coordinator, which is made from a coordinator's credential if that is what is there.
    ///
    /// # Errors
    /// If the file is no coordinator's, or the directory is another cluster's.
    pub(crate) fn coordinator_directory(&self) -> Result<PathBuf, Error> {
        let Place::File(file) = &self.place else {
            return self.directory().map(Path::to_owned);
        };
        let directory = self.local_folder()?;
        import(file, &directory).map_err(Error::infrastructure)?;
        Ok(directory)
    }

    /// Whether a single credential stands in for the access directory.
    pub(crate) fn is_file(&self) -> bool {
        matches!(self.place, Place::File(_))
    }

    /// Where the newest coordinator of the cluster's store says that it is; nothing if no store is known. The store is
    /// opened anew each time, as credentials may change.
    ///
    /// # Errors
    /// If the settings are wrong, or the store does not answer.
    pub(crate) async fn look_up(&self) -> Result<Vec<String>, Error> {
        let settings = load(&Sources::of_process(self.config.as_deref())?, &[])?.settings;
        let Some(named) = self.store.as_deref().or(settings.coordinator.store.as_deref()) else {
            return Ok(Vec::new());
        };
        let url = store_url(Some(named), PathBuf::new())?;
        // A folder that is not there is not made by somebody who only looks.
        if url.strip_prefix("file://").is_some_and(|folder| !Path::new(folder).is_dir()) {
            return Ok(Vec::new());
        }
        let store = Store::open(&url, &settings.store).map_err(Error::infrastructure)?;
        let claim = store.get_latest_claim().await.map_err(Error::infrastructure)?;
        let addresses = claim.map(|claim| claim.identity.address).unwrap_or_default();
        // An embedded coordinator has no address that others could use.
        let usable = addresses.split(',').filter(|address| address.contains(':'));
        Ok(usable.map(str::to_owned).collect())
    }

    /// The access directory.
    ///
    /// # Errors
    /// If a file stands in for it.
    pub(crate) fn directory(&self) -> Result<&Path, Error> {
        match &self.place {
            Place::Directory(path) => Ok(path),
            Place::File(path) => Err(Error::usage(format!(
                "{} is a single credential but an access directory is needed; give one with --access DIR",
                path.display()
            ))),
        }
    }

    /// A folder of this user's for what belongs to the cluster on this machine.
    ///
    /// # Errors
    /// If the user has no home.
    pub(crate) fn local_folder(&self) -> Result<PathBuf, Error> {
        match &self.place {
            Place::Directory(path) => Ok(path.clone()),
            Place::File(_) => Ok(home()?.join(&self.name)),
        }
    }

    /// The credential of a role.
    ///
    /// # Errors
    /// If there is none, or it is of no use.
    pub(crate) fn access(&self, role: Role) -> Result<Access, godwit_transport::Error> {
        match &self.place {
            Place::Directory(path) => Access::load(path, role),
            Place::File(path) => {
                let access = Access::from_file(path)?;
                access.require(role)?;
                Ok(access)
            }
        }
    }

    /// The same, for a worker that has to look again and again.
    pub(crate) fn access_place(&self) -> AccessPlace {
        match &self.place {
            Place::Directory(path) => AccessPlace::Directory(path.clone()),
            Place::File(path) => AccessPlace::File(path.clone()),
        }
    }

    /// Where the coordinator was last known to be; nothing if none has said so.
    ///
    /// # Errors
    /// If that cannot be read.
    pub(crate) fn addresses(&self, access: &Access) -> Result<Vec<String>, godwit_transport::Error> {
        match &self.place {
            Place::Directory(path) => {
                Ok(read_announcement(path)?.map(|found| found.addresses).unwrap_or_default())
            }
            Place::File(_) => Ok(access.addresses().to_vec()),
        }
    }

    /// What to say when nobody answers for the cluster, with the reason.
    pub(crate) fn away(&self, reason: &str) -> String {
        let name = &self.name;
        match &self.place {
            Place::Directory(_) => {
                let option = if name == "default" { String::new() } else { format!(" --cluster {name}") };
                format!(
                    "no coordinator is running for cluster '{name}' ({reason}); \
                     start one with 'godwit coordinator start{option}'"
                )
            }
            Place::File(path) => format!(
                "no coordinator answers for the credential in {} ({reason}); if it has moved, export it again, or name \
                 the cluster's store with --store",
                path.display()
            ),
        }
    }

    /// Where its coordinator would have announced itself.
    pub(crate) fn place(&self) -> std::path::Display<'_> {
        match &self.place {
            Place::Directory(path) | Place::File(path) => path.display(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(name: &str, access: Option<&Path>) -> Result<Cluster, Error> {
        Cluster::new(&ClusterArgs {
            cluster: name.to_owned(),
            access: access.map(Path::to_owned),
            store: None,
            config: None,
        })
    }

    #[test]
    fn a_name_is_a_plain_folder() {
        for wrong in ["", ".", "..", "a/b", ".hidden", "a b", "ä"] {
            assert!(cluster(wrong, None).is_err(), "{wrong}");
        }
        let directory = cluster("lab-2", None).expect("a plain name");
        assert!(directory.directory().expect("a directory").ends_with("lab-2"));
    }

    #[test]
    fn a_file_is_a_credential_and_anything_else_a_directory() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("worker.access");
        std::fs::write(&file, "").expect("a file");
        assert!(cluster("default", Some(&file)).expect("a cluster").directory().is_err());
        let missing = folder.path().join("missing");
        assert_eq!(
            cluster("default", Some(&missing)).expect("a cluster").directory().expect("a directory"),
            missing
        );
    }
}
