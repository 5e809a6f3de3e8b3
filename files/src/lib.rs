//! Content digests of files and folders on disk: what memoization knows a file by.
//!
//! [`Digester`] reads contents and remembers them in a cache, so that a file that was not touched is not read twice.
//! [`stamp()`] is what tells without reading whether a file may have changed.
//!
//! It follows no file that nobody named: a symbolic link inside of a folder counts by its text. It decides nothing
//! about reuse, and it knows neither tasks nor workers.

mod cache;
mod content;
mod digester;
mod fault;
mod folder;
mod identity;
pub mod limits;
mod meter;
mod stamp;

pub use digester::{Digested, Digester, default_cache_folder};
pub use fault::Fault;
pub use meter::Progress;
pub use stamp::stamp;
