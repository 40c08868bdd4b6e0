//! Filling in a form as a person does: the form by the words on its button, the fields by the
//! words beside them.

use scraper::{ElementRef, Html};

use super::reply::{Reply, selector, words_of};

/// Whether only what the page offers may be sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// A value that no option has, or a field that is not there, fails the test.
    AsOffered,
    /// Values and further fields are sent as given, by name.
    Forged,
}

/// A form, ready to be sent.
pub struct Filled {
    /// Where it goes; empty is the page itself.
    pub action: String,
    /// POST, not GET.
    pub is_post: bool,
    /// Names and values.
    pub fields: Vec<(String, String)>,
}

/// Names and values as a browser encodes them.
pub fn encode<K: AsRef<str>, V: AsRef<str>>(fields: &[(K, V)]) -> String {
    let mut encoder = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        encoder.append_pair(name.as_ref(), value.as_ref());
    }
    encoder.finish()
}

/// A control of a form.
struct Control {
    name: String,
    /// The words beside it.
    label: String,
    /// What it is part of: the legend of its group.
    legend: String,
    kind: String,
    /// What is sent if nothing else is said.
    sent: Option<String>,
    /// Values and words that may be chosen.
    options: Vec<(String, String)>,
}

/// Finds the form of a page and fills it in.
#[track_caller]
pub fn fill(page: &Reply, wanted: &str, given: &[(&str, &str)], how: Strictness) -> Filled {
    let html = page.html();
    let (form, button) = find(page, &html, wanted);
    let attribute = |name| form.value().attr(name).unwrap_or_default();
    let mut controls = controls_of(&html, form);
    for (key, value) in given {
        set(page, &mut controls, key, value, how);
    }
    let mut fields: Vec<(String, String)> =
        controls.into_iter().filter_map(|c| Some((c.name, c.sent?))).collect();
    let pressed = button.and_then(|b| {
        let name = b.value().attr("name")?;
        Some((name.to_owned(), b.value().attr("value").unwrap_or_default().to_owned()))
    });
    fields.extend(pressed);
    let button_action = button.and_then(|b| b.value().attr("formaction"));
    Filled {
        action: button_action.unwrap_or(attribute("action")).to_owned(),
        is_post: attribute("method").eq_ignore_ascii_case("post"),
        fields,
    }
}

/// The form, and the button that is pressed.
#[track_caller]
fn find<'a>(
    page: &Reply,
    html: &'a Html,
    wanted: &str,
) -> (ElementRef<'a>, Option<ElementRef<'a>>) {
    let buttons = selector("button:not([type=button]):not([type=reset]), input[type=submit]");
    let mut by_action = Vec::new();
    let (mut exact, mut partly) = (Vec::new(), Vec::new());
    let mut there = Vec::new();
    for form in html.select(&selector("form")) {
        let action = form.value().attr("action").unwrap_or_default();
        let mut first = None;
        for button in form.select(&buttons) {
            first = first.or(Some(button));
            let words = button_words(button);
            if words == wanted {
                exact.push((form, Some(button)));
            } else if words.contains(wanted) {
                partly.push((form, Some(button)));
            }
            there.push(format!("{action} [{words}]"));
        }
        let path = action.split('?').next().unwrap_or_default();
        if wanted.starts_with('/') && (action == wanted || path == wanted) {
            by_action.push((form, first));
        }
    }
    let found = [by_action, exact, partly].into_iter().find(|f| !f.is_empty()).unwrap_or_default();
    match found.as_slice() {
        [one] => *one,
        [] => panic!(
            "{} ({}) has no form “{wanted}”; it has {there:#?}\n{}",
            page.path,
            page.status,
            page.text()
        ),
        _ => panic!("{} has several forms “{wanted}”: {there:#?}", page.path),
    }
}

fn button_words(button: ElementRef<'_>) -> String {
    let value = button.value();
    value
        .attr("aria-label")
        .or(if value.name() == "input" { value.attr("value") } else { None })
        .map_or_else(|| words_of(button), str::to_owned)
}

