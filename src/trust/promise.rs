//! What pages may say about the guarantee. Until the fund opens they must not promise it, so each
//! such text has a variant `KEY-until-fund` that says only what is true today.

/// To be set to `true` together with the fund itself.
pub const FUND_IS_OPEN: bool = false;

/// Texts with promises that only the fund can keep.
pub const PROMISES: [&str; 8] = [
    "badges-covered",
    "badges-covered-text",
    "badges-lead-active-text",
    "badges-lead-since",
    "badges-rules-guarantee-text",
    "order-covered",
    "standing-badge-active-more",
    "standing-none",
];

/// The key of the text that may be shown now.
pub fn promise(key: &str) -> String {
    if FUND_IS_OPEN || !PROMISES.contains(&key) {
        key.to_owned()
    } else {
        format!("{key}-until-fund")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::locale::Locale;
    use crate::kernel::texts::Texts;

    #[test]
    fn each_promise_can_be_said_before_the_fund_opens_and_after() {
        for locale in [Locale::En, Locale::ZhHans] {
            let texts = Texts::new(locale);
            for key in PROMISES {
                let now = promise(key);
                assert!(texts.has(key) && texts.has(&now), "{key} in {locale:?}");
                assert_eq!(now == key, FUND_IS_OPEN, "{key}");
            }
        }
        assert_eq!(promise("order-not-covered"), "order-not-covered");
    }
}
