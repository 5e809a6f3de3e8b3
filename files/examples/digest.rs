//! Digests what is named on the command line, and says how long that took: `digest [--cache FOLDER] PATH…`.
//! Folders are not digested as such, but file by file, as a submission does it.

use godwit_files::{Digester, Progress};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

fn main() {
    let mut arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut cache = None;
    if arguments.first().is_some_and(|first| first == Path::new("--cache")) && arguments.len() > 1 {
        cache = arguments.drain(..2).next_back();
    }
    let mut paths = Vec::new();
    arguments.iter().for_each(|path| collect(path, &mut paths));
    let last = Mutex::new(Progress::default());
    let begun = Instant::now();
    let results = Digester::open(cache.as_deref()).digest_all(&paths, &|now| {
        if let Ok(mut last) = last.lock() {
            *last = Progress { files: last.files.max(now.files), bytes: last.bytes.max(now.bytes) };
        }
    });
    let took = begun.elapsed();
    results.iter().filter_map(|result| result.as_ref().err()).for_each(|fault| eprintln!("{fault}"));
    let Progress { files, bytes } = last.into_inner().unwrap_or_default();
    println!("{files} files, {bytes} bytes read, {took:.2?}");
}

fn collect(path: &Path, paths: &mut Vec<PathBuf>) {
    match path.read_dir() {
        Ok(entries) => entries.flatten().for_each(|entry| collect(&entry.path(), paths)),
        Err(_) => paths.push(path.to_path_buf()),
    }
}
