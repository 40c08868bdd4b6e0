// Enhancement only: every page works without this file.
(() => {
  const all = (s, r = document) => [...r.querySelectorAll(s)];

  // <button type="button" hidden data-copy="#id" data-done="Copied">Copy</button>
  all("[data-copy]").forEach((b) => {
    if (!navigator.clipboard) return;
    b.hidden = false;
    b.addEventListener("click", async () => {
      const from = document.querySelector(b.dataset.copy);
      if (!from) return;
      await navigator.clipboard.writeText((from.value ?? from.textContent).trim());
      const was = b.textContent;
      b.textContent = b.dataset.done || was;
      setTimeout(() => (b.textContent = was), 2000);
    });
  });

  // One submission: the pressed button waits, in words (data-busy). Undone when the page comes back from the cache.
  const busy = [];
  document.addEventListener("submit", (e) => setTimeout(() => {
    if (e.defaultPrevented || e.target.hasAttribute("data-repeat")) return;
    all("button:not([type=button])", e.target).forEach((b) => {
      busy.push([b, b.innerHTML]);
      if (b === e.submitter && b.dataset.busy) b.textContent = b.dataset.busy;
      b.disabled = true;
    });
  }));
  addEventListener("pageshow", () => busy.splice(0).forEach(([b, h]) => { b.disabled = false; b.innerHTML = h; }));

  // Menus close with Escape and by a press elsewhere.
  const close = (keep) => all("details.menu[open]").forEach((d) => { if (!d.contains(keep)) d.open = false; });
  document.addEventListener("click", (e) => close(e.target));
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      const d = e.target.closest?.("details.menu[open]");
      close(null);
      if (d) d.querySelector("summary").focus();
    }
    // In <table data-keynav> j and k (and, inside it, the arrows) walk the first link of each row; Enter opens it, as on
    // any link; c presses the row's button of that key. What is typed into a field stays what it is.
    const typing = e.target.closest?.("input, textarea, select, [contenteditable]");
    if (typing || e.ctrlKey || e.metaKey || e.altKey) return;
    const rows = all("[data-keynav] tbody tr a:first-of-type").filter((a, i, l) => l.findIndex((b) => b.closest("tr") === a.closest("tr")) === i);
    if (!rows.length) return;
    const at = rows.findIndex((a) => a.closest("tr").contains(document.activeElement));
    if (at >= 0 && e.key === "c") rows[at].closest("tr").querySelector("[data-key=c]")?.click();
    const step = { j: 1, k: -1, ...(at < 0 ? {} : { ArrowDown: 1, ArrowUp: -1 }) }[e.key];
    if (!step) return;
    e.preventDefault();
    rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + step))].focus();
  });
})();
