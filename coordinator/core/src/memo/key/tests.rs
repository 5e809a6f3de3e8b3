//! Golden keys, and that different parts make different keys.

use super::*;
use proptest::prelude::*;

fn recipe() -> Recipe {
    Recipe {
        group: "align".to_owned(),
        version: String::new(),
        element: Element::Single,
        form: Form::Argv,
        words: vec![Some("align".to_owned()), Some("a b".to_owned())],
        files: Vec::new(),
        stdin: Feed::Null,
        env: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        capture: Capture::No,
        cwd: None,
        needs: Vec::new(),
    }
}

fn file(name: &str, content: u8) -> (String, ContentDigest) {
    (name.to_owned(), ContentDigest([content; 32]))
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn words(words: &[&str]) -> Vec<Option<String>> {
    words.iter().map(|&word| Some(word.to_owned())).collect()
}

/// The algorithm is frozen: results of every store are found by it. If this fails, it has to have another name.
#[test]
fn golden_keys() {
    let whole = Recipe {
        version: "2".to_owned(),
        element: Element::Axes(vec![pair("seed", "1"), pair("size", "l")], Some(7)),
        form: Form::Shell,
        words: vec![Some("align < a > b".to_owned()), None],
        files: vec![file("align.sh", 1)],
        stdin: Feed::File("in".to_owned(), ContentDigest([2; 32])),
        env: vec![pair("LC_ALL", "C")],
        inputs: vec![file("a", 3), file("/data/b", 4)],
        outputs: vec!["b".to_owned()],
        capture: Capture::Stdout,
        cwd: Some("sub".to_owned()),
        needs: vec![[5; 32], [6; 32]],
        ..recipe()
    };
    for (recipe, expected) in [
        (recipe(), "17d689f6edb19d2a44493e7836eb461f3b2c35ff79658f1c518e016179ff99a9"),
        (whole, "3d76d73c134d1b4efec47474db8848b350521a7b9ec98feb9968677430460b16"),
        (
            Recipe { element: Element::Index(3), stdin: Feed::Text("x".to_owned()), ..recipe() },
            "56322c9ccc7e6b246b5c3ed89c81da8c6f73884fa0722a08d8a844ffcb7022f9",
        ),
        (
            Recipe { element: Element::Item("s1".to_owned(), None), stdin: Feed::LeftOut, ..recipe() },
            "6b0cfa4bd1d37d5e1dc0b30f26ec6662be8163220e678fcd54485160af3cebe8",
        ),
    ] {
        assert_eq!(recipe.key().to_string(), expected);
    }
    assert_eq!(
        ContentDigest(combined([[1; 32], [2; 32]].into_iter())).to_string(),
        "9835a491bcb443c0672c56911f30b8bda5f01824b882f113e51e51407a2ae289"
    );
}

#[test]
fn parts_that_look_alike_are_kept_apart() {
    let base = recipe;
    let text = |text: &str| Feed::Text(text.to_owned());
    let item = |item: &str, index| Element::Item(item.to_owned(), index);
    let all = [
        base(),
        Recipe { words: words(&["align", "a", "b"]), ..base() },
        Recipe { words: words(&["align a b"]), ..base() },
        Recipe { words: words(&["align", "a b", ""]), ..base() },
        Recipe { words: vec![Some("align".to_owned()), None, Some("a b".to_owned())], ..base() },
        Recipe { words: words(&["aligna b"]), form: Form::Shell, ..base() },
        Recipe { words: words(&["aligna b"]), ..base() },
        Recipe { env: vec![pair("A", "B")], ..base() },
        Recipe { env: vec![pair("A", ""), pair("B", "")], ..base() },
        Recipe { env: vec![pair("A=B", "")], ..base() },
        Recipe { words: words(&["align", "a b", "A=B"]), ..base() },
        Recipe { stdin: text(""), ..base() },
        Recipe { stdin: text("A=B"), ..base() },
        Recipe { stdin: Feed::LeftOut, ..base() },
        Recipe { stdin: Feed::File("a".to_owned(), ContentDigest([1; 32])), ..base() },
        Recipe { inputs: vec![file("a", 1)], ..base() },
        Recipe { inputs: vec![file("a", 2)], ..base() },
        Recipe { files: vec![file("a", 1)], ..base() },
        Recipe { outputs: vec!["a".to_owned()], ..base() },
        Recipe { outputs: vec![String::new()], ..base() },
        Recipe { cwd: Some("a".to_owned()), ..base() },
        Recipe { cwd: Some(String::new()), ..base() },
        Recipe { version: "a".to_owned(), ..base() },
        Recipe { group: "aligna".to_owned(), ..base() },
        Recipe { capture: Capture::Stdout, ..base() },
        Recipe { needs: vec![[1; 32]], ..base() },
        Recipe { needs: vec![[1; 32], [1; 32]], ..base() },
        Recipe { element: Element::Index(0), ..base() },
        Recipe { element: Element::Index(1), ..base() },
        Recipe { element: item("1", None), ..base() },
        Recipe { element: item("1", Some(0)), ..base() },
        Recipe { element: Element::Axes(vec![pair("1", "")], None), ..base() },
        Recipe { element: Element::Axes(Vec::new(), None), ..base() },
    ];
    for (position, one) in all.iter().enumerate() {
        for other in &all[..position] {
            assert_ne!(one.key(), other.key(), "{one:?}\n{other:?}");
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ab=]{1,2}", "\\PC{0,3}"]
}

fn files() -> impl Strategy<Value = Vec<(String, ContentDigest)>> {
    proptest::collection::vec((text(), 0u8..2).prop_map(|(name, digest)| file(&name, digest)), 0..3)
}

fn element() -> impl Strategy<Value = Element> {
    let index = || proptest::option::of(0u32..3);
    let axes = proptest::collection::vec((text(), text()), 0..3);
    prop_oneof![
        Just(Element::Single),
        (0u32..3).prop_map(Element::Index),
        (text(), index()).prop_map(|(item, index)| Element::Item(item, index)),
        (axes, index()).prop_map(|(axes, index)| Element::Axes(axes, index)),
    ]
}

fn feed() -> impl Strategy<Value = Feed> {
    prop_oneof![
        Just(Feed::Null),
        Just(Feed::LeftOut),
        text().prop_map(Feed::Text),
        text().prop_map(|name| Feed::File(name, ContentDigest([1; 32]))),
    ]
}

prop_compose! {
    fn any_recipe()(
        group in text(), version in text(), element in element(), shell: bool,
        words in proptest::collection::vec(proptest::option::of(text()), 0..3),
        (files, inputs) in (files(), files()), stdin in feed(),
        env in proptest::collection::vec((text(), text()), 0..3),
        outputs in proptest::collection::vec(text(), 0..3), stdout: bool, cwd in proptest::option::of(text()),
        needs in proptest::collection::vec((0u8..2).prop_map(|byte| [byte; 32]), 0..3),
    ) -> Recipe {
        Recipe {
            group, version, element, words, files, inputs, stdin, env, outputs, cwd, needs,
            form: if shell { Form::Shell } else { Form::Argv },
            capture: if stdout { Capture::Stdout } else { Capture::No },
        }
    }
}

/// Takes one part of `other` into `one`.
fn mix(one: &Recipe, other: &Recipe, part: u8) -> Recipe {
    let (mut mixed, other) = (one.clone(), other.clone());
    match part {
        0 => mixed.group = other.group,
        1 => mixed.version = other.version,
        2 => mixed.element = other.element,
        3 => mixed.form = other.form,
        4 => mixed.words = other.words,
        5 => mixed.files = other.files,
        6 => mixed.stdin = other.stdin,
        7 => mixed.env = other.env,
        8 => mixed.inputs = other.inputs,
        9 => mixed.outputs = other.outputs,
        10 => mixed.capture = other.capture,
        11 => mixed.cwd = other.cwd,
        _ => mixed.needs = other.needs,
    }
    mixed
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn keys_are_equal_exactly_if_everything_is(one in any_recipe(), other in any_recipe(), part in 0u8..13) {
        prop_assert_eq!(one == other, one.key() == other.key());
        let mixed = mix(&one, &other, part);
        prop_assert_eq!(one == mixed, one.key() == mixed.key());
    }
}
