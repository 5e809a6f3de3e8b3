//! The word that somebody probably meant.

/// The candidate nearest to `word`, if one is near enough to be worth a hint.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let far = 1 + word.chars().count() / 4;
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= far && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean 'WORD'?`, or nothing: the end of a sentence about a word that is not known.
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, candidates) {
        Some(known) => format!("; did you mean '{known}'?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_word_is_offered_and_a_far_one_is_not() {
        let known = ["memory", "retries", "env", "time_limit", "cpus"];
        for (word, expected) in [
            ("memroy", Some("memory")),
            ("retrys", Some("retries")),
            ("cpu", Some("cpus")),
            ("timelimit", Some("time_limit")),
            ("colour", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
        assert_eq!(hint("memroy", known), "; did you mean 'memory'?");
        assert_eq!(hint("colour", known), "");
    }
}
