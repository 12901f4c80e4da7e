// Lists what keep.js has kept on this device: stories that were saved (a store for each, with its pictures), and pages
// that were read lately (one store). With a connection it asks whether each still stands, and drops what does not.
const kept = document.querySelector(".kept");
const { path: address, ...words } = kept.dataset;
const [saved, lately] = kept.querySelectorAll("section");
const [note, plain, all] = kept.querySelectorAll(":scope > p");
const language = document.documentElement.lang;
const isInstead = location.pathname !== address;
const PAUSE = 1000; // milliseconds
let isTrying = false;
let isRemoving = false; // then nothing is asked for any more: what is taken away stays away

plain.remove();
note.querySelector("span").hidden = !isInstead;
note.querySelector("button").addEventListener("click", () => location.reload());
const look = () => (note.hidden = navigator.onLine && !isInstead);
addEventListener("offline", look);
addEventListener("online", () => (isInstead ? comeBack() : look()));
look();
if (isInstead) setTimeout(comeBack, PAUSE);

// Loads the page that was wanted once it can be had: a line is often said to be back before anything comes through, and
// to be there when nothing does. A HEAD is not the worker's.
async function comeBack() {
  for (let pause = PAUSE; navigator.onLine && !isTrying; pause = Math.min(pause * 2, 60 * PAUSE)) {
    isTrying = true;
    const answer = await fetch(location.href, { method: "HEAD", cache: "no-store" }).catch(() => null);
    if (answer && ![502, 503, 504].includes(answer.status)) return location.reload();
    await new Promise(done => setTimeout(done, pause));
    isTrying = false;
  }
}

async function line(answer, path) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = name => page.querySelector(`meta[property="${name}"]`)?.content;
  if (said("og:type") !== "article") return null;
  const item = document.createElement("li"), headline = document.createElement("h3"), link = document.createElement("a");
  const time = document.createElement("time"), below = document.createElement("p");
  headline.className = "headline";
  headline.lang = page.documentElement.lang;
  headline.dir = page.documentElement.dir;
  link.href = path;
  link.textContent = said("og:title");
  time.dateTime = said("article:published_time");
  time.textContent = new Date(time.dateTime).toLocaleDateString(language === "en" ? "en-GB" : language, {
    day: "numeric", month: "long", year: "numeric", calendar: "gregory", numberingSystem: "latn",
  });
  below.append(time);
  headline.append(link);
  item.append(headline, below);
  return item;
}

// A button that takes the story away, and puts it back as long as this page is open.
function remover(name) {
  const button = document.createElement("button"), told = document.createElement("span");
  let taken = null;
  button.type = "button";
  button.textContent = words.remove;
  told.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    button.disabled = isRemoving = true;
    const cache = await caches.open(name);
    if (taken) {
      for (const [request, answer] of taken) await cache.put(request, answer);
      taken = null;
    } else {
      taken = await Promise.all((await cache.keys()).map(async request => [request, await cache.match(request)]));
      await caches.delete(name);
    }
    button.textContent = taken ? words.back : words.remove;
    told.textContent = taken ? words.gone : "";
    button.disabled = false;
    button.focus();
  });
  return [" ", button, " ", told];
}

async function list() {
  const names = (await caches.keys()).filter(name => name.startsWith("saved "));
  for (const name of names) {
    const path = name.slice(6);
    const answer = await caches.match(path, { cacheName: name });
    const item = answer && (await line(answer, path));
    if (!item) continue;
    item.lastChild.append(...remover(name));
    saved.querySelector("ul").prepend(item);
  }
  saved.querySelector("p").hidden = names.length > 0;
  const store = await caches.open("lately");
  for (const { url } of await store.keys()) {
    const item = await line(await store.match(url), new URL(url).pathname);
    if (item) lately.querySelector("ul").prepend(item);
  }
  saved.hidden = false;
  lately.hidden = !lately.querySelector("li");
  all.hidden = lately.hidden && !names.length;
  for (const name of navigator.onLine ? [...names, "lately"] : []) await freshen(name).catch(() => {});
}

async function freshen(name) {
  if (isRemoving || !(await caches.has(name))) return;
  const cache = await caches.open(name);
  for (const { url } of await cache.keys()) {
    const { pathname } = new URL(url);
    if (!pathname.endsWith("/")) continue; // a picture, a script
    const answer = await fetch(url, { cache: "no-cache" });
    if (isRemoving) return;
    if (answer.status === 404 || answer.status === 410) {
      await (name === "lately" ? cache.delete(url) : caches.delete(name));
      for (const link of kept.querySelectorAll("h3 a")) if (link.pathname === pathname) link.closest("li").remove();
    } else if (answer.ok) {
      const text = await answer.text(), path = new URL(answer.url).pathname;
      if (path === pathname && text === (await (await cache.match(url)).text())) continue;
      // Not the answer itself: browsers show none that was led on.
      const copy = new Response(text, { headers: answer.headers });
      if (name === "lately") await replace(cache, cache, pathname, path, copy);
      else await renew(name, cache, pathname, path, text, copy);
    }
  }
}

async function replace(from, to, old, path, copy) {
  if (isRemoving) return;
  await to.put(path, copy);
  if (path === old) return;
  await from.delete(old);
  for (const link of kept.querySelectorAll("h3 a")) if (link.pathname === old) link.href = path;
}

// A saved story's page as it is now, once all is here that it shows; under its new address, where it has one.
async function renew(name, cache, old, path, text, copy) {
  const page = new DOMParser().parseFromString(text, "text/html"), pieces = [...page.scripts].map(each => each.src);
  for (const each of page.querySelectorAll("article img")) {
    if (each.closest("details:not([open])")) continue;
    const shown = document.importNode(each.closest("picture") ?? each, true);
    const picture = shown.querySelector("img") ?? shown;
    picture.loading = "eager";
    await picture.decode();
    pieces.push(picture.currentSrc); // the browser's choice
  }
  const here = pieces.filter(each => each.startsWith(location.origin));
  const missing = [];
  for (const each of new Set(here)) if (!(await cache.match(each))) missing.push(each);
  if (isRemoving) return;
  await cache.addAll(missing);
  if (path === old) return replace(cache, cache, old, path, copy);
  const store = await caches.open(`saved ${path}`);
  for (const { url } of await cache.keys())
    if (new URL(url).pathname !== old) await store.put(url, await cache.match(url));
  if (isRemoving) return caches.delete(`saved ${path}`);
  const item = [...saved.querySelectorAll("h3 a")].find(link => link.pathname === old)?.closest("li");
  await replace(cache, store, old, path, copy);
  await caches.delete(name);
  item?.lastChild.replaceChildren(item.querySelector("time"), ...remover(`saved ${path}`));
}

all.querySelector("button").addEventListener("click", async () => {
  if (!confirm(words.sure)) return;
  isRemoving = true;
  const names = (await caches.keys()).filter(name => name === "lately" || name.startsWith("saved "));
  await Promise.all(names.map(name => caches.delete(name)));
  kept.querySelectorAll("li").forEach(item => item.remove());
  saved.querySelector("p").hidden = false;
  lately.hidden = true;
  all.querySelector("span").textContent = words.gone;
});

if (window.caches) list().catch(() => {});
else saved.hidden = false, saved.querySelector("p").hidden = false;
