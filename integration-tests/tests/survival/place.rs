//! Where the state of a cell is: in a folder, or in a bucket of a real server.

use godwit_integration_tests::{Home, S3Kind, S3Server};
use std::path::Path;
use tempfile::TempDir;

/// A kind of store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    File,
    Moto,
    SeaweedFs,
}

/// A kind of store that is there for a row of cells.
pub(crate) struct Site {
    store: Store,
    server: Option<S3Server>,
    _folder: TempDir,
}

/// The store of one cell.
pub(crate) struct Place {
    url: String,
    variables: Vec<(String, String)>,
}

impl Store {
    /// The stores on which the table is gone through.
    pub(crate) fn wanted() -> Vec<Store> {
        let names = std::env::var("GODWIT_TEST_STORES").unwrap_or_else(|_| "file,moto".to_owned());
        let store = |name: &str| match name {
            "file" => Store::File,
            "moto" => Store::Moto,
            "seaweedfs" => Store::SeaweedFs,
            other => panic!("GODWIT_TEST_STORES names '{other}'; there are file, moto and seaweedfs"),
        };
        names.split(',').map(store).collect()
    }
}

impl Site {
    pub(crate) fn open(store: Store) -> Site {
        let folder =
            tempfile::Builder::new().prefix("godwit-server-").tempdir().expect("a folder can be made");
        let kind = match store {
            Store::File => None,
            Store::Moto => Some(S3Kind::Moto),
            Store::SeaweedFs => Some(S3Kind::SeaweedFs),
        };
        Site { store, server: kind.map(|kind| S3Server::start(kind, folder.path())), _folder: folder }
    }

    pub(crate) fn store(&self) -> Store {
        self.store
    }

    /// A store that nobody has used, named after the project's folder.
    pub(crate) fn place(&self, project: &Path) -> Place {
        match &self.server {
            None => Place { url: format!("file://{}/store", project.display()), variables: Vec::new() },
            Some(server) => {
                let prefix = project.file_name().unwrap_or_default().to_string_lossy();
                let variables = server.variables().map(|(name, value)| (name.to_owned(), value));
                Place { url: server.url(&prefix), variables: variables.to_vec() }
            }
        }
    }
}

impl Place {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A new home whose commands find the store.
    pub(crate) fn home(&self) -> Home {
        let mut home = Home::new();
        for (name, value) in &self.variables {
            home.set(name, value);
        }
        home
    }
}
