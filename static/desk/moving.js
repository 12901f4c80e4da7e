// Renews the figures of a move every three seconds while it goes on; without this script, "Look again" does.
const EVERY = 3000;

async function look() {
  const answer = await fetch(location.href, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
  if (answer?.ok && !answer.redirected) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.getElementById("moving");
    if (now && !now.hasAttribute("data-going")) {
      location.reload(); // buttons and notes have changed too
      return;
    }
    if (now) document.getElementById("moving").replaceChildren(...now.childNodes);
  }
  setTimeout(look, EVERY);
}

if (document.getElementById("moving")?.hasAttribute("data-going")) setTimeout(look, EVERY);
