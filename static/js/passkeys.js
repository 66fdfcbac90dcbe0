// Passkeys: the browser's ceremony between a form's button and its POST. Forms say what they want with data-passkey:
// "create" (a new one), "get" (prove one; options on the page), "sign-in" (prove one; options are fetched first).
(() => {
  "use strict";

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  function creation(given, passwordless) {
    const wanted = structuredClone(given.publicKey);
    wanted.challenge = bytes(wanted.challenge);
    wanted.user.id = bytes(wanted.user.id);
    wanted.excludeCredentials = known(wanted.excludeCredentials);
    const selection = (wanted.authenticatorSelection ??= {});
    selection.residentKey = passwordless ? "required" : "discouraged";
    selection.requireResidentKey = passwordless;
    if (passwordless) selection.userVerification = "required";
    return { publicKey: wanted };
  }

  function request(given) {
    const wanted = structuredClone(given.publicKey);
    wanted.challenge = bytes(wanted.challenge);
    wanted.allowCredentials = known(wanted.allowCredentials);
    return { publicKey: wanted };
  }

  function plain(credential) {
    const response = { clientDataJSON: text(credential.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return {
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response,
      authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
      clientExtensionResults: credential.getClientExtensionResults(),
    };
  }

  async function options(form) {
    if (form.dataset.passkey !== "sign-in") return JSON.parse(document.getElementById("passkey-options").textContent);
    const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error("The server did not answer.");
    return answer.json();
  }

  async function start(form) {
    const given = await options(form);
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create(creation(given.creation_options, Boolean(form.elements.passwordless?.checked)))
      : await navigator.credentials.get(request(given.request_options));
    form.elements.credential.value = JSON.stringify(plain(credential));
    form.submit();
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[data-passkey-start]");
    const problem = form.querySelector("[data-passkey-error]");
    if (!window.PublicKeyCredential) {
      button.disabled = true;
      continue;
    }
    form.hidden = false;
    button.addEventListener("click", async () => {
      problem.hidden = true;
      button.disabled = true;
      try {
        await start(form);
      } catch (error) {
        problem.textContent = error.name === "NotAllowedError"
          ? "The passkey was not used: it was called off, or took too long. Try again."
          : "This passkey cannot be used here.";
        problem.hidden = false;
        button.disabled = false;
      }
    });
  }
})();
