// Asks the browser for a passkey, where it has them. Without it the code of the app does.
(() => {
  const all = (s) => [...document.querySelectorAll(s)];
  const known = globalThis.PublicKeyCredential;
  if (!known?.parseCreationOptionsFromJSON || !known.parseRequestOptionsFromJSON) return;
  all("[data-passkey-offer]").forEach((e) => (e.hidden = false));
  all("[data-passkey-missing]").forEach((e) => (e.hidden = true));

  // <form data-passkey="create|get" data-options="JSON"> with a hidden field that takes the answer.
  const ask = (form) => {
    const options = JSON.parse(form.dataset.options);
    return form.dataset.passkey === "create"
      ? navigator.credentials.create({ publicKey: known.parseCreationOptionsFromJSON(options) })
      : navigator.credentials.get({ publicKey: known.parseRequestOptionsFromJSON(options) });
  };
  all("form[data-passkey]").forEach((form) => {
    const failed = (yes) => all("[data-passkey-failed]").forEach((e) => (e.hidden = !yes));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      failed(false);
      try {
        const made = await ask(form);
        form.elements.passkey.value = JSON.stringify(made.toJSON());
        form.submit();
      } catch {
        failed(true);
      }
    });
  });
})();
