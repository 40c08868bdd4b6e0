//! Decides whether an unknown domain or name looks like that of a known merchant. See [`Reason`]
//! for what counts. When in doubt the answer is no, because calling an honest shop an impostor does
//! harm too. Sources: UTS #39 §4 (skeletons), UTS #46 (punycode), the specification's chapter on
//! authentication.

mod edits;
mod fold;
mod words;

#[cfg(test)]
mod cases;

use super::domain_name::DomainName;
use edits::typo;
use fold::{is_cjk, light, strong};
pub use fold::{name_key, poses_as_operator};
use std::collections::HashSet;
use words::{Added, is_added, is_generic, without_claim, without_common_end};

/// Why a domain looks like another, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The whole known domain is contained: `shop.example.evil.top`, `shop-example.top`.
    DomainInside,
    /// Letters or digits that look the same: Cyrillic `а`, `1` for `l`, `rn` for `m`.
    LookAlikeLetters,
    /// The same name under another suffix: `brightlamps.top` for `brightlamps.example`.
    OtherTopLevel,
    /// The name as a subdomain of something else: `brightlamps.evil.top`.
    BrandAsSubdomain,
    /// The name with words such as `-login`, `secure` or `pay` added.
    AddedWord,
    /// The merchant's display name, if it differs from the domain: `mingliang` for Mingliang Lamps.
    MerchantName,
    /// Letters missing, doubled, swapped or mistyped.
    Typo {
        /// 1 or 2.
        edits: u8,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    pub index: usize,
    pub resembles: DomainName,
    pub reason: Reason,
}

/// The verified domains, folded once. A query of 10,000 takes about 5 ms in a release build.
#[derive(Debug, Default)]
pub struct LookAlikeIndex {
    known: Vec<Known>,
    registrable: HashSet<String>,
}

#[derive(Debug)]
struct Known {
    domain: DomainName,
    /// The registrable domain between dots, with every hyphen as a dot.
    dotted: String,
    whole: String,
    label: Label,
    /// The key of the display name; `None` if it is too short or too common to be distinctive.
    name: Option<String>,
}

/// One label of a domain in its foldings; only `raw` and `hyphenated` keep hyphens.
#[derive(Debug)]
struct Label {
    raw: String,
    hyphenated: String,
    light: String,
    strong: String,
    symbols: Vec<char>,
    is_generic: bool,
    is_cjk: bool,
}

impl Label {
    fn new(raw: &str) -> Self {
        let hyphenated = light(raw);
        let light = hyphenated.replace('-', "");
        Self {
            strong: strong(&hyphenated),
            symbols: light.chars().collect(),
            is_generic: is_generic(raw),
            is_cjk: is_cjk(raw),
            raw: raw.to_owned(),
            hyphenated,
            light,
        }
    }

    /// How distinctive the label is, in Latin letters; an ideograph counts as two.
    fn weight(&self) -> usize {
        self.symbols.len() * if self.is_cjk { 2 } else { 1 }
    }
}

struct Unknown {
    label: Label,
    suffix: String,
    in_front: Vec<Label>,
    /// Everything before the suffix, between dots; then the same with hyphens as dots.
    before_suffix: String,
    before_suffix_dotted: String,
    /// The registrable label between dots, with hyphens as dots.
    label_dotted: String,
    /// The label without an added claim, to find typing errors in such names.
    without_claim: Option<Vec<char>>,
}

impl Unknown {
    fn new(domain: &DomainName) -> Self {
        let label = Label::new(&domain.brand_label());
        let host = domain.as_str();
        let suffix = suffix_of(domain).to_owned();
        let before = &host[..host.len() - suffix.len() - 1];
        let in_front = &host[..host.len() - domain.registrable().len()];
        let in_front = in_front.split('.').filter(|label| !label.is_empty());
        let ascii_label = before.rsplit('.').next().unwrap_or_default();
        Self {
            in_front: in_front.map(|l| Label::new(&idna::domain_to_unicode(l).0)).collect(),
            before_suffix: format!(".{before}."),
            before_suffix_dotted: format!(".{}.", before.replace('-', ".")),
            label_dotted: format!(".{}.", ascii_label.replace('-', ".")),
            without_claim: without_claim(&label.light).map(|rest| rest.chars().collect()),
            label,
            suffix,
        }
    }
}

