//! What came back from the program, and the questions that tests ask of it.

use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, SET_COOKIE};
use scraper::{ElementRef, Html, Selector};

use super::log;

/// An answer, read whole.
#[derive(Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The path and query that were asked for.
    pub path: String,
    /// The body.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}\n{:#?}\n{}", self.path, self.status, self.headers, self.body())
    }
}

impl Reply {
    /// The body as text.
    pub fn body(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// The value of a header; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Fails the test unless the status is this one.
    #[track_caller]
    pub fn expect(&self, status: u16) -> &Self {
        assert_eq!(
            self.status,
            status,
            "{} answered {} {}\n{}\n{}",
            self.path,
            self.status,
            self.location(),
            self.text(),
            log::behind(&self.body())
        );
        self
    }

    /// Fails the test unless the status is 200.
    #[track_caller]
    pub fn ok(&self) -> &Self {
        self.expect(200)
    }

    /// Fails the test unless the reader is sent (303) to an address that begins so; `?done=KEY` in
    /// it stands for the notice that the next page shows.
    #[track_caller]
    pub fn sends_to(&self, address: &str) -> &Self {
        self.expect(303);
        let (to, notice) = address.split_once("?done=").unwrap_or((address, ""));
        assert!(
            self.location().starts_with(to) && self.notice_key().starts_with(notice),
            "{} sends to {} with {:?} and not to {address}",
            self.path,
            self.location(),
            self.notice_key()
        );
        self
    }

    /// The key of the notice that the next page shows; empty when it shows none.
    pub fn notice_key(&self) -> String {
        let cookies = self.headers.get_all(SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut notices = cookies.filter_map(|cookie| cookie.split_once("surety_notice="));
        let key = notices.next().and_then(|(_, value)| value.split_once('.'));
        key.map_or_else(String::new, |(key, _)| key.to_owned())
    }

    /// Where the reader is sent; empty when nowhere.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|e| panic!("{e}: {}", self.body()))
    }

    fn is_html(&self) -> bool {
        self.header(CONTENT_TYPE.as_str()).starts_with("text/html")
    }

    /// The page as a tree.
    pub fn html(&self) -> Html {
        Html::parse_document(&self.body())
    }

    /// What a reader sees in the main part of the page (of anything else, the body), with runs of
    /// white space as one space.
    pub fn text(&self) -> String {
        if !self.is_html() {
            return self.body();
        }
        let html = self.html();
        let main = html.select(&selector("main")).next();
        words_of(main.unwrap_or_else(|| html.root_element()))
    }

    /// The texts of all elements that match.
    pub fn texts(&self, css: &str) -> Vec<String> {
        self.html().select(&selector(css)).map(words_of).collect()
    }

    /// The text of the first element that matches; empty when there is none.
    pub fn text_of(&self, css: &str) -> String {
        self.texts(css).into_iter().next().unwrap_or_default()
    }

    /// How many elements match.
    pub fn count(&self, css: &str) -> usize {
        self.html().select(&selector(css)).count()
    }

    /// An attribute of the first element that matches.
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        self.html().select(&selector(css)).next()?.value().attr(name).map(str::to_owned)
    }

    /// The heading of the page.
    pub fn h1(&self) -> String {
        self.text_of("h1")
    }

    /// What is said to be wrong with the fields, in the order of the page.
    pub fn errors(&self) -> Vec<String> {
        self.texts("p.error")
    }

    /// What is said to be wrong with one field; empty when nothing is.
    pub fn error(&self, field: &str) -> String {
        self.text_of(&format!("p.error[id='{field}-error']"))
    }

    /// The value that a field shows.
    pub fn field(&self, name: &str) -> String {
        let named = format!("[name='{name}']");
        if self.count(&format!("textarea{named}")) > 0 {
            let html = self.html();
            let area = html.select(&selector(&format!("textarea{named}"))).next();
            return area.map(|a| a.text().collect::<String>()).unwrap_or_default();
        }
        let chosen = format!("select{named} option[selected], input{named}[checked]");
        self.attribute(&chosen, "value")
            .or_else(|| self.attribute(&format!("input{named}"), "value"))
            .unwrap_or_default()
    }

    /// The notice above the page after something was done.
    pub fn notice(&self) -> String {
        self.text_of("main [role=status]")
    }

    /// Where the link with these words goes; that there is none fails the test.
    #[track_caller]
    pub fn link(&self, words: &str) -> String {
        let html = self.html();
        let all: Vec<_> = html
            .select(&selector("a[href]"))
            .map(|a| (words_of(a), a.value().attr("href").unwrap_or_default().to_owned()))
            .collect();
        let exact = all.iter().find(|(text, _)| text == words);
        let found = exact.or_else(|| all.iter().find(|(text, _)| text.contains(words)));
        match found {
            Some((_, href)) => href.clone(),
            None => panic!("{} has no link “{words}”; it has {all:#?}", self.path),
        }
    }

    /// Whether there is a button with these words.
    pub fn has_button(&self, words: &str) -> bool {
        self.texts("button, a.btn").iter().any(|text| text == words)
    }

    /// Fails the test unless the reader sees these words in the main part.
    #[track_caller]
    pub fn sees(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(text.contains(words), "{} does not say “{words}”, but: {text}", self.path);
        self
    }

    /// Fails the test if the reader sees these words in the main part.
    #[track_caller]
    pub fn sees_not(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(!text.contains(words), "{} says “{words}”: {text}", self.path);
        self
    }
}

/// A selector that is known to be right.
#[track_caller]
pub fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|e| panic!("{css}: {e}"))
}

/// The text of an element without what is drawn or run, white space as one space.
pub fn words_of(element: ElementRef<'_>) -> String {
    let mut text = String::new();
    gather(element, &mut text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn gather(element: ElementRef<'_>, text: &mut String) {
    for child in element.children() {
        if let Some(part) = child.value().as_text() {
            text.push_str(part);
        } else if let Some(element) = ElementRef::wrap(child) {
            let name = element.value().name();
            if matches!(name, "script" | "style" | "svg" | "template" | "head") {
                continue;
            }
            // Blocks stand apart; what is set inside a line does not.
            let inline = matches!(name, "a" | "b" | "em" | "strong" | "span" | "time" | "code");
            let gap = if inline { "" } else { " " };
            text.push_str(gap);
            gather(element, text);
            text.push_str(gap);
        }
    }
}
