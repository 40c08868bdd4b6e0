//! Families of texts whose keys are put together at run time, held from both sides: the texts that
//! the code can ask for are read out of the code, and those are the ones that there are. A text
//! that is taken away, and one that nobody asks for any more, both fail.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use strum::VariantArray;
use surety::accounts::zones;
use surety::admission::application::Status as ApplicationStatus;
use surety::kernel::locale::Locale;
use surety::kernel::texts::Texts;
use surety::notifications::Audience;
use surety::orders::payment::Unmatched;
use surety::trust::BadgeState;
use surety::trust::promise::PROMISES;

type Keys = BTreeSet<String>;

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found
}

fn contents(folder: &str, extension: &str) -> Vec<String> {
    let read = |path| std::fs::read_to_string(path).expect("a text");
    files(folder, extension).into_iter().map(read).collect()
}

/// The texts of a language that begin so, as they are written.
fn written(locale: Locale, beginning: &str) -> Keys {
    let files = contents(&format!("locales/{}", locale.tag()), "ftl");
    let keys = files.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(" ="));
    let keys = keys.map(|(key, _)| key).filter(|key| key.starts_with(beginning));
    keys.map(str::to_owned).collect()
}

/// Holds a family in each language to what is asked for.
fn hold(beginning: &str, asked_for: &Keys) {
    assert!(asked_for.iter().all(|key| key.starts_with(beginning)), "{asked_for:?}");
    assert!(asked_for.len() > 3, "{beginning}: what asks for it is not found any more");
    for locale in Locale::ALL {
        let texts = Texts::new(locale);
        let there = written(locale, beginning);
        let missing: Vec<_> = asked_for.iter().filter(|key| !texts.has(key)).collect();
        assert!(missing.is_empty(), "{locale:?} lacks {missing:#?}");
        let idle: Vec<_> = there.difference(asked_for).collect();
        assert!(idle.is_empty(), "{locale:?} has what nobody asks for: {idle:#?}");
    }
}

fn keys<'a>(beginning: &str, words: impl IntoIterator<Item = &'a str>) -> Keys {
    words.into_iter().map(|word| format!("{beginning}{}", word.replace('_', "-"))).collect()
}

/// `?done=KEY`, and the one place where the key is chosen among several.
#[test]
fn each_notice_after_a_form_has_its_words() {
    let mut asked_for = keys("done-", ["review-approved", "review-rejected", "review-asked"]);
    asked_for.insert("done-review-approved-suspended".to_owned());
    let mut chosen = Keys::new();
    for text in contents("src", "rs") {
        for rest in text.split("?done=").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-');
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            if !word.is_empty() {
                asked_for.insert(format!("done-{word}"));
            } else if let Some(name) = after.strip_prefix('{') {
                chosen.extend(name.split('}').next().map(str::to_owned));
            }
        }
    }
    let known = ["notice".to_owned()].into();
    assert_eq!(chosen, known, "another key is chosen at run time: list its words here");
    hold("done-", &asked_for);
}

/// What a badge or an application stands at, on the merchant's first page.
#[test]
fn each_standing_of_a_shop_has_its_words() {
    let mut asked_for = keys("standing-", ["chip-none", "none", "none-more", "none-next"]);
    for state in BadgeState::ALL {
        let key = format!("standing-badge-{}", state.name());
        asked_for.extend(["", "-chip", "-at", "-more", "-next"].map(|part| format!("{key}{part}")));
    }
    use ApplicationStatus as Is;
    for status in Is::ALL {
        let key = format!("standing-{}", status.name());
        asked_for.extend(["", "-more", "-next"].map(|part| format!("{key}{part}")));
        if !matches!(status, Is::Draft | Is::Approved | Is::Withdrawn) {
            asked_for.insert(format!("{key}-at"));
        }
    }
    asked_for.extend(["standing-late-at", "standing-late-more"].map(str::to_owned));
    let promises = PROMISES.iter().filter(|key| key.starts_with("standing-"));
    asked_for.extend(promises.map(|key| format!("{key}-until-fund")));
    hold("standing-", &asked_for);
}

