//! Templates: each belongs to one page struct, none has style or script in it, every form that
//! changes something carries the reader's token.

use super::source::Source;

/// What every page is made of; these belong to nobody.
const SHARED: &[&str] = &["templates/layout.html", "templates/ui.html"];

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
                wrong
                    .push(template.at(at, "a form without {% call ui::csrf(page) %}{% endcall %}"));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod self_test {
    use super::{inline, owners, tokens};
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
        let with =
            "<form class=\"a\" method=\"post\">{% call ui::csrf(page) %}{% endcall %}</form>";
        assert_eq!(tokens(&page(with)), [""; 0]);
        assert_eq!(tokens(&page("<form action=\"/verify\"></form>")), [""; 0]);
    }
}
