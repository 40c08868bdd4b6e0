//! Words that impostors add to a name, and words too common to be a brand.

/// Which added words count; each variant includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// Words that ask for trust or a password: these count beside any brand.
    Security,
    /// Words that speak for the brand: these count after a hyphen, or beside a longer brand.
    Claims,
    /// Words of trade. Beside a long brand they suggest its other site; beside a short one they
    /// make an honest compound (`lamp` and `lampshop`).
    Trade,
}

const SECURITY: [&str; 37] = [
    "login",
    "logon",
    "signin",
    "signup",
    "secure",
    "secured",
    "security",
    "verify",
    "verified",
    "verification",
    "official",
    "auth",
    "account",
    "accounts",
    "refund",
    "refunds",
    "escrow",
    "payment",
    "payments",
    "billing",
    "confirm",
    "confirmation",
    "wallet",
    "password",
    "unlock",
    "recovery",
    "compensation",
    "checkout",
    "denglu",
    "guanfang",
    "guanwang",
    "anquan",
    "kefu",
    "tuikuan",
    "zhifu",
    "authentic",
    "helpdesk",
];

const CLAIMS: [&str; 22] = [
    "safe", "support", "service", "customer", "update", "bonus", "claim", "gift", "rewards",
    "help", "trust", "trusted", "online", "real", "genuine", "pay", "invoice", "portal", "my",
    "the", "dingdan", "care",
];

const TRADE: [&str; 44] = [
    "shop", "shops", "store", "stores", "mall", "market", "outlet", "sale", "sales", "deals",
    "discount", "buy", "order", "orders", "web", "site", "app", "home", "group", "global", "world",
    "china", "cn", "com", "net", "org", "hk", "usa", "us", "uk", "eu", "vip", "pro", "plus",
    "club", "direct", "delivery", "shipping", "tracking", "www", "m", "wap", "mobile", "asia",
];

const CJK_WORDS: [&str; 20] = [
    "官网",
    "官方",
    "登录",
    "登陆",
    "安全",
    "支付",
    "客服",
    "退款",
    "商城",
    "旗舰店",
    "店",
    "网",
    "中国",
    "验证",
    "认证",
    "服务",
    "防伪",
    "售后",
    "理赔",
    "担保",
];

/// Labels that name a trade rather than a merchant.
const GENERIC: [&str; 40] = [
    "shop", "store", "market", "mall", "online", "outlet", "web", "site", "pay", "payment", "buy",
    "sale", "sales", "home", "mail", "email", "cloud", "news", "blog", "example", "test", "www",
    "club", "world", "global", "china", "trade", "trading", "service", "services", "support",
    "travel", "hotel", "hotels", "music", "games", "books", "login", "secure", "官网",
];

/// Words that end the names of many honest merchants, and so do not make two names alike.
const COMMON_ENDS: [&str; 36] = [
    "shop", "shops", "store", "stores", "market", "mall", "online", "outlet", "house", "home",
    "world", "group", "trade", "trading", "books", "cars", "auto", "motors", "garage", "travel",
    "tours", "hotel", "hotels", "foods", "fashion", "design", "direct", "center", "centre",
    "service", "services", "rentals", "supply", "works", "bank", "tech",
];

pub(super) fn is_generic(label: &str) -> bool {
    GENERIC.contains(&label)
}

/// Whether `rest`, folded and not empty, consists only of added words and up to four digits.
pub(super) fn is_added(rest: &str, added: Added) -> bool {
    !rest.is_empty() && rest.len() <= 40 && segments(rest, added)
}

/// Recursion depth is bounded by the 40 bytes that [`is_added`] allows.
fn segments(rest: &str, added: Added) -> bool {
    if rest.is_empty() || is_number(rest) {
        return true;
    }
    let claims = if added == Added::Security { &[] } else { &CLAIMS[..] };
    let trade = if added == Added::Trade { &TRADE[..] } else { &[] };
    let mut words = SECURITY.iter().chain(&CJK_WORDS).chain(claims).chain(trade);
    words.any(|word| without_start(rest, word).is_some_and(|next| segments(next, added)))
}

/// Folding has turned some of the digits into `o` and `l`.
fn is_number(rest: &str) -> bool {
    rest.len() <= 4
        && rest.bytes().any(|b| b.is_ascii_digit())
        && rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'o' | b'l'))
}

/// Removes one leading or trailing claim from a folded label, if at least four bytes remain.
pub(super) fn without_claim(label: &str) -> Option<&str> {
    let long_words = SECURITY.iter().chain(&CLAIMS).filter(|word| word.len() >= 3);
    long_words
        .filter_map(|word| without_end(label, word).or_else(|| without_start(label, word)))
        .filter(|rest| rest.len() >= 4)
        .min_by_key(|rest| rest.len())
}

/// Splits a folded label into its distinctive part and a common end: `tea`, `shop`.
pub(super) fn without_common_end(label: &str) -> Option<(&str, &'static str)> {
    COMMON_ENDS
        .iter()
        .filter_map(|end| without_end(label, end).map(|rest| (rest, *end)))
        .filter(|(rest, _)| !rest.is_empty())
        .min_by_key(|(rest, _)| rest.len())
}

fn without_start<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(word.len())?;
    is_same(start, word).then_some(rest)
}

fn without_end<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(word.len())?)?;
    is_same(end, word).then_some(rest)
}

/// Compares folded text with a plain word; folding has turned every `i` into `l`.
fn is_same(folded: &str, word: &str) -> bool {
    let unfold = |b: u8| if b == b'i' { b'l' } else { b };
    folded.len() == word.len() && folded.bytes().map(unfold).eq(word.bytes().map(unfold))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::look_alike::fold::light;

    #[test]
    fn added_words_are_taken_apart() {
        assert!(is_added("securelogin", Added::Security));
        assert!(is_added(&light("l0gin2010"), Added::Security));
        assert!(is_added("shopvip", Added::Trade));
        assert!(is_added("官网", Added::Security));
        assert!(!is_added("support", Added::Security));
        assert!(!is_added("shop", Added::Claims));
        assert!(!is_added("loginx", Added::Trade));
        assert!(!is_added("", Added::Trade));
        assert!(!is_added(&"my".repeat(40), Added::Trade));
    }

    #[test]
    fn ends_and_claims_are_found() {
        assert_eq!(without_common_end("teashop"), Some(("tea", "shop")));
        assert_eq!(without_common_end("shop"), None);
        assert_eq!(without_claim("brightlamplogln"), Some("brightlamp"));
        assert_eq!(without_claim("login"), None);
    }

    #[test]
    fn folding_leaves_the_words_recognisable() {
        let all = SECURITY.iter().chain(&CLAIMS).chain(&TRADE).chain(&CJK_WORDS);
        for word in all.chain(&COMMON_ENDS).filter(|word| word.len() > 1) {
            assert!(is_same(&light(word), word), "{word} becomes {}", light(word));
        }
    }
}
