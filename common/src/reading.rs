//! Which files a task may read, as far as its spec tells: declared inputs, the file of its standard input, and words
//! of its command that may name files.
//!
//! The client digests them at submission, the coordinator looks them up by the same paths when it makes a key, and the
//! worker reports what they were when it read them; so all three ask here. Paths are text; nothing is looked up.

use crate::limits::PATH_BYTES_MAX;
use crate::task::{Arguments, Command, Stdin, TaskSpec};
use crate::template::{Template, Values};

/// A part of a command that may name files once it is filled in.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// As it was written.
    pub template: &'a Template,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The first word of an argv: without a slash it is looked up in PATH and names no file here.
    Program,
    /// Any other word of an argv.
    Argument,
    /// The text of a shell.
    Script,
}

impl Word<'_> {
    /// The absolute paths that it may name in the folder `cwd` when filled in with `values`.
    pub fn paths(&self, values: &Values<'_>, cwd: &str) -> Vec<String> {
        self.paths_in(&self.template.render(values), cwd)
    }

    /// The same for `text`, which somebody else has filled in.
    pub fn paths_in(&self, text: &str, cwd: &str) -> Vec<String> {
        let mut names = Vec::new();
        match self.form {
            Form::Program if text.contains('/') => names.push(text.to_owned()),
            Form::Program => {}
            Form::Argument if text.contains(char::is_whitespace) => {
                // Many a shell or interpreter is given its script as a word.
                names = script_words(text);
                names.push(text.to_owned());
            }
            Form::Argument => names.push(text.to_owned()),
            Form::Script => names = script_words(text),
        }
        let values = names.iter().filter_map(|name| name.split_once('=')).map(|(_, value)| value.to_owned());
        let values: Vec<String> = values.collect();
        let all = names.into_iter().chain(values);
        let paths = all.filter(|name| is_possible(name)).map(|name| absolute(cwd, &name));
        let mut paths: Vec<String> = paths.collect();
        paths.sort_unstable();
        paths.dedup();
        paths
    }
}

/// Declared inputs and the file of standard input, as they were written, in order, without those that the key leaves
/// out. Their paths are [`absolute`] as seen from the task's folder.
pub fn declared(task: &TaskSpec) -> Vec<&Template> {
    let stdin = match &task.stdin {
        Stdin::File(path) if !is_ignored(task, "stdin") => Some(path),
        Stdin::File(_) | Stdin::Text(_) | Stdin::Null => None,
    };
    let inputs = task.inputs.iter().filter(|input| !is_ignored(task, &input.to_string()));
    inputs.chain(stdin).collect()
}

/// The parts of the command that count by the content of files that they name, without those that the key leaves out.
pub fn words(task: &TaskSpec) -> Vec<Word<'_>> {
    match (&task.command, task.caching.arguments) {
        (_, Arguments::Text) => Vec::new(),
        (Command::Shell(text), Arguments::Content) => vec![Word { template: text, form: Form::Script }],
        (Command::Argv(words), Arguments::Content) => {
            let forms = std::iter::once(Form::Program).chain(std::iter::repeat(Form::Argument));
            let words = words.iter().zip(forms).map(|(template, form)| Word { template, form });
            words.filter(|word| !is_ignored(task, &word.template.to_string())).collect()
        }
    }
}

/// Everything that `cache_ignore` of this task may name: `env.NAME`, `stdin`, the words of its command and the paths of
/// its inputs as they were written; of the text of a shell the words between white space. Sorted, each once.
pub fn ignorable(task: &TaskSpec) -> Vec<String> {
    let mut names: Vec<String> = task.env.iter().map(|(name, _)| format!("env.{name}")).collect();
    if task.stdin != Stdin::Null {
        names.push("stdin".to_owned());
    }
    match &task.command {
        Command::Argv(words) => names.extend(words.iter().map(Template::to_string)),
        Command::Shell(text) => names.extend(text.to_string().split_whitespace().map(str::to_owned)),
    }
    names.extend(task.inputs.iter().map(Template::to_string));
    names.sort_unstable();
    names.dedup();
    names
}

