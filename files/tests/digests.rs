//! Digests of real files and folders.

use godwit_files::{Digester, Fault, Progress, stamp};
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

fn digest(path: &Path) -> String {
    Digester::open(None).digest(path).unwrap().digest.to_string()
}

fn fault(path: &Path) -> String {
    let fault = Digester::open(None).digest(path).unwrap_err().to_string();
    let parent = path.parent().unwrap().to_str().unwrap();
    fault.replace(&format!("{parent}/"), "")
}

/// Makes files `(name, content)` in `folder`; a name that ends with a slash is a folder.
fn make(folder: &Path, files: &[(&str, &str)]) {
    for (name, content) in files {
        let path = folder.join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
    }
}

fn set_modified(path: &Path, ago: u64) {
    let time = SystemTime::now() - Duration::from_secs(ago);
    File::options().write(true).open(path).unwrap().set_times(FileTimes::new().set_modified(time)).unwrap();
}

#[test]
fn a_file_is_known_by_its_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let large = vec![7; (3 << 20) + 1];
    for content in [&b""[..], b"abc", &large] {
        let path = folder.path().join("f");
        fs::write(&path, content).unwrap();
        assert_eq!(digest(&path), blake3_of(content));
        assert_eq!(stamp(&path).unwrap().size, content.len() as u64);
    }
}

