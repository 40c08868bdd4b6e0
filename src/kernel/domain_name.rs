//! Host names of shops, as users type them and as browsers send them. A [`DomainName`] always has a
//! registrable domain under the Public Suffix List: `shop.example`, never `example`, `co.uk` or
//! `localhost`. By the list's default rule, unlisted suffixes (`.example`) are the last label.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

const MAX_INPUT_BYTES: usize = 2_048;

/// Top-level labels that never name a public site (RFC 6761, 6762, 7686, 9476).
const NOT_PUBLIC: [&str; 7] = ["localhost", "local", "internal", "onion", "arpa", "invalid", "alt"];

/// A public host name in A-label form (ASCII, lower case, UTS #46).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName {
    ascii: String,
    registrable_start: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainNameError {
    #[error("no domain was given")]
    Empty,
    #[error("the text is too long for a web address")]
    TooLong,
    /// Characters, labels or lengths that a host name cannot have, or a scheme other than http(s).
    #[error("not a valid domain name")]
    Malformed,
    #[error("an IP address, not a domain name")]
    IpAddress,
    #[error("a single word, not a complete domain name")]
    SingleLabel,
    /// A name only reachable inside a network or machine, such as `localhost`.
    #[error("a name that is not on the public internet")]
    NotPublic,
    /// A suffix under which others register, such as `com` or `co.uk`.
    #[error("a public suffix under which anyone can register")]
    PublicSuffix,
}

impl DomainName {
    /// Reads a host name, or the host of a URL: with or without scheme, user, port, path and
    /// trailing dot, in any case, in Unicode or punycode.
    pub fn parse(input: &str) -> Result<Self, DomainNameError> {
        match host_of(input)? {
            Host::Domain(host) => Self::from_host(&host),
            Host::Ipv4(_) | Host::Ipv6(_) => Err(DomainNameError::IpAddress),
        }
    }

    fn from_host(host: &str) -> Result<Self, DomainNameError> {
        let host = host.strip_suffix('.').unwrap_or(host);
        // STD3 excludes underscores. Hyphens in places 3 and 4 do occur in real host names.
        let ascii = Uts46::new()
            .to_ascii(
                host.as_bytes(),
                AsciiDenyList::STD3,
                Hyphens::CheckFirstLast,
                DnsLength::Verify,
            )
            .map_err(|_| DomainNameError::Malformed)?
            .into_owned();
        let last_label = ascii.rsplit('.').next().unwrap_or_default();
        if NOT_PUBLIC.contains(&last_label) {
            return Err(DomainNameError::NotPublic);
        }
        if !ascii.contains('.') {
            let suffix = psl::suffix(ascii.as_bytes()).is_some_and(|suffix| suffix.is_known());
            let (suffix_error, word_error) =
                (DomainNameError::PublicSuffix, DomainNameError::SingleLabel);
            return Err(if suffix { suffix_error } else { word_error });
        }
        let registrable = psl::domain_str(&ascii).ok_or(DomainNameError::PublicSuffix)?;
        let registrable_start = ascii.len() - registrable.len();
        Ok(Self { ascii, registrable_start })
    }

    /// The A-label form, which is stored and compared: `xn--fiqs8s.example`.
    pub fn as_str(&self) -> &str {
        &self.ascii
    }

    /// The U-label form: `中国.example`. Show it only beside [`Self::as_str`], since this form is
    /// what look-alike letters imitate.
    pub fn unicode(&self) -> String {
        idna::domain_to_unicode(&self.ascii).0
    }

    pub fn is_internationalised(&self) -> bool {
        self.ascii.split('.').any(|label| label.starts_with("xn--"))
    }

    /// The registrable part in A-labels: `shop.co.uk` of `www.shop.co.uk`.
    pub fn registrable(&self) -> &str {
        &self.ascii[self.registrable_start..]
    }

    /// The name, then each of its parents down to the registrable domain.
    pub fn with_parents(&self) -> Vec<&str> {
        let mut names = vec![self.as_str()];
        let mut rest = self.as_str();
        while rest != self.registrable() {
            let Some((_, parent)) = rest.split_once('.') else { break };
            names.push(parent);
            rest = parent;
        }
        names
    }

    /// The first label of the registrable domain as a U-label: `shop` of `www.shop.co.uk`.
    pub fn brand_label(&self) -> String {
        let label = self.registrable().split('.').next().unwrap_or_default();
        idna::domain_to_unicode(label).0
    }
}

/// The host that a visitor claims to come from. Impostors also use bare addresses and hosts that
/// are not valid domains, and those must be recorded too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginHost {
    Domain(DomainName),
    /// An address, `localhost`, a public suffix and the like; never a verified domain.
    Other(String),
}

impl OriginHost {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Domain(domain) => domain.as_str(),
            Self::Other(host) => host,
        }
    }

    pub fn domain(&self) -> Option<&DomainName> {
        match self {
            Self::Domain(domain) => Some(domain),
            Self::Other(_) => None,
        }
    }
}

/// The host of a `Referer` header (RFC 9110 §10.1.3). `None` unless it is http or https.
pub fn origin_host(referer: &str) -> Option<OriginHost> {
    let referer = referer.trim();
    if referer.len() > MAX_INPUT_BYTES {
        return None;
    }
    let url = Url::parse(referer).ok().filter(is_web)?;
    let host = url.host()?.to_owned();
    let text = host.to_string();
    match host {
        Host::Domain(name) => match DomainName::from_host(&name) {
            Ok(domain) => Some(OriginHost::Domain(domain)),
            Err(_) => Some(OriginHost::Other(text)),
        },
        Host::Ipv4(_) | Host::Ipv6(_) => Some(OriginHost::Other(text)),
    }
}

fn host_of(input: &str) -> Result<Host<String>, DomainNameError> {
    let text = input.trim();
    if text.is_empty() {
        return Err(DomainNameError::Empty);
    }
    if text.len() > MAX_INPUT_BYTES {
        return Err(DomainNameError::TooLong);
    }
    // The URL standard silently drops tabs and line ends, but no real name contains them.
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(DomainNameError::Malformed);
    }
    let url = if text.contains("://") {
        Url::parse(text)
    } else {
        Url::parse(&format!("https://{}", text.trim_start_matches('/')))
    };
    let url = url.map_err(|_| DomainNameError::Malformed)?;
    if !is_web(&url) {
        return Err(DomainNameError::Malformed);
    }
    url.host().map(|host| host.to_owned()).ok_or(DomainNameError::Malformed)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.ascii)
    }
}

impl fmt::Debug for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DomainName({})", self.ascii)
    }
}

impl FromStr for DomainName {
    type Err = DomainNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for DomainName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.ascii)
    }
}

impl<'de> Deserialize<'de> for DomainName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