/// Whether the key of the task leaves out what is called `name` in `cache_ignore`.
pub fn is_ignored(task: &TaskSpec, name: &str) -> bool {
    task.caching.ignore.binary_search_by(|ignored| ignored.as_str().cmp(name)).is_ok()
}

/// `path` as seen from the folder `cwd`, without `.` and doubled slashes. `..` stays, as the folder before it may be a
/// link.
pub fn absolute(cwd: &str, path: &str) -> String {
    let folder = if path.starts_with('/') { "" } else { cwd };
    let mut out = String::with_capacity(folder.len() + path.len() + 1);
    for part in folder.split('/').chain(path.split('/')) {
        if !part.is_empty() && part != "." {
            out.push('/');
            out.push_str(part);
        }
    }
    if out.is_empty() { "/".to_owned() } else { out }
}

fn is_possible(name: &str) -> bool {
    !name.is_empty() && name.len() <= PATH_BYTES_MAX && !name.contains('\0')
}

/// The words of a piece of shell, read twice: once as the shell does, so that a quoted name keeps its spaces, and once
/// cut at every quote, so that a script within quotes is cut as well. A word too many only costs a look. What output is
/// sent to is no word: it is written, and would make each run a reason for the next.
fn script_words(text: &str) -> Vec<String> {
    let mut words = split(text, Quotes::Keep);
    words.extend(split(text, Quotes::Cut));
    words.sort_unstable();
    words.dedup();
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    /// What is between them is one word.
    Keep,
    /// They end a word.
    Cut,
}

