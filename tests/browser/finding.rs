//! How elements are found, filled in and pressed. `finding.js` runs through the driver, which the
//! content security policy does not concern, and works with the page's own scripts off.

use std::time::{Duration, Instant};

use fantoccini::elements::{Element, ElementRef};
use serde_json::{Value, json};

use crate::chromium::Browser;

const SCRIPT: &str = include_str!("finding.js");
/// How long something may take to appear.
pub const PATIENCE: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(25);

/// The key of an element in the answers of a WebDriver.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Before a click: scrolls until nothing lies over what is clicked, such as the action at the foot
/// of a phone; marks the page, to tell it from the next; and returns whether the click leads on to
/// one. It does not when a script takes the form's place, which the page then says of itself.
pub const BEFORE_A_CLICK: &str = "\
    const [element] = arguments;\
    element.scrollIntoView({ block: 'center' });\
    window.wasHere = true;\
    window.addEventListener('submit', (e) => { window.wasHere = !e.defaultPrevented; });\
    const link = element.closest('a[href]');\
    if (link) return !link.hasAttribute('download') && !link.getAttribute('href').startsWith('#');\
    return element.type === 'submit' && !!element.form &&\
      (element.form.noValidate || element.form.checkValidity());";

/// After one: whether the next page is there, or the old one stays on purpose.
pub const AFTER_A_CLICK: &str = "return !window.wasHere";

/// The one element of this kind with these words, waited for; or what is there instead.
pub async fn find(
    browser: &Browser,
    kind: &str,
    words: &str,
    scope: Option<&str>,
) -> Result<Element, String> {
    let began = Instant::now();
    loop {
        let answer = browser.client.execute(SCRIPT, vec![json!(kind), json!(words), json!(scope)]);
        let problem = match answer.await {
            Ok(answer) => {
                let found = answer["found"].as_array().map_or(&[][..], Vec::as_slice);
                match found {
                    [one] => return Ok(element(browser, one)),
                    [] => format!("there is no {kind} “{words}”; there is {}", answer["there"]),
                    _ => format!("there are {} of {kind} “{words}”", found.len()),
                }
            }
            // Between two pages there is none.
            Err(error) => error.to_string(),
        };
        if began.elapsed() > PATIENCE {
            return Err(problem);
        }
        tokio::time::sleep(POLL).await;
    }
}

fn element(browser: &Browser, json: &Value) -> Element {
    let id = json[ELEMENT].as_str().unwrap_or_default().to_owned();
    Element::from_element_id(browser.client.clone(), ElementRef::from(id))
}

/// Waits until a script returns true; the last answer otherwise.
pub async fn wait_until(browser: &Browser, script: &str, args: Vec<Value>) -> Result<(), Value> {
    let began = Instant::now();
    loop {
        let answer = browser.client.execute(script, args.clone()).await;
        match answer {
            Ok(Value::Bool(true)) => return Ok(()),
            Ok(other) if began.elapsed() > PATIENCE => return Err(other),
            Err(error) if began.elapsed() > PATIENCE => return Err(json!(error.to_string())),
            _ => tokio::time::sleep(POLL).await,
        }
    }
}
