// “Alerts on this device” on /subscribe/: shown where the browser can do it; it is asked for leave only when the reader
// presses the button. What the device wants to hear about stands at the paper, under an address that the browser knows.
const box = document.querySelector(".alerts");
if (box && navigator.serviceWorker && window.PushManager && window.Notification) begin(box).catch(() => (box.hidden = true));

async function begin(box) {
  const form = box.querySelector("form"), told = box.querySelector("[role=status]");
  const [save, off] = form.querySelectorAll("button");

  function show(isOn) {
    save.textContent = isOn ? save.dataset.on : save.dataset.off;
    off.hidden = !isOn;
  }

  async function ask(verb, subscription) {
    const body = new URLSearchParams(new FormData(form));
    const { endpoint, keys } = subscription.toJSON();
    for (const [name, value] of Object.entries({ do: verb, endpoint, ...keys })) body.set(name, value);
    const about = { method: "POST", body, credentials: "omit", referrerPolicy: "no-referrer" };
    const answer = await fetch(form.action, about), said = await answer.json();
    return { ...said, ok: answer.ok };
  }

  // The newest key of the paper: what was allowed for an older one is of no use any more.
  async function subscribe() {
    const worker = await navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready);
    const key = Uint8Array.from(atob(box.dataset.key.replaceAll("-", "+").replaceAll("_", "/")), each => each.charCodeAt());
    const old = await worker.pushManager.getSubscription();
    const known = old?.options.applicationServerKey && new Uint8Array(old.options.applicationServerKey);
    if (old && String(known) !== String(key)) await old.unsubscribe();
    return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }

  async function current() {
    const worker = await navigator.serviceWorker.getRegistration("/");
    return worker?.pushManager.getSubscription();
  }

  async function press(work) {
    save.disabled = off.disabled = true;
    told.textContent = "";
    try {
      const answer = await work();
      told.textContent = answer.said;
      if (answer.ok) show(answer.is_on);
    } catch {
      told.textContent = box.dataset.failed;
    }
    save.disabled = off.disabled = false;
  }

  form.addEventListener("submit", event => {
    event.preventDefault();
    press(async () => {
      if ((await Notification.requestPermission()) !== "granted") return { said: box.dataset.refused };
      const subscription = await subscribe(), answer = await ask("on", subscription);
      if (!answer.ok && off.hidden) await subscription.unsubscribe();
      return answer;
    });
  });

  off.addEventListener("click", () =>
    press(async () => {
      const subscription = await current();
      if (!subscription) return { ok: true, is_on: false, said: "" };
      const answer = await ask("off", subscription);
      if (answer.ok) await subscription.unsubscribe();
      return answer;
    }),
  );

  const subscription = Notification.permission === "granted" && (await current());
  box.hidden = false;
  if (!subscription) return;
  // The paper takes forms only from pages that stood for a moment.
  await new Promise(done => setTimeout(done, 1200));
  const known = await ask("look", subscription);
  show(Boolean(known.is_on));
  if (!known.is_on) return;
  for (const each of form.elements["alerts-topics"].length ? form.elements["alerts-topics"] : [form.elements["alerts-topics"]])
    each.checked = known.topics.includes(each.value);
  for (const each of form.querySelectorAll("[name=alerts-language][type=radio]")) each.checked = each.value === known.language;
}
