//! A Damerau-Levenshtein distance in which the slips that impostors rely on cost less than others.

/// The cost of an ordinary insertion, deletion or substitution.
const PLAIN: u32 = 5;
/// The cost of a swap, a doubled letter, a neighbouring key or another vowel.
const SLIP: u32 = 4;

const KEY_ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// How many edits (1 or 2) turn `one` into `other`, if they look alike. Short names have more
/// honest neighbours, so they are allowed less: up to 3 symbols nothing, 4 one slip, 5 one edit, 6
/// and 7 two edits of which one is a slip, from 8 two edits. The first symbol, which the eye sees
/// first, may change only in names of 6 symbols or more, as the only edit.
pub(super) fn typo(one: &[char], other: &[char]) -> Option<u8> {
    let shorter = one.len().min(other.len());
    let budget = match shorter {
        0..=3 => return None,
        4 => SLIP,
        5 => PLAIN,
        6 | 7 => PLAIN + SLIP,
        _ => PLAIN + PLAIN,
    };
    let same_start = one.first() == other.first()
        || (one.get(..2).map(|pair| [pair[1], pair[0]]).as_ref().map(|pair| &pair[..]))
            == other.get(..2);
    let budget = match (same_start, shorter) {
        (true, _) => budget,
        (false, 6..) => PLAIN,
        (false, _) => return None,
    };
    let cost = distance(one, other, budget)?;
    (cost > 0).then_some(if cost <= PLAIN { 1 } else { 2 })
}

/// The optimal string alignment distance; `None` if above `limit`.
fn distance(one: &[char], other: &[char], limit: u32) -> Option<u32> {
    if one.len().abs_diff(other.len()) > 2 {
        return None;
    }
    let width = other.len() + 1;
    let (mut before, mut above) = (vec![0; width], vec![0; width]);
    let mut row = vec![0; width];
    for column in 1..width {
        above[column] = above[column - 1] + gap(other, column - 1);
    }
    for (i, &from) in one.iter().enumerate() {
        row[0] = above[0] + gap(one, i);
        let mut least = row[0];
        for (j, &to) in other.iter().enumerate() {
            let mut cost = (above[j] + change(from, to))
                .min(above[j + 1] + gap(one, i))
                .min(row[j] + gap(other, j));
            if i > 0 && j > 0 && from != to && from == other[j - 1] && one[i - 1] == to {
                cost = cost.min(before[j - 1] + SLIP);
            }
            row[j + 1] = cost;
            least = least.min(cost);
        }
        // A swap may still reach back one row, so check both.
        if least > limit && above.iter().all(|&cost| cost > limit) {
            return None;
        }
        std::mem::swap(&mut before, &mut above);
        std::mem::swap(&mut above, &mut row);
    }
    above.last().copied().filter(|&cost| cost <= limit)
}

/// The cost of an extra or missing letter; one that doubles its neighbour is easily overlooked.
fn gap(text: &[char], place: usize) -> u32 {
    let doubles = |neighbour: Option<&char>| neighbour == Some(&text[place]);
    let before = place.checked_sub(1).and_then(|before| text.get(before));
    if doubles(before) || doubles(text.get(place + 1)) { SLIP } else { PLAIN }
}

fn change(from: char, to: char) -> u32 {
    if from == to {
        0
    } else if are_keys_adjacent(from, to) || (is_vowel(from) && is_vowel(to)) {
        SLIP
    } else {
        PLAIN
    }
}

/// Includes `l`, because folding turns `i` into `l`.
fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'l' | 'o' | 'u' | 'y')
}

fn are_keys_adjacent(one: char, other: char) -> bool {
    KEY_ROWS.iter().any(|row| match (row.find(one), row.find(other)) {
        (Some(a), Some(b)) => a.abs_diff(b) == 1,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edits(one: &str, other: &str) -> Option<u8> {
        let letters = |text: &str| text.chars().collect::<Vec<_>>();
        typo(&letters(one), &letters(other))
    }

    #[test]
    fn slips_are_seen_and_honest_neighbours_are_not() {
        for (one, other, expected) in [
            ("amazon", "amazno", Some(1)),
            ("amazon", "amazzon", Some(1)),
            ("amazon", "amazons", Some(1)),
            ("amazon", "ammazno", Some(2)),
            ("paypal", "qaypal", Some(1)),
            ("taobao", "atobao", Some(1)),
            ("brightlamps", "brghtlamp", Some(2)),
            ("amazon", "amazon", None),
            ("tea", "sea", None),
            ("lamp", "camp", None),
            ("lamp", "land", None),
            ("orange", "change", None),
            ("market", "basket", None),
            ("brightlamps", "brightdesks", None),
        ] {
            assert_eq!(edits(one, other), expected, "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn is_symmetric(one in "[a-e]{3,9}", other in "[a-e]{3,9}") {
            prop_assert_eq!(edits(&one, &other), edits(&other, &one));
        }

        #[test]
        fn any_one_slip_in_a_long_name_is_found(name in "[a-z]{8,14}", at in 1_usize..7) {
            let mut swapped: Vec<char> = name.chars().collect();
            swapped.swap(at, at + 1);
            let swapped: String = swapped.into_iter().collect();
            prop_assert_eq!(edits(&name, &swapped), (name != swapped).then_some(1));
            let mut missing = name.clone();
            missing.remove(at);
            prop_assert_eq!(edits(&name, &missing), Some(1));
        }
    }
}
