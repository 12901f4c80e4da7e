// A letter's page at the desk: its figures move while it is being sent. Without this script one loads the page again.
const box = document.querySelector("[data-progress]");
if (box) look();

async function look() {
  await new Promise(done => setTimeout(done, 2000));
  if (document.hidden) return document.addEventListener("visibilitychange", look, { once: true });
  let now;
  try {
    const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    now = await answer.json();
  } catch {
    return look(); // the network may come back
  }
  for (const cell of box.querySelectorAll("[data-figure]")) cell.textContent = now.figures[cell.dataset.figure];
  const bar = box.querySelector("progress");
  if (bar) Object.assign(bar, { max: now.to_send || 1, value: now.decided });
  const said = box.querySelector("[data-said]");
  if (said) said.textContent = now.said;
  if (now.key !== box.dataset.key) return location.reload(); // other buttons, other words
  if (now.goes_on) look();
}
