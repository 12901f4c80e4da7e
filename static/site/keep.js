// On a story and on a front: says once that the story was read, and keeps the page on the reader's device: the last
// twenty by themselves, and stories that are saved with their pictures. A preview at the desk does none of it.
if (!location.pathname.startsWith("/admin/")) {
  const box = document.querySelector("[data-story]");
  if (box?.dataset.reads) count(box.dataset);
  const note = document.querySelector(".offline");
  if (navigator.serviceWorker && window.caches) addEventListener("load", () => keep(box, note).catch(() => {}));
  note.hidden = navigator.onLine;
  navigator.serviceWorker?.addEventListener("message", () => (note.hidden = false)); // from the worker: this is a copy
}

// Ten seconds before somebody's eyes, or scrolled on; not of those who ask not to be followed, nor of machines.
function count({ reads, story }) {
  if (navigator.webdriver || navigator.globalPrivacyControl || navigator.doNotTrack === "1") return;
  let left = 10;
  const tell = () => {
    clearInterval(clock);
    removeEventListener("scroll", look);
    const about = { method: "POST", body: story, keepalive: true, credentials: "omit", referrerPolicy: "no-referrer" };
    fetch(reads, about).catch(() => {});
  };
  const look = () => scrollY > innerHeight / 2 && tell();
  const clock = setInterval(() => document.hidden || --left || tell(), 1000);
  addEventListener("scroll", look, { passive: true });
}

async function keep(box, note) {
  const LATELY = 20, SAVED = 30;
  const here = new URL(document.querySelector("link[rel=canonical]").href).pathname, name = `saved ${here}`;
  // As it has just come: out of the browser's own store, without asking anybody.
  const page = () => fetch(location.href, { cache: "force-cache" });

  async function save() {
    const answer = await page();
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const pictures = [...document.querySelectorAll("article img")].filter(each => !each.closest("details:not([open])"));
    for (const each of pictures) each.loading = "eager";
    await Promise.allSettled(pictures.map(each => each.decode()));
    const fonts = performance.getEntriesByType("resource").map(each => each.name).filter(each => each.includes("/fonts/"));
    const pieces = [...document.scripts].map(each => each.src).concat(pictures.map(each => each.currentSrc), fonts);
    const cache = await caches.open(name);
    await cache.put(here, answer);
    const wanted = new Set(pieces.filter(each => each.startsWith(location.origin)));
    const results = await Promise.allSettled([...wanted].map(each => cache.add(each)));
    for (const { reason } of results) if (reason?.name === "QuotaExceededError") throw reason;
    await (await caches.open("lately")).delete(here);
  }

  async function remember() {
    const answer = await page();
    if (!answer.ok || answer.redirected) return;
    const cache = await caches.open("lately");
    await cache.delete(here);
    await cache.put(here, answer);
    for (const old of (await cache.keys()).slice(0, -LATELY)) await cache.delete(old);
  }

  async function press(button, told, words) {
    button.disabled = true;
    try {
      const saved = (await caches.keys()).filter(each => each.startsWith("saved "));
      if (saved.includes(name)) {
        await caches.delete(name);
        await remember();
        told.textContent = words.removed;
      } else if (saved.length >= SAVED) {
        told.textContent = words.many;
      } else {
        await save();
        told.textContent = words.saved;
      }
    } catch (problem) {
      await caches.delete(name);
      told.textContent = problem.name === "QuotaExceededError" ? words.full : words.failed;
    }
    await show(button, words);
    button.disabled = false;
  }

  const show = async (button, words) => (button.textContent = (await caches.has(name)) ? words.remove : words.save);

  navigator.serviceWorker.register("/sw.js").catch(() => {});
  if (box) {
    const [button, told] = box.children;
    await show(button, box.dataset);
    button.addEventListener("click", () => press(button, told, box.dataset));
    box.hidden = false;
  }
  // A saved story is kept as it is now; without a connection, and where this is the copy itself, it stays as it was.
  if (note.hidden) await ((await caches.has(name)) ? save() : remember()).catch(() => {});
}
