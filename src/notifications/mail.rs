use std::sync::Arc;
use std::time::SystemTime;

use askama::Template;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use url::Url;

use super::state::Failure;
use super::store::Mail;
use super::wording::Wording;
use crate::config::Config;
use crate::kernel::locale::Locale;
use crate::kernel::texts::Texts;
use crate::kernel::time::{self, Timestamp};

#[derive(Clone)]
pub struct Site {
    public_url: Url,
    from: Mailbox,
    /// Mails say *tell us*: an answer goes here.
    support: Option<Mailbox>,
    key: Arc<[u8]>,
}

impl Site {
    /// Fails if the configured sender is not an address.
    pub fn new(config: &Config) -> Result<Self, lettre::address::AddressError> {
        Ok(Self {
            public_url: config.http.public_url.clone(),
            from: config.mail.from.parse()?,
            support: config.support.as_ref().map(|email| email.as_str().parse()).transpose()?,
            key: Arc::from(config.key_bytes()),
        })
    }

    fn host(&self) -> &str {
        self.public_url.host_str().unwrap_or("localhost")
    }

    fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_str().trim_end_matches('/'))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub subject: String,
    pub text: String,
    pub html: String,
    pub link: Option<String>,
}

/// `Auto-Submitted: auto-generated` (RFC 3834) stops automatic replies.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

struct Words {
    lang: &'static str,
    subject: String,
    brand: String,
    greeting: String,
    paragraphs: Vec<String>,
    action: String,
    link: Option<String>,
    copy: String,
    why: String,
    home: String,
}

#[derive(Template)]
#[template(path = "notifications/mail.html")]
struct MailHtml<'a> {
    words: &'a Words,
}

#[derive(Template)]
#[template(path = "notifications/mail.txt", whitespace = "preserve")]
struct MailText<'a> {
    words: &'a Words,
}

fn words(site: &Site, mail: &Mail) -> Words {
    let locale: Locale = mail.locale.parse().unwrap_or_default();
    let zone = time::zone(&mail.time_zone);
    let wording = Wording::new(&mail.message, &mail.args, &mail.recipient_name, locale, zone);
    let texts = Texts::new(locale);
    let home = site.public_url.to_string();
    let why = [("email", (&mail.recipient).into()), ("home", (&home).into())];
    Words {
        lang: locale.tag(),
        subject: wording.subject(),
        brand: texts.get("brand", &[]),
        greeting: if mail.recipient_name.is_empty() {
            texts.get("mail-greeting-nameless", &[])
        } else {
            texts.get("mail-greeting", &[("name", (&mail.recipient_name).into())])
        },
        paragraphs: wording.paragraphs(),
        action: wording.action(),
        link: wording.link(Some(&site.key)).map(|path| site.absolute(&path)),
        copy: texts.get("mail-copy-link", &[]),
        why: texts.get("mail-why", &why),
        home,
    }
}

pub fn render(site: &Site, mail: &Mail) -> Result<Rendered, askama::Error> {
    let words = words(site, mail);
    let text = MailText { words: &words }.render()?;
    let html = MailHtml { words: &words }.render()?;
    Ok(Rendered { subject: words.subject, text, html, link: words.link })
}

/// The message to send. Its `Message-ID` never changes, so that a mail sent twice (because a worker
/// died before recording it) can be recognised. Fails with [`Failure::Permanent`] if the address or
/// text is invalid.
pub(super) fn message(site: &Site, mail: &Mail, now: Timestamp) -> Result<Message, Failure> {
    let permanent = |e: &dyn std::fmt::Display| Failure::Permanent(e.to_string());
    let rendered = render(site, mail).map_err(|e| permanent(&e))?;
    let address: Address = mail.recipient.parse().map_err(|e| permanent(&e))?;
    let name = (!mail.recipient_name.is_empty()).then(|| mail.recipient_name.clone());
    let mut builder = Message::builder();
    if let Some(support) = &site.support {
        builder = builder.reply_to(support.clone());
    }
    builder
        .from(site.from.clone())
        .to(Mailbox::new(name, address))
        .subject(rendered.subject)
        .message_id(Some(format!("<{}@{}>", mail.public_id, site.host())))
        .date(SystemTime::from(now))
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(rendered.text, rendered.html))
        .map_err(|e| permanent(&e))
}