#[test]
fn each_reason_to_send_money_back_has_its_words() {
    hold("unmatched-", &keys("unmatched-", super::texts::words(Unmatched::VARIANTS)));
}

/// The journals that touch a merchant's account, as the audit lists them: the lines of a statement.
#[test]
fn each_line_of_a_statement_has_its_words() {
    let audit =
        contents("src/db/functions", "sql").into_iter().find(|sql| sql.contains("'escrow- fees+"));
    let audit = audit.expect("what each kind of journal may move");
    let list = audit.split("CASE kind").find(|part| part.contains("'escrow- fees+"));
    let kinds = list.unwrap_or_default().split("ELSE").next().unwrap_or_default();
    let rows = kinds.split("WHEN '").skip(1).filter(|row| row.contains("merchant"));
    let kinds: Vec<&str> = rows.filter_map(|row| row.split('\'').next()).collect();
    hold("journal-", &keys("journal-", kinds));
}

#[test]
fn each_zone_on_offer_has_its_words() {
    let now = "2026-11-22T12:00:00Z".parse().expect("a time");
    let offered = zones::options(Locale::En, now, Tz::UTC);
    let names: Vec<_> =
        offered.iter().map(|(name, _)| name.to_lowercase().replace('/', "-")).collect();
    hold("zone-", &keys("zone-", names.iter().map(String::as_str)));
}

/// Messages that lead nowhere: they are about what is over, or go to who has nothing here.
const WITHOUT_A_BUTTON: [&str; 5] = [
    "order-cancelled-unpaid",
    "order-expired",
    "order-address-was-wrong",
    "payment-unmatched",
    "return-unmatched-sent",
];

/// The texts in quotes in what is not a test.
fn literals(code: &str) -> impl Iterator<Item = &str> {
    let code = code.split("#[cfg(test)]").next().unwrap_or_default();
    code.split(['"', '\''])
}

/// `name` is the reader's in every message: a text about somebody else must not use it.
#[test]
fn the_name_of_the_reader_stands_in_the_greeting_alone() {
    for locale in Locale::ALL {
        for text in contents(&format!("locales/{}", locale.tag()), "ftl") {
            let mut key = "";
            for line in text.lines() {
                key = line.split_once(" =").map_or(key, |(key, _)| key);
                let is_message = key.starts_with("mail-") && key != "mail-greeting";
                assert!(!(is_message && line.contains("{ $name }")), "{locale:?} {key}");
            }
        }
    }
}

/// `AUDIENCE:MESSAGE`, wherever the program or the database writes it; and the messages of
/// accounts and badges, whose audience is put before them elsewhere.
#[test]
fn each_message_has_its_mail() {
    let mut messages: BTreeSet<String> = BTreeSet::new();
    for text in contents("src", "rs").iter().chain(&contents("src/db/functions", "sql")) {
        messages.extend(literals(text).filter_map(Audience::parse).map(|(_, m)| m.to_owned()));
    }
    for (folder, beginning) in [("src/accounts/commands", "accounts-"), ("src/trust", "badge-")] {
        let before = messages.len();
        for text in contents(folder, "rs") {
            let is_word = |l: &str| l.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            let named = literals(&text).filter(|l| l.starts_with(beginning) && is_word(l));
            messages.extend(named.map(str::to_owned));
        }
        assert!(messages.len() > before, "no messages in {folder}");
    }
    let mut asked_for = Keys::new();
    for message in &messages {
        asked_for.insert(format!("mail-{message}-subject"));
        asked_for.insert(format!("mail-{message}-body"));
        if !WITHOUT_A_BUTTON.contains(&message.as_str()) {
            asked_for.insert(format!("mail-{message}-action"));
        }
    }
    // The frame of every mail; and the sample that the outbox is tried with in development.
    asked_for.extend(
        ["greeting", "greeting-nameless", "action", "copy-link", "why"]
            .map(|k| format!("mail-{k}")),
    );
    asked_for.extend(["subject", "body", "action"].map(|part| format!("mail-dev-sample-{part}")));
    hold("mail-", &asked_for);
}
