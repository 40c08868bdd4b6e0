//! Templates: each belongs to one page struct, none has style or script in it, every form that
//! changes something carries the reader's token, and each is laid out so that a person can edit it.

use super::source::Source;

/// What every page is made of; these belong to nobody.
const SHARED: &[&str] = &["templates/layout.html", "templates/ui.html"];

const LINE_CHARS: usize = 140;

/// Elements that stand on lines of their own. Those that may stand within a line of text are left
/// out, and so is what an `svg` is made of. `h` is a heading whose level is filled in.
const BLOCK_LEVEL: &str = "article aside blockquote body button caption dd details div \
    dl dt fieldset figcaption figure footer form h h1 h2 h3 h4 h5 h6 head header hr input \
    label legend li link main meta nav ol option p pre script section select style summary \
    table tbody td textarea tfoot th thead title tr ul";

const VOID: &[&str] = &["hr", "input", "link", "meta"];

/// Mail readers know no stylesheets of ours.
fn is_mail(source: &Source) -> bool {
    source.path.starts_with("templates/notifications/mail")
}

/// Every template without exactly one struct at the mirrored path. A part that templates of its
/// own capability include belongs to them.
pub fn owners(templates: &[Source], sources: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for template in templates.iter().filter(|t| !SHARED.contains(&t.path.as_str())) {
        let name = template.path.trim_start_matches("templates/");
        let Some((capability, _)) = name.split_once('/') else {
            wrong.push(format!("{}: a template lies in its capability's folder", template.path));
            continue;
        };
        let folder = format!("templates/{capability}/");
        let included = templates.iter().any(|other| {
            other.path.starts_with(&folder)
                && ["include", "import", "extends"]
                    .iter()
                    .any(|word| other.raw.contains(&format!("{word} \"{name}\"")))
        });
        let quoted = format!("\"{name}\"");
        let users: Vec<&str> = sources
            .iter()
            .filter(|s| s.path.starts_with("src/") && s.code.contains("#[template("))
            .flat_map(|s| s.bare.matches(&quoted).map(|_| s.path.as_str()))
            .collect();
        match users.as_slice() {
            [] if included => {}
            [one] if one.starts_with(&format!("src/{capability}/")) => {}
            [one] if *one == format!("src/{capability}.rs") => {}
            [] => wrong.push(format!("{}: no page struct has this template", template.path)),
            [one] => wrong.push(format!(
                "{}: its struct is in {one}, and not in src/{capability}/",
                template.path
            )),
            many => wrong.push(format!("{}: belongs to several: {many:?}", template.path)),
        }
    }
    wrong
}

/// Every inline style and script: the content security policy forbids them.
pub fn inline(templates: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for template in templates.iter().filter(|t| !is_mail(t)) {
        let text = template.raw.to_lowercase();
        for (at, _) in text.match_indices("<style") {
            wrong.push(template.at(at, "<style>: the stylesheet is static/surety.css"));
        }
        for (at, _) in text.match_indices("<script") {
            let tag = &text[at..at + text[at..].find('>').unwrap_or(0)];
            if !tag.contains(" src=") {
                wrong.push(template.at(at, "an inline script: it goes into static/surety.js"));
            }
        }
        for (at, _) in text.match_indices("=\"") {
            let name_start = text[..at].rfind(|c: char| !c.is_ascii_alphabetic() && c != '-');
            let name = &text[name_start.map_or(0, |i| i + 1)..at];
            let before = text[..at - name.len()].chars().next_back();
            let is_attribute = before.is_some_and(char::is_whitespace);
            let is_event = name.len() > 2 && name.starts_with("on");
            if is_attribute && (name == "style" || is_event) {
                wrong.push(template.at(at, format!("{name}=: the policy forbids inline {name}")));
            }
        }
        for (at, _) in text.match_indices("javascript:") {
            wrong.push(template.at(at, "javascript: is an inline script"));
        }
    }
    wrong
}

/// Every form that is posted without the reader's token.
pub fn tokens(templates: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for template in templates.iter().filter(|t| !is_mail(t)) {
        for (at, _) in template.raw.match_indices("<form") {
            let rest = &template.raw[at..];
            let form = &rest[..rest.find("</form>").unwrap_or(rest.len())];
            let tag = &form[..form.find('>').unwrap_or(form.len())].to_lowercase();
            let has_token = form.contains("csrf(page)") || form.contains("csrf_token");
            if tag.contains("method=\"post\"") && !has_token {
                wrong.push(template.at(at, "a form without {{ ui::csrf(page) }}"));
            }
        }
    }
    wrong
}

/// Every line that is too long or has more than one block-level element, every one that is not
/// indented below what it is in, and every end tag that is not below its start tag.
pub fn layout(templates: &[Source]) -> Vec<String> {
    let mut wrong = Vec::new();
    for template in templates.iter().filter(|t| t.path.ends_with(".html")) {
        let html = without_template_tags(&template.raw);
        let mut open: Vec<(&str, usize)> = Vec::new();
        for (number, (raw, line)) in template.raw.lines().zip(html.lines()).enumerate() {
            let mut report =
                |what: String| wrong.push(format!("{}:{}: {what}", template.path, number + 1));
            let chars = raw.chars().count();
            if chars > LINE_CHARS {
                report(format!("{chars} characters, where {LINE_CHARS} are the most"));
            }
            let indent = raw.len() - raw.trim_start().len();
            let tags = block_level_tags(line);
            let is_one_element = matches!(tags[..], [(a, false), (b, true)] if a == b);
            if tags.len() > 1 && !is_one_element {
                report("more than one block-level element: each has a line".to_owned());
            }
            let is_alone = tags.len() == 1;
            for (number_in_line, (name, is_end)) in tags.into_iter().enumerate() {
                if !is_end {
                    let is_deeper = open.last().is_none_or(|(_, outer)| indent > *outer);
                    if number_in_line == 0 && !is_deeper {
                        report(format!("<{name}> is not indented below what it is in"));
                    }
                    if !VOID.contains(&name) {
                        open.push((name, indent));
                    }
                    continue;
                }
                let start = open.pop_if(|(opened, _)| *opened == name);
                let start_indent = start.map(|(_, indent)| indent);
                let is_below = raw.trim_start().starts_with("</") && start_indent == Some(indent);
                // What is within a text area belongs to its text.
                if is_alone && !is_below && name != "textarea" {
                    report(format!("</{name}> is not below its start tag"));
                }
            }
        }
    }
    wrong
}

