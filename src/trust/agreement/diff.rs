//! The differences between two texts, by paragraph. Pure.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    Kept(&'a str),
    Added(&'a str),
    Removed(&'a str),
}

/// More than an agreement has. Beyond this, everything counts as changed.
const PARAGRAPHS_MAX: usize = 500;

/// Paragraphs are separated by an empty line.
pub fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()).collect()
}

/// Keeps a longest common subsequence of paragraphs.
pub fn diff<'a>(older: &'a str, newer: &'a str) -> Vec<Part<'a>> {
    let (old, new) = (paragraphs(older), paragraphs(newer));
    if old.len() > PARAGRAPHS_MAX || new.len() > PARAGRAPHS_MAX {
        let removed = old.into_iter().map(Part::Removed);
        return removed.chain(new.into_iter().map(Part::Added)).collect();
    }
    // Length of the longest common subsequence of `old[i..]` and `new[j..]`.
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut parts) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            parts.push(Part::Kept(new[j]));
            (i, j) = (i + 1, j + 1);
        } else if j == new.len() || i < old.len() && common[i + 1][j] >= common[i][j + 1] {
            parts.push(Part::Removed(old[i]));
            i += 1;
        } else {
            parts.push(Part::Added(new[j]));
            j += 1;
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::Part::{Added, Kept, Removed};
    use super::*;

    #[test]
    fn paragraphs_are_kept_added_and_removed() {
        let old = "Title\n\n1. One\nfirst\n\n2. Two\nsecond\n\n3. Three\n";
        let new = "Title\n\n1. One\nfirst\n\n2. Two\nchanged\n\n3. Three\n\n4. Four\n";
        assert_eq!(
            diff(old, new),
            [
                Kept("Title"),
                Kept("1. One\nfirst"),
                Removed("2. Two\nsecond"),
                Added("2. Two\nchanged"),
                Kept("3. Three"),
                Added("4. Four"),
            ]
        );
        assert_eq!(diff("", "a"), [Added("a")]);
        assert_eq!(diff("a", ""), [Removed("a")]);
        assert!(diff(old, old).iter().all(|p| matches!(p, Kept(_))));
    }

    #[test]
    fn every_paragraph_of_both_is_there_in_its_order() {
        let texts = ["a\n\nb\n\nc\n\nd", "b\n\nd\n\na", "x", "", "a\n\na\n\nb"];
        for old in texts {
            for new in texts {
                let parts = diff(old, new);
                let of = |keep: fn(&Part<'_>) -> bool| -> Vec<String> {
                    let kept = parts.iter().filter(|p| keep(p));
                    kept.map(|p| match p {
                        Kept(t) | Added(t) | Removed(t) => (*t).to_owned(),
                    })
                    .collect()
                };
                assert_eq!(of(|p| !matches!(p, Added(_))), paragraphs(old));
                assert_eq!(of(|p| !matches!(p, Removed(_))), paragraphs(new));
            }
        }
    }
}