fn split(text: &str, quotes: Quotes) -> Vec<String> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut open, mut written, mut last) = (None, false, ' ');
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let quote = matches!(character, '\'' | '"');
        match (open, character) {
            (None, _) if quote && quotes == Quotes::Keep => open = Some(character),
            (Some(quote), _) if quote == character => open = None,
            (None | Some('"'), '\\') if quotes == Quotes::Keep => word.extend(characters.next()),
            (None, _) if quote || character.is_whitespace() || ";|&<>()`".contains(character) => {
                if !word.is_empty() && !std::mem::take(&mut written) {
                    words.push(std::mem::take(&mut word));
                }
                word.clear();
                match character {
                    // Not an arrow, as languages within quotes have it.
                    '>' => written = !matches!(last, '=' | '-'),
                    '<' | '(' | ';' => written = false,
                    _ => {}
                }
            }
            _ => word.push(character),
        }
        last = character;
    }
    if !word.is_empty() && !written {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::Shape;
    use proptest::prelude::*;

    const VALUES: Values<'static> =
        Values { shape: &Shape::Single, position: 0, attempt: 1, workflow: 1, results: &[] };

    fn template(text: &str) -> Template {
        Template::parse(text).expect("a template")
    }

    fn argv(words: &[&str]) -> TaskSpec {
        TaskSpec::new(Command::Argv(words.iter().map(|word| template(word)).collect()), "/w")
    }

    fn named(task: &TaskSpec) -> Vec<String> {
        words(task).iter().flat_map(|word| word.paths(&VALUES, "/w")).collect()
    }

    #[test]
    fn paths_are_seen_from_the_folder() {
        for (cwd, path, expected) in [
            ("/w", "a", "/w/a"),
            ("/w/", "./a//b/.", "/w/a/b"),
            ("/w", "../a", "/w/../a"),
            ("/w", "/a", "/a"),
            ("/", ".", "/"),
        ] {
            assert_eq!(absolute(cwd, path), expected, "{cwd} {path}");
        }
    }

    #[test]
    fn words_of_an_argv_name_files_but_a_bare_program_does_not() {
        assert_eq!(
            named(&argv(&["sort", "a.txt", "--out=b.txt"])),
            ["/w/a.txt", "/w/--out=b.txt", "/w/b.txt"]
        );
        assert_eq!(named(&argv(&["./run", "{index}"])), ["/w/run", "/w/0"]);
        let script = named(&argv(&["sh", "-c", "cat a.txt|wc"]));
        assert!(script.contains(&"/w/a.txt".to_owned()), "{script:?}");
    }

    #[test]
    fn words_of_a_shell_are_found_within_quotes_and_between_operators() {
        let check = |text: &str, expected: &[&str]| {
            let found = named(&TaskSpec::new(Command::Shell(template(text)), "/w"));
            for path in expected {
                assert!(found.iter().any(|found| found == path), "{text}: {path} in {found:?}");
            }
        };
        check("cat <a.txt;wc b.txt|sort c.txt", &["/w/a.txt", "/w/b.txt", "/w/c.txt"]);
        check("cat 'my file' \"your file\" his\\ file", &["/w/my file", "/w/your file", "/w/his file"]);
        check("X=a.py python \"$(cat b.txt)\"", &["/w/a.py", "/w/b.txt"]);
        check("sh -c 'cat a.txt'", &["/w/a.txt"]);
        check("cat 'unfinished", &["/w/unfinished"]);
    }

    #[test]
    fn what_a_shell_writes_to_is_not_read() {
        let check = |text: &str, read: bool| {
            let found = named(&TaskSpec::new(Command::Shell(template(text)), "/w"));
            assert_eq!(found.iter().any(|path| path == "/w/log"), read, "{text}: {found:?}");
        };
        for text in
            ["date >log", "date >> log;", "date 2> log", "date >| log", "date &>log", "sh -c 'date > log'"]
        {
            check(text, false);
        }
        for text in ["cat log", "wc <log >n", "sort log > log", "tee >(cat log) <x", "[ 3 >2 ] && cat log"] {
            check(text, true);
        }
    }

    #[test]
    fn what_output_is_sent_to_is_not_read() {
        let check = |text: &str, expected: &[&str]| {
            let found = named(&TaskSpec::new(Command::Shell(template(text)), "/w"));
            assert_eq!(found, expected, "{text}");
        };
        check("sort <in >out", &["/w/in", "/w/sort"]);
        check("(a; b) >> log 2> err; c", &["/w/2", "/w/a", "/w/b", "/w/c"]);
        check("a >| 'out' && b", &["/w/a", "/w/b"]);
        check("a &> out <in", &["/w/a", "/w/in"]);
        check("sort a > a", &["/w/a", "/w/sort"]);
        check("tee >(b) <(c)", &["/w/b", "/w/c", "/w/tee"]);
        let arrow = named(&TaskSpec::new(Command::Shell(template("perl -e 'x => y'")), "/w"));
        assert!(arrow.contains(&"/w/y".to_owned()), "an arrow sends nothing anywhere: {arrow:?}");
    }

    #[test]
    fn what_the_key_leaves_out_is_not_read() {
        let mut task = argv(&["./run", "log.txt", "a.txt"]);
        task.inputs = vec![template("in.txt"), template("date.txt")];
        task.stdin = Stdin::File(template("in"));
        task.env = vec![("DATE".to_owned(), template("now"))];
        task.caching.ignore = ["date.txt", "log.txt", "stdin"].map(str::to_owned).to_vec();
        assert_eq!(named(&task), ["/w/run", "/w/a.txt"]);
        assert_eq!(declared(&task), [&task.inputs[0]]);
        assert_eq!(
            ignorable(&task),
            ["./run", "a.txt", "date.txt", "env.DATE", "in.txt", "log.txt", "stdin"]
        );
        task.caching.arguments = Arguments::Text;
        assert!(named(&task).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_has_words_that_are_absolute_paths(text in "[a'\"\\\\ ;=/.|é]{0,12}") {
            let task = TaskSpec::new(Command::Shell(Template::literal(&text)), "/w");
            prop_assert!(named(&task).iter().all(|path| path.starts_with('/')));
        }
    }
}
