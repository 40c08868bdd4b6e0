// Finds what a person would: arguments are the kind of thing, its words, and where to look.
// Returns the best matches, and the words of all there are.
const [kind, words, scope] = arguments;
const clean = (text) => (text || "").replace(/\s+/g, " ").trim();
const isShown = (e) => e.checkVisibility({ visibilityProperty: true, opacityProperty: false });
const textOf = (e) => clean(e.getAttribute("aria-label") || e.innerText || e.value);
const root = scope ? document.querySelector(scope) : document;
if (!root) return { found: [], there: [`nothing matches ${scope}`] };

const byWords = (candidates, nameOf) => {
  const all = candidates.map((e) => [e, nameOf(e)]).filter(([, name]) => name);
  const matching = (test) => all.filter(([, name]) => test(name)).map(([e]) => e);
  let found = matching((name) => name === words);
  if (!found.length) found = matching((name) => name.startsWith(words));
  if (!found.length) found = matching((name) => name.includes(words));
  // The header and the footer have words of the page's own, such as "Sign in".
  const inside = found.filter((e) => e.closest("main"));
  if (found.length > 1 && inside.length === 1) found = inside;
  return { found, there: all.map(([, name]) => name) };
};
const select = (css) => [...root.querySelectorAll(css)];

if (kind === "button" || kind === "link") {
  const css = { button: "button, input[type=submit], summary, [role=button], a.btn", link: "a" };
  const first = byWords(select(css[kind]).filter(isShown), textOf);
  if (first.found.length || kind === "link") return first;
  const links = byWords(select("a").filter(isShown), textOf);
  return { found: links.found, there: [...first.there, ...links.there] };
}
// A control: by the words beside it. Boxes may be drawn by their labels.
const controls = select("input:not([type=hidden]):not([type=submit]), select, textarea").filter(
  (e) => isShown(e) || ["radio", "checkbox", "file"].includes(e.type),
);
return byWords(controls, (e) =>
  clean(e.getAttribute("aria-label") || [...(e.labels || [])].map((l) => l.innerText).join(" ")),
);