impl LookAlikeIndex {
    /// Takes each known domain with the display name of its merchant, which may be empty.
    pub fn new<N: AsRef<str>>(known: impl IntoIterator<Item = (DomainName, N)>) -> Self {
        let mut index = Self::default();
        for (domain, name) in known {
            index.registrable.insert(domain.registrable().to_owned());
            let key = name_key(name.as_ref());
            let weight = key.chars().count() * if is_cjk(&key) { 2 } else { 1 };
            index.known.push(Known {
                dotted: format!(".{}.", domain.registrable().replace('-', ".")),
                whole: format!(".{}.", domain.registrable()),
                label: Label::new(&domain.brand_label()),
                name: (weight >= 6 && !is_generic(&key)).then_some(key),
                domain,
            });
        }
        index
    }

    /// The known domain that `unknown` looks most like. `None` if `unknown` is one of the known
    /// domains or shares its registrable domain with one.
    pub fn find(&self, unknown: &DomainName) -> Option<LookAlike> {
        if self.registrable.contains(unknown.registrable()) {
            return None;
        }
        let unknown = Unknown::new(unknown);
        let hits = self.known.iter().enumerate().filter_map(|(index, known)| {
            let reason = known.reason(&unknown)?;
            // Between equal reasons, prefer the longer name.
            Some((reason, usize::MAX - known.label.weight(), index))
        });
        let (reason, _, index) = hits.min()?;
        let resembles = self.known.get(index)?.domain.clone();
        Some(LookAlike { index, resembles, reason })
    }
}

impl Known {
    fn reason(&self, unknown: &Unknown) -> Option<Reason> {
        if self.is_inside(unknown) {
            return Some(Reason::DomainInside);
        }
        let same_suffix = suffix_of(&self.domain) == unknown.suffix;
        if let Some(reason) = self.same_look(&unknown.label, same_suffix) {
            return Some(reason);
        }
        if self.label.is_generic {
            return None;
        }
        let own = |label: &Label| label.light == self.label.light || self.has_added(label);
        if self.label.weight() >= 5 && unknown.in_front.iter().any(own) {
            return Some(Reason::BrandAsSubdomain);
        }
        if self.has_added(&unknown.label) {
            return Some(Reason::AddedWord);
        }
        if self.name.as_deref().is_some_and(|name| is_name(name, &unknown.label)) {
            return Some(Reason::MerchantName);
        }
        self.typo(unknown).map(|edits| Reason::Typo { edits })
    }

    /// Real dots always count. Hyphens in place of dots must make up the whole label if the name is
    /// short or an everyday word (`my-shop.top` and `visit-my-shop.com` for `my.shop`).
    fn is_inside(&self, unknown: &Unknown) -> bool {
        let weak = self.label.is_generic || self.label.weight() < 4;
        unknown.before_suffix.contains(&self.whole)
            || unknown.label_dotted == self.dotted
            || (!weak && unknown.before_suffix_dotted.contains(&self.dotted))
    }

    fn same_look(&self, label: &Label, same_suffix: bool) -> Option<Reason> {
        let own = &self.label;
        if own.raw == label.raw {
            return (!own.is_generic && own.weight() >= 2).then_some(Reason::OtherTopLevel);
        }
        let telling = same_suffix || !own.is_generic;
        if own.light == label.light {
            let foreign = !own.raw.is_ascii() || !label.raw.is_ascii();
            let digits = [own, label].iter().any(|l| l.raw.bytes().any(|b| b.is_ascii_digit()));
            let least = match (foreign, digits) {
                (true, _) => 2,
                (false, true) => 3,
                // `mail` and `mall` are both honest words.
                (false, false) => 5,
            };
            if !telling || own.weight() < least {
                return None;
            }
            let only_hyphens = own.raw.replace('-', "") == label.raw.replace('-', "");
            return Some(match (only_hyphens, same_suffix) {
                (true, true) => Reason::Typo { edits: 1 },
                (true, false) => Reason::OtherTopLevel,
                (false, _) => Reason::LookAlikeLetters,
            });
        }
        let same = own.strong == label.strong && telling && own.weight() >= 5;
        same.then_some(Reason::LookAlikeLetters)
    }

