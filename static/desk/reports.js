// Keys for going through reports: each presses the button, or follows the link, that names it. Never while somebody
// types, and not where the desk's keys are switched off.
const TYPING = "input, textarea, select, [contenteditable], dialog[open] *";
const isOn = () => {
  try {
    return localStorage.getItem("desk-shortcuts-off") === null;
  } catch {
    return true; // a browser that keeps nothing
  }
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
  if (!isOn() || document.querySelector("dialog[open]") || event.composedPath()[0].closest?.(TYPING)) return;
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]:not(:disabled)`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.hash) document.querySelector(wanted.hash)?.focus();
  else wanted.click();
});