/// The block-level tags of a line, each with whether it is an end tag.
fn block_level_tags(line: &str) -> Vec<(&str, bool)> {
    let mut tags = Vec::new();
    for (at, _) in line.match_indices('<') {
        let rest = &line[at + 1..];
        let is_end = rest.starts_with('/');
        let rest = rest.trim_start_matches('/');
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        if BLOCK_LEVEL.split(' ').any(|name| name == &rest[..end]) {
            tags.push((&rest[..end], is_end));
        }
    }
    tags
}

/// The text with spaces in place of what askama reads; its lines stay.
fn without_template_tags(raw: &str) -> String {
    let mut html = String::with_capacity(raw.len());
    let mut rest = raw;
    let marks = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
    while let Some((start, close)) =
        marks.iter().filter_map(|(open, close)| Some((rest.find(open)?, close))).min()
    {
        let end = rest[start..].find(close).map_or(rest.len(), |at| start + at + close.len());
        html.push_str(&rest[..start]);
        html.extend(rest[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }));
        rest = &rest[end..];
    }
    html + rest
}

#[cfg(test)]
mod self_test {
    use super::{inline, layout, owners, tokens};
    use crate::source::Source;

    fn page(text: &str) -> Vec<Source> {
        vec![Source::other("templates/orders/show.html", text)]
    }

    #[test]
    fn a_template_without_its_one_struct_is_found() {
        let code = "#[template(path = \"orders/show.html\")] struct Show;";
        let own = Source::rust("src/orders/pages.rs", code);
        let foreign = || Source::rust("src/trust/pages.rs", code);
        assert_eq!(owners(&page(""), &[]).len(), 1);
        assert_eq!(owners(&page(""), &[foreign()]).len(), 1);
        assert_eq!(owners(&page(""), &[own, foreign()]).len(), 1);
        assert_eq!(owners(&page(""), &[Source::rust("src/orders/pages.rs", code)]), [""; 0]);
        let mut with_part = page("{% include \"orders/part.html\" %}");
        with_part.push(Source::other("templates/orders/part.html", ""));
        let own = Source::rust("src/orders/pages.rs", code);
        assert_eq!(owners(&with_part, &[own]), [""; 0]);
    }

    #[test]
    fn inline_style_and_script_are_found() {
        for text in [
            "<style>p{}</style>",
            "<p style=\"color:red\">",
            "<script>alert(1)</script>",
            "<button\n onclick=\"x()\">",
            "<a href=\"javascript:x()\">",
        ] {
            assert_eq!(inline(&page(text)).len(), 1, "{text}");
        }
        let fine = "<script src=\"/x.js\" defer></script><option value=\"x\"><p data-on=\"x\">";
        assert_eq!(inline(&page(fine)), [""; 0]);
        let mail = vec![Source::other("templates/notifications/mail.html", "<p style=\"x\">")];
        assert_eq!(inline(&mail), [""; 0]);
    }

    #[test]
    fn a_form_without_a_token_is_found() {
        assert_eq!(tokens(&page("<form method=\"post\" action=\"/x\"><button></form>")).len(), 1);
        let with = "<form class=\"a\" method=\"post\">{{ ui::csrf(page) }}</form>";
        assert_eq!(tokens(&page(with)), [""; 0]);
        assert_eq!(tokens(&page("<form action=\"/verify\"></form>")), [""; 0]);
    }

    #[test]
    fn a_template_that_is_not_laid_out_is_found() {
        for text in [
            "<ul><li>x</li></ul>",
            "<div>\n  <dt>x</dt><dd>y</dd>\n</div>",
            "<div>\n  <p>x</p></div>",
            "</div><p>",
            "<div>\n  <p>x</p>\n  </div>",
            "<p>\n  x</p>",
            "<div>\n<p>x</p>\n</div>",
            "{{ \"<p>\" }}<h2>x</h2>{# <p> #}<h{{ level }}>",
        ] {
            assert_eq!(layout(&page(text)).len(), 1, "{text}");
        }
        assert_eq!(layout(&page(&format!("<p>{}</p>", "x".repeat(134)))).len(), 1);
        assert_eq!(layout(&page(&format!("<p>{}</p>", "测".repeat(133)))), [""; 0]);
        let fine = "<ul>\n  {% if x %}\n    <li><a href=\"/\"><b>x</b></a> y</li>\n  {% endif %}\n\
            </ul>\n<form\n  method=\"get\">\n  <input name=\"x\">\n  <p>{{ \"<p>\" }}</p>\n\
            </form>\n";
        assert_eq!(layout(&page(fine)), [""; 0]);
    }
}
