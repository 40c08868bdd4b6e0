//! Host names of shops, as users type them and as browsers send them.
//!
//! A [`DomainName`] is held in its A-label form (ASCII, lower case, UTS #46) and always has a
//! registrable domain under the Public Suffix List: `shop.example`, never `example`, `co.uk`,
//! `localhost` or an address. Names under suffixes that the list does not know (`.example`,
//! `.test`) are taken with their last label as the suffix, as the list's default rule says.

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::str::FromStr;
use url::{Host, Url};

/// The longest input that is looked at, in bytes; the usual limit of a URL.
const MAX_INPUT_BYTES: usize = 2_048;

/// Last labels that never name a site on the public internet (RFC 6761, 6762, 7686, 9476).
const NOT_PUBLIC: [&str; 7] = ["localhost", "local", "internal", "onion", "arpa", "invalid", "alt"];

/// A public host name with a registrable domain, in A-label form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName {
    ascii: String,
    /// Where the registrable domain begins in `ascii`, in bytes.
    registrable_start: usize,
}

/// Why a text is not the name of a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainNameError {
    #[error("no domain was given")]
    Empty,
    /// More than 2,048 bytes of input.
    #[error("the text is too long for a web address")]
    TooLong,
    /// Spaces, symbols, labels or lengths that a host name cannot have, or another scheme.
    #[error("not a valid domain name")]
    Malformed,
    /// An IPv4 or IPv6 address.
    #[error("an IP address, not a domain name")]
    IpAddress,
    /// A single word without a dot, such as `lamps`.
    #[error("a single word, not a complete domain name")]
    SingleLabel,
    /// A name that is only reachable inside a network or machine, such as `localhost`.
    #[error("a name that is not on the public internet")]
    NotPublic,
    /// A suffix under which others register, such as `com` or `co.uk`.
    #[error("a public suffix under which anyone can register")]
    PublicSuffix,
}

impl DomainName {
    /// Reads a host name or the host of a URL: with or without scheme, user, port, path and
    /// trailing dot, in any case, in Unicode or punycode.
    pub fn parse(input: &str) -> Result<Self, DomainNameError> {
        match host_of(input)? {
            Host::Domain(host) => Self::from_host(&host),
            Host::Ipv4(_) | Host::Ipv6(_) => Err(DomainNameError::IpAddress),
        }
    }

    fn from_host(host: &str) -> Result<Self, DomainNameError> {
        let host = host.strip_suffix('.').unwrap_or(host);
        // STD3 keeps out underscores; hyphens in places 3 and 4 do occur in real host names.
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

    /// The A-label form: `xn--fiqs8s.example`. This is what is stored and compared.
    pub fn as_str(&self) -> &str {
        &self.ascii
    }

    /// The U-label form: `中国.example`. For display beside [`Self::as_str`], never alone: it is
    /// what an impostor with look-alike letters wants to be read.
    pub fn unicode(&self) -> String {
        idna::domain_to_unicode(&self.ascii).0
    }

    /// Whether the two forms differ.
    pub fn is_internationalised(&self) -> bool {
        self.ascii.split('.').any(|label| label.starts_with("xn--"))
    }

    /// The part that somebody registered: `shop.co.uk` of `www.shop.co.uk`, in A-labels.
    pub fn registrable(&self) -> &str {
        &self.ascii[self.registrable_start..]
    }

    /// The name itself, then each that it lies under, down to the registrable one.
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

    /// The first label of the registrable domain, in U-label form: `shop` of `www.shop.co.uk`.
    pub fn brand_label(&self) -> String {
        let label = self.registrable().split('.').next().unwrap_or_default();
        idna::domain_to_unicode(label).0
    }
}

/// Where a visitor says that he came from. Impostors also sit on bare addresses and on hosts that
/// are no valid domain, and those have to be recorded as well.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OriginHost {
    /// A public host name, which may be compared with verified domains.
    Domain(DomainName),
    /// An address, `localhost`, a public suffix and the like; never a verified domain.
    Other(String),
}

impl OriginHost {
    /// The host as it is written in a URL, without port.
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

/// The host of a `Referer` header (RFC 9110 §10.1.3). `None` for anything but http and https.
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
    // The URL standard silently drops tabs and line ends; a name with them was not meant.
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
