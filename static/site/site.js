// The one thing on a reader's page that needs a script: copying the link. Without it the button stays hidden.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.nextElementSibling.textContent = button.dataset.done;
  });
}
