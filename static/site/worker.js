// The paper's one service worker (/sw.js). It stores nothing but the pages that say “offline”: pages keep themselves
// (keep.js), and only those of stories and fronts do. What is asked of the network comes from the network; only when
// that fails, or nothing comes for a while, does an answer come from the device. `PAPER` stands above this, in the same file: see articles/views/offline.py.
const SHELL = `shell ${PAPER.release}`;

self.addEventListener("install", event => {
  const wanted = [...Object.values(PAPER.pages), ...PAPER.pieces].map(path => new Request(path, { cache: "no-cache" }));
  event.waitUntil(caches.open(SHELL).then(shell => shell.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", event => {
  const old = names => names.filter(name => name.startsWith("shell ") && name !== SHELL);
  event.waitUntil(caches.keys().then(names => Promise.all(old(names).map(name => caches.delete(name)))));
});

self.addEventListener("fetch", event => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin || request.method !== "GET") return;
  // Witnesses, subscribers and the staff: not ours.
  if (PAPER.apart.some(start => pathname.startsWith(start))) return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  else if (["image", "script", "font"].includes(request.destination)) event.respondWith(piece(request));
});

async function page(event, path) {
  const fetched = fetch(event.request).catch(() => null), kept = await caches.match(path);
  // Withdrawn, killed, never there: whoever has a copy loses it with this answer, however late it comes.
  event.waitUntil(fetched.then(answer => [404, 410].includes(answer?.status) && forget(path)));
  // On a line that lets nothing through, a copy is waited for only so long.
  const late = kept && new Promise(done => setTimeout(done, PAPER.patience));
  const answer = await (late ? Promise.race([fetched, late]) : fetched);
  // The last three: something on the way answers in the paper's place.
  if (answer && ![502, 503, 504].includes(answer.status)) return answer;
  if (kept) event.waitUntil(tell(event.resultingClientId));
  return kept ?? answer ?? (await caches.match(PAPER.pages[path.split("/")[1]] ?? PAPER.pages[""]));
}

// The page says then that it is old, even where the browser believes that there is a connection.
async function tell(id) {
  (await self.clients.get(id))?.postMessage("kept");
}

async function piece(request) {
  try {
    return await fetch(request);
  } catch (problem) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw problem;
  }
}

async function forget(path) {
  await caches.delete(`saved ${path}`);
  if (await caches.has("lately")) await (await caches.open("lately")).delete(path);
}

// A notice about a story (subscriptions/push/messages.py); a later one about the same story takes its place.
self.addEventListener("push", event => {
  const { title, path, ...shown } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { ...shown, data: path }));
});

self.addEventListener("notificationclick", event => {
  event.notification.close();
  const { origin, href } = new URL(event.notification.data, location.origin);
  if (origin === location.origin) event.waitUntil(goTo(href));
});

async function goTo(href) {
  const windows = await self.clients.matchAll({ type: "window" });
  return windows.find(each => each.url === href)?.focus() ?? self.clients.openWindow(href);
}
