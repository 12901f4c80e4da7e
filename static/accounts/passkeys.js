// Forms that a passkey answers. `data-passkey` is "create" or "get"; the challenge stands in `data-options` or is
// fetched from `data-options-from`. The answer goes into the field `credential`, and the form is sent as any other.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function opened(options) {
  const key = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
  if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (key[list]) key[list] = key[list].map((each) => ({ ...each, id: bytes(each.id) }));
  }
  return { publicKey: key };
}

function written(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    type: credential.type,
    id: credential.id,
    rawId: text(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

async function challenge(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const answer = await fetch(form.dataset.optionsFrom, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  return (await answer.json()).request_options;
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const said = form.querySelector("[data-passkey-said]");
  const known = Boolean(window.PublicKeyCredential);
  if (known) form.hidden = false;
  else if (!form.hidden) said.textContent = said.dataset.unknown;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!known) return;
    said.textContent = "";
    const button = form.querySelector("[type=submit]");
    button.disabled = true;
    try {
      const options = opened(await challenge(form));
      const way = form.dataset.passkey === "create" ? "create" : "get";
      form.elements.credential.value = written(await navigator.credentials[way](options));
      form.submit();
    } catch {
      said.textContent = said.dataset.refused;
      button.disabled = false;
    }
  });
}
