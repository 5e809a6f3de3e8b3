//! Paths in a workflow file are counted from the file's folder. Paths are text here; nothing is looked up.

use crate::template::Template;

/// `path` as seen from `folder`; `path` itself if it is absolute.
pub(super) fn join(folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let path = path.trim_start_matches("./");
    if path.is_empty() || path == "." {
        return folder.to_owned();
    }
    format!("{}/{path}", folder.trim_end_matches('/'))
}

/// The name of the file at `path` without folder and extension.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// [`join`] for a path with placeholders; braces in the folder's name have no meaning.
pub(super) fn join_template(folder: &str, path: &Template) -> Template {
    let folder = Template::literal(folder).to_string();
    Template::parse(&join(&folder, &path.to_string())).expect("two templates make a template")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_counted_from_the_folder() {
        for (folder, path, expected) in [
            ("/a/b", "c", "/a/b/c"),
            ("/a/b", "./c/d", "/a/b/c/d"),
            ("/a/b", ".", "/a/b"),
            ("/a/b", "", "/a/b"),
            ("/a/b", "../c", "/a/b/../c"),
            ("/", "c", "/c"),
            ("/a", "/c", "/c"),
        ] {
            assert_eq!(join(folder, path), expected);
        }
        let path = Template::parse("{index}").unwrap();
        assert_eq!(join_template("/a{b", &path).to_string(), "/a{{b/{index}");
    }

    #[test]
    fn the_stem_of_a_file_names_its_workflow() {
        for (path, expected) in
            [("dir/sweep.toml", "sweep"), ("a.b.json", "a.b"), (".hidden", ".hidden"), ("-", "-")]
        {
            assert_eq!(stem(path), expected);
        }
    }
}
