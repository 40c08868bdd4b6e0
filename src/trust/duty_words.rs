//! Duties in the merchant's language: what to do, whose turn it is, and by when.

use super::duties::Duty;
use crate::kernel::locale::Locale;
use crate::kernel::texts::{Arg, Texts};
use crate::kernel::time::Timestamp;

/// See the macro `duties` in `ui.html`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyWords {
    pub heading: String,
    /// Kind, icon and whose turn it is.
    pub turn: (&'static str, &'static str, String),
    pub text: String,
    /// The recorded reason; empty for causes found by the clock.
    pub reason: String,
    /// Label and time.
    pub moment: (String, Timestamp),
    /// URL and link text.
    pub action: Option<(&'static str, String)>,
}

pub fn duty_words(duties: &[Duty], locale: Locale) -> Vec<DutyWords> {
    let texts = Texts::new(locale);
    duties.iter().map(|duty| words(duty, &texts)).collect()
}

fn words(duty: &Duty, texts: &Texts) -> DutyWords {
    let (key, detail) = match duty {
        Duty::Cause(standing, _) => (standing.cause.name(), standing.detail.clone()),
        Duty::SignAgain(again) => ("sign_again", again.version.to_string()),
        Duty::ProveDomain { names, .. } => ("prove_domain", names.clone()),
        Duty::Renew { .. } => ("renew", String::new()),
    };
    let then = match duty {
        Duty::Cause(_, then) => then.name(),
        _ => "",
    };
    let text = |part: &str| texts.get(&format!("duty-{key}{part}"), &[]);
    let is_ours = matches!(duty, Duty::Cause(s, _) if !s.cause.ends_by_itself());
    let turn = if is_ours { "duty-turn-ours" } else { "duty-turn-yours" };
    let (when, moment) = match duty {
        Duty::Cause(standing, _) => ("duty-since", standing.since),
        Duty::SignAgain(again) => ("duty-by", again.by),
        Duty::ProveDomain { by, .. } => ("duty-by", *by),
        Duty::Renew { by } => ("duty-ends", *by),
    };
    DutyWords {
        heading: text(""),
        turn: ("held", if is_ours { "clock" } else { "person" }, texts.get(turn, &[])),
        text: texts.get(
            &format!("duty-{key}-text"),
            &[("detail", Arg::from(detail)), ("then", Arg::from(then))],
        ),
        reason: match duty {
            // For causes found by the clock, the translated text says it.
            Duty::Cause(s, _) if !s.cause.is_found_by_clock() => s.reason.clone(),
            _ => String::new(),
        },
        moment: (texts.get(when, &[]), moment),
        action: href(duty).map(|href| (href, text("-action"))),
    }
}

const fn href(duty: &Duty) -> Option<&'static str> {
    match duty {
        Duty::Cause(standing, _) => standing.cause.remedy(),
        Duty::SignAgain(_) => Some("/merchant/agreement"),
        Duty::ProveDomain { .. } => Some("/merchant/domains"),
        Duty::Renew { .. } => Some("/merchant/application"),
    }
}
