// The board: cards move by their menu or by dragging, and the columns come anew every twenty seconds.
const board = document.querySelector("[data-board]");
const dialog = document.querySelector("[data-board-dialog]");
const said = document.querySelector("[data-board-said]");
const words = document.querySelector("[data-board-words]").dataset;
const part = (name) => dialog.querySelector(`[data-${name}]`);
const EVERY = 20_000;
let asked = null; // what the dialog is about: {link, card}
let dragged = null;

function say(text, isRefusal = false) {
  said.textContent = text;
  said.classList.toggle("refused", isRefusal);
}

// Columns

let shown = null;

async function refresh() {
  let html;
  try {
    const answer = await fetch(board.dataset.board, { headers: { Accept: "text/html" }, redirect: "error" });
    if (!answer.ok) throw new Error(answer.status);
    html = await answer.text();
  } catch {
    if (!said.textContent) say(words.stale, true);
    return;
  }
  if (said.textContent === words.stale) say("");
  // Nothing moves under somebody's hands.
  if (html === shown || dragged || dialog.open || board.querySelector(".card-menu[open]")) return;
  const focused = board.contains(document.activeElement) ? document.activeElement.id : "";
  const [across, down] = [board.scrollLeft, scrollY];
  board.innerHTML = html;
  shown = html;
  board.scrollLeft = across;
  scrollTo({ top: down, behavior: "instant" });
  if (focused) (document.getElementById(focused) ?? board.querySelector(".card a"))?.focus({ preventScroll: true });
}

setInterval(() => document.hidden || refresh(), EVERY);
document.addEventListener("visibilitychange", () => document.hidden || refresh());

// Moves

function ask(link, card) {
  asked = { link, card };
  const { verb } = link.dataset;
  part("title").textContent = part("do").textContent = link.textContent;
  part("story").textContent = card.querySelector("h3").textContent;
  const isLive = verb === "publish" || verb === "update";
  part("live").hidden = !isLive;
  part("note").hidden = isLive || verb === "recall";
  const note = dialog.querySelector("textarea");
  note.value = "";
  note.required = verb === "return";
  part("refused").hidden = part("open").hidden = true;
  dialog.showModal();
  (part("note").hidden ? part("do") : note).focus();
}

async function move() {
  const { link, card } = asked;
  const data = new FormData(dialog.querySelector("form"));
  data.set("version", card.dataset.version);
  part("do").disabled = true;
  try {
    const answer = await fetch(link.href, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const told = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (answer.ok && told.said) {
      dialog.close();
      say(told.said);
      shown = null;
      await refresh();
      document.getElementById(`${card.id}-open`)?.focus();
    } else {
      refuse(told.refused || words.lost, told.address);
      if (told.version) card.dataset.version = told.version; // pressed once more, it is meant
    }
  } catch {
    refuse(words.lost);
  } finally {
    part("do").disabled = false;
  }
}

function refuse(text, address) {
  part("refused").textContent = text;
  part("refused").hidden = false;
  part("open").hidden = !address;
  if (address) part("open").href = address;
}

dialog.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  move();
});
part("cancel").addEventListener("click", () => dialog.close());
dialog.addEventListener("close", () => {
  const menu = asked?.card.querySelector(".card-menu");
  if (menu) menu.open = false;
  asked?.card.querySelector("summary")?.focus();
});

board.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-verb]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  ask(link, link.closest(".card"));
});
board.addEventListener("keydown", (event) => {
  const menu = event.target.closest(".card-menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// Dragging

const columnOf = (event) => event.target.closest?.("[data-column]");
const wayTo = (column) => dragged?.querySelector(`a[data-to="${column?.dataset.column}"]`);

board.addEventListener("dragstart", (event) => {
  dragged = event.target.closest(".card[draggable]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.number);
  dragged.classList.add("moving");
  for (const column of board.querySelectorAll("[data-column]")) column.classList.toggle("takes", Boolean(wayTo(column)));
});
board.addEventListener("dragover", (event) => {
  const column = columnOf(event);
  if (!dragged || !column) return;
  event.preventDefault(); // where it cannot go, it is told on the drop
  for (const each of board.querySelectorAll(".over")) if (each !== column) each.classList.remove("over");
  column.classList.add("over");
});
board.addEventListener("drop", (event) => {
  const column = columnOf(event);
  if (!dragged || !column) return;
  event.preventDefault();
  const link = wayTo(column);
  if (link?.dataset.verb) ask(link, dragged);
  else if (link) location.assign(link.href); // the clock's own page asks for the time
  else if (!column.contains(dragged)) say(words.refused, true);
});
board.addEventListener("dragend", () => {
  dragged?.classList.remove("moving");
  dragged = null;
  for (const column of board.querySelectorAll(".takes, .over")) column.classList.remove("takes", "over");
});
