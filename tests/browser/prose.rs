//! Finds English where a reader of Chinese would meet it.

/// What Chinese readers know in Latin letters: names, and what is not called anything else.
const KNOWN: [&str; 20] = [
    "PDF", "JPEG", "KB", "MB", "Surety", "English", "CSV", "JSON", "Lines", "PIN", "QR", "UTC",
    "IBAN", "CNY", "EUR", "GBP", "JPY", "USD", "Chrome", "Linux",
];

/// What a page says to eyes and to screen readers, a block or an attribute a line. What is marked
/// as English is left out, such as the button that leads to it, and what is not to be translated,
/// such as a key.
pub const PROSE: &str = r#"
const lines = [document.title, document.querySelector("meta[name=description]")?.content];
const isOurs = (e) => !e.closest("script, style, [lang^=en], [translate=no]");
const blockOf = (e) => {
  while (e.parentElement && getComputedStyle(e).display.startsWith("inline")) e = e.parentElement;
  return e;
};
let last = null;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const parent = walker.currentNode.parentElement;
  if (!isOurs(parent)) continue;
  const block = blockOf(parent);
  if (block !== last) lines.push("");
  lines[lines.length - 1] += walker.currentNode.data.replace(/\s+/g, " ");
  last = block;
}
const said = "aria-label title alt placeholder data-label data-busy data-done";
for (const name of said.split(" "))
  for (const e of document.querySelectorAll(`[${name}]`))
    if (isOurs(e)) lines.push(e.getAttribute(name));
return lines.filter(Boolean).join("\n");
"#;

/// The runs of Latin words in a text that are no names. An address, a token with a digit in it and
/// a reference number are let through: `https://…`, `name@example.com`, `shop.example`,
/// `SF1029384756`, `TM-WRBZ-YMXV`.
pub fn english_of(text: &str) -> Vec<String> {
    let is_latin = |c: char| matches!(c, '!'..='~' | ' ' | '’');
    let mut runs: Vec<Vec<&str>> = Vec::new();
    for stretch in text.split(|c| !is_latin(c)) {
        runs.push(Vec::new());
        for token in stretch.split_whitespace() {
            if is_address(token) || is_reference(token) {
                runs.push(Vec::new());
            } else if let Some(run) = runs.last_mut() {
                run.push(token);
            }
        }
    }
    let is_english = |run: &Vec<&str>| run.iter().any(|token| has_unknown_word(token));
    runs.into_iter().filter(is_english).map(|run| run.join(" ")).collect()
}

fn is_address(token: &str) -> bool {
    // A name in Chinese may go on in Latin letters: `.example`.
    let inside = token.trim_end_matches(|c: char| c.is_ascii_punctuation());
    let inside = inside.trim_start_matches(|c: char| c.is_ascii_punctuation() && c != '.');
    inside.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | '/' | '@' | ':'))
}

/// Whether a token is a reference number of ours, which may happen to have no digit.
fn is_reference(token: &str) -> bool {
    let inside = token.trim_matches(|c: char| c.is_ascii_punctuation());
    let groups: Vec<&str> = inside.split('-').collect();
    let is_capital = |group: &&str| group.chars().all(|c| c.is_ascii_uppercase());
    groups.len() > 2 && groups.iter().all(is_capital) && groups[1..].iter().all(|g| g.len() == 4)
}

fn has_unknown_word(token: &str) -> bool {
    let words = token.split(|c: char| !c.is_ascii_alphabetic());
    words.filter(|word| !word.is_empty()).any(|word| !KNOWN.contains(&word))
}

/// Whether a text has Chinese characters in it.
pub fn is_chinese(text: &str) -> bool {
    text.contains(|c| matches!(c, '\u{4e00}'..='\u{9fff}'))
}

#[test]
fn words_of_english_are_told_from_names_and_addresses() {
    let fine = "信保 Surety，下载 CSV；name@example.com（UTC+8），https://shop.example/way/in、\
        TM-WRBZ-YMXV。中国.example";
    assert_eq!(english_of(fine), [""; 0]);
    assert_eq!(english_of("请在 by Friday, 14:00 前 Sign in。"), ["by Friday,", "Sign in"]);
    assert_eq!(english_of("a-missing-key"), ["a-missing-key"]);
    assert_eq!(english_of("ON-SALE-UNTIL-NOON"), ["ON-SALE-UNTIL-NOON"]);
    assert!(is_chinese("¥1 已") && !is_chinese("¥1 — held…"));
}