fn blake3_of(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

#[test]
fn a_folder_is_known_by_names_and_contents_only() {
    let top = tempfile::tempdir().unwrap();
    let tree: &[(&str, &str)] = &[("a", "1"), ("b/c", "2"), ("b/d/", ""), ("é", "3")];
    let [one, two] = ["one", "two"].map(|name| top.path().join(name));
    make(&one, tree);
    for (name, content) in tree.iter().rev() {
        make(&two, &[(name, content)]);
    }
    symlink("nowhere", one.join("link")).unwrap();
    symlink("nowhere", two.join("link")).unwrap();
    set_modified(&two.join("a"), 1000);
    assert_eq!(digest(&one), digest(&two));
    symlink(&one, top.path().join("link")).unwrap();
    assert_eq!(digest(&top.path().join("link")), digest(&one), "a link that was named is followed");
}

#[test]
fn whatever_changes_in_a_folder_changes_its_digest() {
    let top = tempfile::tempdir().unwrap();
    let trees: &[&[(&str, &str)]] = &[
        &[("a", "1"), ("b/c", "2")],
        &[("a", "1"), ("b/c", "3")],
        &[("a", "1"), ("b/d", "2")],
        &[("a", "1"), ("c", "2")],
        &[("a", "1"), ("b/c", "2"), ("d/", "")],
        &[("a", "1"), ("b/c", "2"), ("d", "")],
        &[("a", "1")],
        &[("a", ""), ("b", "1")],
        &[("ab", "1")],
        &[],
    ];
    let mut digests = Vec::new();
    for (number, tree) in trees.iter().enumerate() {
        let folder = top.path().join(number.to_string());
        fs::create_dir(&folder).unwrap();
        make(&folder, tree);
        digests.push(digest(&folder));
    }
    for target in ["x", "y"] {
        let folder = top.path().join(target);
        fs::create_dir(&folder).unwrap();
        symlink(target, folder.join("a")).unwrap();
        digests.push(digest(&folder));
    }
    let count = digests.len();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn the_digest_of_a_folder_stays_what_it_is() {
    let top = tempfile::tempdir().unwrap();
    make(top.path(), &[("a", "1"), ("b/c", "2")]);
    symlink("x", top.path().join("l")).unwrap();
    assert_eq!(&digest(top.path())[..16], "c6eb1291db961b17");
}

#[test]
fn faults_are_sentences() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    assert_eq!(fault(&at("none")), "none is missing");
    let _socket = UnixListener::bind(at("socket")).unwrap();
    assert_eq!(fault(&at("socket")), "socket is a socket, and only files and folders can be digested");
    nix::unistd::mkfifo(&at("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    assert_eq!(fault(&at("pipe")), "pipe is a named pipe, and only files and folders can be digested");
    assert!(matches!(stamp(&at("pipe")), Err(Fault::Special { .. })));
    assert!(matches!(Digester::open(None).digest(folder.path()), Err(Fault::Special { .. })));
    symlink("nowhere", at("link")).unwrap();
    assert_eq!(fault(&at("link")), "link is missing");
    fs::write(at("file"), "").unwrap();
    assert_eq!(fault(&at("file").join("x")).replace("file/", ""), "x is missing");
}

#[test]
fn folders_inside_each_other_without_end_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join(vec!["d"; godwit_files::limits::FOLDER_DEPTH_MAX].join("/"));
    fs::create_dir_all(deep).unwrap();
    assert!(matches!(Digester::open(None).digest(folder.path()), Err(Fault::TooDeep(_))));
    assert!(matches!(stamp(folder.path()), Err(Fault::TooDeep(_))));
}

#[test]
fn the_stamp_of_a_folder_notices_what_happens_in_it() {
    let top = tempfile::tempdir().unwrap();
    make(top.path(), &[("a", "1"), ("b/c", "22")]);
    set_modified(&top.path().join("a"), 1000);
    let before = stamp(top.path()).unwrap();
    assert_eq!(before.size, 3);
    assert_eq!(Digester::open(None).digest(top.path()).unwrap().stamp, before);
    set_modified(&top.path().join("b/c"), 0);
    assert_ne!(stamp(top.path()).unwrap(), before);
}

#[test]
fn what_is_remembered_is_noticed_to_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let [path, cache] = ["f", "cache"].map(|name| folder.path().join(name));
    fs::write(&path, "one").unwrap();
    // Its times of change are the system's, so it becomes old only by waiting: this one is not remembered.
    let digester = Digester::open(Some(&cache));
    let before = digester.digest(&path).unwrap();
    fs::write(&path, "two").unwrap();
    assert_ne!(digester.digest(&path).unwrap().digest, before.digest);
    drop(digester);
    assert!(!cache.exists(), "nothing was worth remembering");
}

#[test]
fn many_files_are_digested_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let mut paths: Vec<_> = (0..200).map(|number| folder.path().join(number.to_string())).collect();
    for (number, path) in paths.iter().enumerate() {
        fs::write(path, number.to_string()).unwrap();
    }
    paths.insert(100, folder.path().join("none"));
    let last = Mutex::new(Progress::default());
    let tell = |now: Progress| {
        let mut last = last.lock().unwrap();
        *last = Progress { files: last.files.max(now.files), bytes: last.bytes.max(now.bytes) };
    };
    let results = Digester::open(None).digest_all(&paths, &tell);
    assert_eq!(results.len(), 201);
    assert!(matches!(results[100], Err(Fault::Missing(_))));
    for (path, result) in paths.iter().zip(&results).filter(|(path, _)| !path.ends_with("none")) {
        assert_eq!(result.as_ref().unwrap().digest.to_string(), blake3_of(&fs::read(path).unwrap()));
    }
    assert_eq!(*last.lock().unwrap(), Progress { files: 201, bytes: 10 + 90 * 2 + 100 * 3 });
}

#[test]
fn what_nobody_waits_for_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path(), &[("a", "1")]);
    for path in [folder.path(), &folder.path().join("a")] {
        let digester = Digester::open(None);
        assert!(matches!(digester.digest_until(path, &AtomicBool::new(true)), Err(Fault::Stopped(_))));
        assert_eq!(
            digester.digest_until(path, &AtomicBool::new(false)).unwrap(),
            digester.digest(path).unwrap()
        );
    }
}

#[test]
fn what_was_not_touched_is_not_read_again() {
    let folder = tempfile::tempdir().unwrap();
    // A file that is older than this test.
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let read = || {
        let bytes = AtomicU64::new(0);
        let tell = |now: Progress| {
            bytes.fetch_max(now.bytes, Ordering::Relaxed);
        };
        let digester = Digester::open(Some(folder.path()));
        let digest = digester.digest_all(&[&path], &tell).remove(0).unwrap().digest;
        (digest, bytes.into_inner())
    };
    let (digest, bytes) = read();
    assert_eq!(bytes, fs::metadata(&path).unwrap().len());
    assert_eq!(read(), (digest, 0));
    fs::write(folder.path().join("digests-1"), "damaged").unwrap();
    assert_eq!(read(), (digest, bytes));
}