fn controls_of(html: &Html, form: ElementRef<'_>) -> Vec<Control> {
    let mut controls: Vec<Control> = Vec::new();
    for element in form.select(&selector("input, select, textarea")) {
        let value = element.value();
        let kind = match value.name() {
            "input" => value.attr("type").unwrap_or("text"),
            other => other,
        };
        let Some(name) = value.attr("name") else { continue };
        if matches!(kind, "submit" | "button" | "reset" | "image" | "file") {
            continue;
        }
        if value.attr("disabled").is_some() {
            continue;
        }
        let mut control = Control {
            name: name.to_owned(),
            label: label_of(html, element),
            legend: legend_of(element),
            kind: kind.to_owned(),
            sent: Some(value.attr("value").unwrap_or_default().to_owned()),
            options: Vec::new(),
        };
        match kind {
            "textarea" => control.sent = Some(element.text().collect()),
            "select" => choose_from_options(element, &mut control),
            "checkbox" | "radio" => {
                let own = value.attr("value").unwrap_or("on").to_owned();
                control.sent = value.attr("checked").map(|_| own.clone());
                control.options = vec![(own, control.label.clone())];
            }
            _ => {}
        }
        let group = controls.iter_mut().find(|c| kind == "radio" && c.name == name);
        if let Some(group) = group {
            group.options.append(&mut control.options);
            group.sent = group.sent.take().or(control.sent);
        } else {
            controls.push(control);
        }
    }
    controls
}

fn choose_from_options(select: ElementRef<'_>, control: &mut Control) {
    control.sent = None;
    let mut first = None;
    for option in select.select(&selector("option")) {
        let words = words_of(option);
        let value = option.value().attr("value").map_or_else(|| words.clone(), str::to_owned);
        first = first.or_else(|| Some(value.clone()));
        if option.value().attr("selected").is_some() {
            control.sent = Some(value.clone());
        }
        control.options.push((value, words));
    }
    control.sent = control.sent.take().or(first);
}

fn label_of(html: &Html, element: ElementRef<'_>) -> String {
    let value = element.value();
    if let Some(words) = value.attr("aria-label") {
        return words.to_owned();
    }
    if let Some(id) = value.attr("id")
        && let Some(label) = html.select(&selector(&format!("label[for='{id}']"))).next()
    {
        return words_of(label);
    }
    let ancestors = element.ancestors().filter_map(ElementRef::wrap);
    let mut labels = ancestors.filter(|e| e.value().name() == "label");
    labels.next().map(words_of).unwrap_or_default()
}

fn legend_of(element: ElementRef<'_>) -> String {
    let ancestors = element.ancestors().filter_map(ElementRef::wrap);
    let mut groups = ancestors.filter(|e| e.value().name() == "fieldset");
    let legend = groups.next().and_then(|g| g.select(&selector("legend")).next());
    legend.map(words_of).unwrap_or_default()
}

#[track_caller]
fn set(page: &Reply, controls: &mut Vec<Control>, key: &str, value: &str, how: Strictness) {
    let is_key = |c: &Control| {
        c.name == key || c.kind != "radio" && c.label == key || c.kind == "radio" && c.legend == key
    };
    let at = controls.iter().position(|c| c.name == key);
    let Some(control) = at.or_else(|| controls.iter().position(is_key)).map(|i| &mut controls[i])
    else {
        let there: Vec<_> =
            controls.iter().map(|c| format!("{} “{}{}”", c.name, c.legend, c.label)).collect();
        assert!(how == Strictness::Forged, "{} has no field “{key}”: {there:#?}", page.path);
        controls.push(Control {
            name: key.to_owned(),
            label: String::new(),
            legend: String::new(),
            kind: "hidden".to_owned(),
            sent: Some(value.to_owned()),
            options: Vec::new(),
        });
        return;
    };
    let offered = control.options.iter().find(|(v, words)| v == value || words == value);
    control.sent = match (control.kind.as_str(), offered) {
        ("checkbox", _) if value.is_empty() => None,
        ("checkbox", None) if matches!(value, "yes" | "on") => {
            control.options.first().map(|(v, _)| v.clone())
        }
        (_, Some((v, _))) => Some(v.clone()),
        ("checkbox" | "radio" | "select", None) => {
            let options = &control.options;
            assert!(
                how == Strictness::Forged,
                "{}: “{key}” does not offer {value}, but {options:?}",
                page.path
            );
            Some(value.to_owned())
        }
        _ => Some(value.to_owned()),
    };
}
