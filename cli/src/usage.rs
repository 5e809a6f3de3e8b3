//! What is wrong with a command line, in our own voice.

/// The library's paragraphs as one sentence; of the usage only the command remains, whose help says the rest.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let mut command = "godwit".to_owned();
    let mut told = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(usage) = line.strip_prefix("Usage: ") {
            let words = usage.split(' ').take_while(|word| !word.starts_with(['[', '<', '-']));
            command = words.collect::<Vec<_>>().join(" ");
            break;
        }
        if line.starts_with("For more information") {
            break;
        }
        let line = line.trim_start_matches("tip: ");
        let glue = match told.chars().last() {
            None => "",
            Some(':') => " ",
            Some(_) if line.starts_with('<') || line.starts_with('-') => ", ",
            Some(_) => "; ",
        };
        told.push_str(glue);
        told.push_str(line);
    }
    format!("{told}; see '{command} --help'")
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn wrong_usage_is_one_sentence() {
        let check = |text: &str, expected: &str| assert_eq!(sentence(text), expected);
        check(
            "error: unexpected argument '--cpu' found\n\n  tip: a similar argument exists: '--cpus'\n\n\
             Usage: godwit run --cpus <N> <FILE>\n\nFor more information, try '--help'.\n",
            "unexpected argument '--cpu' found; a similar argument exists: '--cpus'; see 'godwit run --help'",
        );
        check(
            "error: the following required arguments were not provided:\n  <A>\n  <B>\n\nUsage: godwit x <A> <B>\n",
            "the following required arguments were not provided: <A>, <B>; see 'godwit x --help'",
        );
        check(
            "error: invalid value 'xml' for '--output'\n  [possible values: a, b]\n\nFor more information, try '--help'.",
            "invalid value 'xml' for '--output'; [possible values: a, b]; see 'godwit --help'",
        );
    }
}