    /// The brand with only added words around it. See [`Added`] for which words count.
    fn has_added(&self, label: &Label) -> bool {
        let (brand, weight) = (self.label.light.as_str(), self.label.weight());
        if self.label.is_generic || weight < 2 {
            return false;
        }
        if has_token(brand, weight, label) {
            return true;
        }
        match weight {
            0..=3 => false,
            4 | 5 => has_brand_and(brand, &label.light, Added::Security),
            _ => has_brand_and(brand, &label.light, Added::Trade),
        }
    }

    fn typo(&self, unknown: &Unknown) -> Option<u8> {
        let (own, other) = (&self.label, &unknown.label);
        if own.is_cjk || other.is_cjk {
            // Another ideograph makes another word, so only long names may differ in one.
            let alike = own.symbols.len() >= 5 && own.symbols.len() == other.symbols.len();
            let differing = own.symbols.iter().zip(&other.symbols).filter(|(a, b)| a != b).count();
            return (alike && own.symbols.first() == other.symbols.first() && differing == 1)
                .then_some(1);
        }
        let numeric = |label: &Label| label.raw.bytes().all(|b| b.is_ascii_digit());
        if other.is_generic || numeric(own) || numeric(other) {
            return None;
        }
        latin_typo(own, other).or_else(|| {
            let bare = unknown.without_claim.as_ref()?;
            typo(&own.symbols, bare)
        })
    }
}

/// A typing error between two Latin labels. A shared ending such as `shop` must not make the rest
/// look more alike (`toyshop`, `teashop`).
fn latin_typo(own: &Label, other: &Label) -> Option<u8> {
    // Fail fast, since this runs for every known domain.
    if own.symbols.len().abs_diff(other.symbols.len()) > 2 {
        return None;
    }
    let edits = typo(&own.symbols, &other.symbols)?;
    if let (Some((a, end_a)), Some((b, end_b))) =
        (without_common_end(&own.light), without_common_end(&other.light))
        && end_a == end_b
    {
        let symbols = |text: &str| text.chars().collect::<Vec<_>>();
        return typo(&symbols(a), &symbols(b));
    }
    Some(edits)
}

/// The brand set off by hyphens, with claims around it: `jd-login`, `58-pay`. Beside a brand of ten
/// or more letters any words count.
fn has_token(brand: &str, weight: usize, label: &Label) -> bool {
    let tokens: Vec<&str> = label.hyphenated.split('-').collect();
    let Some(place) = tokens.iter().position(|token| *token == brand) else {
        return false;
    };
    let mut rest = tokens.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, token)| token);
    tokens.len() > 1 && (weight >= 10 || rest.all(|token| is_added(token, Added::Claims)))
}

fn has_brand_and(brand: &str, text: &str, added: Added) -> bool {
    text.len() > brand.len()
        && text.match_indices(brand).any(|(at, _)| {
            let (before, after) = (&text[..at], &text[at + brand.len()..]);
            [before, after].iter().all(|rest| rest.is_empty() || is_added(rest, added))
        })
}

fn is_name(key: &str, label: &Label) -> bool {
    label.light == key || has_brand_and(key, &label.light, Added::Trade)
}

fn suffix_of(domain: &DomainName) -> &str {
    domain.registrable().split_once('.').map_or("", |(_, suffix)| suffix)
}

/// Whether two display names are equal but for case, spaces, punctuation, look-alike letters and
/// company suffixes or, for Latin names, one or two slips.
pub fn names_look_alike(a: &str, b: &str) -> bool {
    let (key_a, key_b) = (name_key(a), name_key(b));
    if key_a.is_empty() || key_b.is_empty() {
        return false;
    }
    if key_a == key_b || strong(&key_a) == strong(&key_b) {
        return true;
    }
    !is_cjk(&key_a)
        && !is_cjk(&key_b)
        && latin_typo(&Label::new(&key_a), &Label::new(&key_b)).is_some()
}
