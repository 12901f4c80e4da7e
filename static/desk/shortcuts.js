// Keys for those who live in the desk: never while somebody types, and they can be switched off.
const sheet = document.getElementById("shortcuts");
const search = document.getElementById("desk-search");
const button = document.getElementById("shortcuts-open");
const tick = document.getElementById("shortcuts-on");
const OFF = "desk-shortcuts-off";
const ITEMS = "#result_list tbody th a, .board .card h3 a, .desk .stories li > a, .desk-search-page .stories li > a";
const TYPING = "input, textarea, select, [contenteditable]:not([contenteditable=false]), [role=textbox], [role=combobox], [role=listbox], [role=menu], video, audio";
let waits = 0; // until when a "g" waits for its second key

const isOn = () => {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true; // a browser that keeps nothing
  }
};

function go(address) {
  if (address) location.assign(address);
}

function step(by) {
  const items = [...document.querySelectorAll(ITEMS)].filter((item) => item.checkVisibility?.() ?? true);
  if (!items.length) return;
  // From a card's menu, or the row's box, the story is the one that it belongs to.
  const here = document.activeElement;
  const holder = here.closest("tr, .card, .stories > li");
  const now = items.findIndex((item) => item === here || holder?.contains(item));
  const next = now < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(Math.max(now + by, 0), items.length - 1);
  items[next].focus();
  items[next].scrollIntoView({ block: "nearest", inline: "nearest" });
}

const PLACES = { s: "stories", b: "board", h: "home" };
const KEYS = {
  "/": () => search?.focus(),
  "?": () => sheet.showModal(),
  n: () => go(sheet.dataset.new),
  j: () => step(1),
  k: () => step(-1),
};

function onKey(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key)) return;
  const target = event.composedPath()[0];
  if (!isOn() || document.querySelector("dialog[open]") || target.closest?.(TYPING)) return;
  if (waits > event.timeStamp && PLACES[event.key]) {
    waits = 0;
    event.preventDefault();
    go(sheet.dataset[PLACES[event.key]]);
  } else if (event.key === "g") {
    waits = event.timeStamp + 1500;
  } else if (KEYS[event.key]) {
    waits = 0;
    event.preventDefault();
    KEYS[event.key]();
  }
}

if (sheet) {
  button.hidden = false;
  button.addEventListener("click", () => sheet.showModal());
  tick.checked = isOn();
  tick.addEventListener("change", () => {
    try {
      if (tick.checked) localStorage.removeItem(OFF);
      else localStorage.setItem(OFF, "1");
    } catch {
      // It holds for this page only then.
    }
  });
  document.addEventListener("keydown", onKey);
}
