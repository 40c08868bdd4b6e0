//! Words that impostors add to a name, and words too common to be anybody's.

/// How much an added word has to claim before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    /// Only words that ask for trust or for a password: enough beside any brand.
    Security,
    /// Also words that speak for the brand: with a hyphen, or beside a longer brand.
    Claims,
    /// Also words of trade. Beside a long brand they look like its other site, beside a short
    /// one they make an honest compound (`lamp` and `lampshop`).
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

/// Words of trade: beside a long brand they look like its other site, beside a short one they
/// make an honest compound (`lamp` and `lampshop`).
const TRADE: [&str; 44] = [
    "shop", "shops", "store", "stores", "mall", "market", "outlet", "sale", "sales", "deals",
    "discount", "buy", "order", "orders", "web", "site", "app", "home", "group", "global", "world",
    "china", "cn", "com", "net", "org", "hk", "usa", "us", "uk", "eu", "vip", "pro", "plus",
    "club", "direct", "delivery", "shipping", "tracking", "www", "m", "wap", "mobile", "asia",
];

/// Ideographic words that impostors add.
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

/// Labels that name a trade and not a merchant.
const GENERIC: [&str; 40] = [
    "shop", "store", "market", "mall", "online", "outlet", "web", "site", "pay", "payment", "buy",
    "sale", "sales", "home", "mail", "email", "cloud", "news", "blog", "example", "test", "www",
    "club", "world", "global", "china", "trade", "trading", "service", "services", "support",
    "travel", "hotel", "hotels", "music", "games", "books", "login", "secure", "官网",
];

/// Words that end honest names of the same trade, and so do not make two of them alike.
const COMMON_ENDS: [&str; 36] = [
    "shop", "shops", "store", "stores", "market", "mall", "online", "outlet", "house", "home",
    "world", "group", "trade", "trading", "books", "cars", "auto", "motors", "garage", "travel",
    "tours", "hotel", "hotels", "foods", "fashion", "design", "direct", "center", "centre",
    "service", "services", "rentals", "supply", "works", "bank", "tech",
];

/// Whether the label is an everyday word that is nobody's brand.
pub(super) fn is_generic(label: &str) -> bool {
    GENERIC.contains(&label)
}

/// Whether `rest`, a folded text, consists of added words alone, and up to four digits. The
/// empty rest does not count: nothing was added.
pub(super) fn is_added(rest: &str, added: Added) -> bool {
    !rest.is_empty() && rest.len() <= 40 && segments(rest, added)
}

/// Depth is bounded by the 40 bytes that [`is_added`] lets through.
fn segments(rest: &str, added: Added) -> bool {
    if rest.is_empty() || is_number(rest) {
        return true;
    }
    let claims = if added == Added::Security { &[] } else { &CLAIMS[..] };
    let trade = if added == Added::Trade { &TRADE[..] } else { &[] };
    let mut words = SECURITY.iter().chain(&CJK_WORDS).chain(claims).chain(trade);
    words.any(|word| without_start(rest, word).is_some_and(|next| segments(next, added)))
}

/// A short number; the folding has made `o` and `l` of some of its digits.
fn is_number(rest: &str) -> bool {
    rest.len() <= 4
        && rest.bytes().any(|b| b.is_ascii_digit())
        && rest.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'o' | b'l'))
}

/// A folded label without one leading or trailing claim, if that leaves four bytes or more.
pub(super) fn without_claim(label: &str) -> Option<&str> {
    let long_words = SECURITY.iter().chain(&CLAIMS).filter(|word| word.len() >= 3);
    long_words
        .filter_map(|word| without_end(label, word).or_else(|| without_start(label, word)))
        .filter(|rest| rest.len() >= 4)
        .min_by_key(|rest| rest.len())
}

/// A folded label without the common end of honest names, and that end: `tea`, `shop`.
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

/// Equality of folded text with a plain word: the folding has made `l` of every `i`.
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
