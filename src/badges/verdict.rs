//! The verdict that a page leads with.

use super::lookup::Found;
use super::memory::Shown;
use super::state::{Elsewhere, Origin};
use crate::kernel::domain_name::DomainName;
use crate::kernel::locale::Locale;
use crate::kernel::look_alike::Reason;
use crate::kernel::merchant_code::MerchantCode;
use crate::kernel::texts::{Arg, Texts};
use crate::trust::public_record::PublicRecord;

/// Colour and icon only repeat the heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Verdict {
    /// `ok`, `wait` or `bad`.
    pub kind: &'static str,
    pub icon: &'static str,
    pub heading: String,
    pub text: String,
    /// URL and label.
    pub link: Option<(String, String)>,
}

impl Verdict {
    fn new(kind: &'static str, heading: String, text: String) -> Self {
        let icon = match kind {
            "ok" => "check",
            "wait" => "info",
            _ => "alert",
        };
        Self { kind, icon, heading, text, link: None }
    }

    fn linked(mut self, href: String, label: String) -> Self {
        self.link = Some((href, label));
        self
    }
}

/// A domain for display: its Unicode form, which may deceive, is never shown alone.
pub(super) fn domain_words(domain: &DomainName) -> String {
    if domain.is_internationalised() {
        format!("{domain} ({})", domain.unicode())
    } else {
        domain.to_string()
    }
}

pub(super) fn report_address(origin: &str, code: Option<&MerchantCode>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("origin", origin);
    if let Some(code) = code {
        query.append_pair("merchant", code.as_str());
    }
    format!("/report?{}", query.finish())
}

/// The verdict for a visitor arriving from a site. `None` if the browser names no site or ours.
pub(super) fn on_arrival(shown: &Shown, from: &Origin, locale: Locale) -> Option<Verdict> {
    let (texts, record) = (Texts::new(locale), &shown.record);
    match from {
        Origin::Unsaid | Origin::Ours => None,
        Origin::Verified(domain) => Some(own_site(&texts, record, "badges-came-from-own", domain)),
        Origin::Elsewhere(place) => Some(foreign_site(&texts, shown, place)),
    }
}

pub(super) fn on_checked(record: &PublicRecord, domain: &DomainName, locale: Locale) -> Verdict {
    own_site(&Texts::new(locale), record, "badges-checked-own", domain)
}

/// Only good news while the badge is active.
fn own_site(texts: &Texts, record: &PublicRecord, key: &str, domain: &DomainName) -> Verdict {
    let heading = texts.get(key, &[("domain", Arg::from(domain_words(domain)))]);
    if record.standing.is_active() {
        Verdict::new("ok", heading, texts.get("badges-came-from-own-text", &[]))
    } else {
        Verdict::new("wait", heading, texts.get("badges-own-without-badge", &[]))
    }
}

fn foreign_site(texts: &Texts, shown: &Shown, place: &Elsewhere) -> Verdict {
    let record = &shown.record;
    let host = place.host.domain().map_or_else(|| place.host.as_str().to_owned(), domain_words);
    let key = match shown.impostors.contains(&place.origin) {
        true => "badges-came-from-impostor",
        false => "badges-came-from-other",
    };
    let heading = texts.get(key, &[("domain", Arg::from(host))]);
    let real = record.standing.domains.first().map(domain_words);
    let text = match real {
        Some(real) => texts.get("badges-real-site", &[("domain", Arg::from(real))]),
        None => texts.get("badges-no-real-site", &[]),
    };
    let href = report_address(&place.origin, Some(&record.code));
    Verdict::new("bad", heading, text).linked(href, texts.get("badges-report-it", &[]))
}

pub(super) fn on_unknown_code(code: &MerchantCode, locale: Locale) -> Verdict {
    let texts = Texts::new(locale);
    let heading = texts.get("badges-unknown-code", &[("code", Arg::from(code.as_str()))]);
    Verdict::new("bad", heading, texts.get("badges-unknown-code-text", &[]))
        .linked("/report".to_owned(), texts.get("badges-report-it", &[]))
}

pub(super) fn on_mistyped(typed: &str, locale: Locale) -> Verdict {
    let texts = Texts::new(locale);
    let heading = texts.get("badges-mistyped", &[("typed", Arg::from(typed))]);
    Verdict::new("wait", heading, texts.get("badges-mistyped-text", &[]))
}

/// `None` if the result is a redirect or a list.
pub(super) fn on_found(found: &Found, question: &str, locale: Locale) -> Option<Verdict> {
    let texts = Texts::new(locale);
    let t = |key: &str| texts.get(key, &[]);
    let t1 = |key: &str, value: String| texts.get(key, &[("domain", Arg::from(value))]);
    let verdict = match found {
        Found::Code(_) | Found::Domain(..) => return None,
        Found::Name(listed, alike) if !listed.is_empty() || !alike.is_empty() => return None,
        Found::Name(..) => {
            let heading = texts.get("badges-unknown-name", &[("name", Arg::from(question))]);
            Verdict::new("wait", heading, t("badges-unknown-name-text"))
        }
        Found::Mistyped => on_mistyped(question, locale),
        Found::Ourselves => Verdict::new("ok", t("badges-ourselves"), t("badges-ourselves-text")),
        Found::Address => {
            Verdict::new("bad", t("badges-number-address"), t("badges-number-address-text"))
        }
        Found::Below(known, asked) => {
            let args = [
                ("domain", Arg::from(domain_words(&known.domain))),
                ("name", Arg::from(&known.name)),
            ];
            let text = texts.get("badges-below-text", &args);
            Verdict::new("wait", t1("badges-below", domain_words(asked)), text)
                .linked(format!("/verify/{}", known.code), t("badges-see-merchant"))
        }
        Found::LooksLike(known, asked, reason) => {
            let args = [
                ("domain", Arg::from(domain_words(&known.domain))),
                ("name", Arg::from(&known.name)),
                ("reason", Arg::from(t(reason_key(*reason)))),
            ];
            let asked = [("asked", Arg::from(domain_words(asked)))];
            let heading = texts.get("badges-looks-like", &asked);
            let text = texts.get("badges-looks-like-text", &args);
            Verdict::new("bad", heading, text)
                .linked(format!("/verify/{}", known.code), t("badges-see-real"))
        }
        Found::Impostor(site, real) => {
            let site = ("site", Arg::from(site));
            let Some(real) = real else {
                let heading = texts.get("badges-impostor", &[site]);
                return Some(Verdict::new("bad", heading, t("badges-impostor-text")));
            };
            let heading = texts.get("badges-impostor-of", &[site, ("name", Arg::from(&real.name))]);
            Verdict::new("bad", heading, t("badges-impostor-text"))
                .linked(format!("/verify/{}", real.code), t("badges-see-real"))
        }
        Found::Stranger(asked, _) => {
            let heading = t1("badges-stranger", domain_words(asked));
            Verdict::new("wait", heading, t("badges-stranger-text"))
        }
    };
    Some(verdict)
}

fn reason_key(reason: Reason) -> &'static str {
    match reason {
        Reason::DomainInside => "badges-reason-inside",
        Reason::LookAlikeLetters => "badges-reason-letters",
        Reason::OtherTopLevel => "badges-reason-ending",
        Reason::BrandAsSubdomain => "badges-reason-subdomain",
        Reason::AddedWord => "badges-reason-word",
        Reason::MerchantName => "badges-reason-name",
        Reason::Typo { .. } => "badges-reason-typo",
    }
}
