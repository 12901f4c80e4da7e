// A story changes hands: the bar's buttons open a dialog, which saves and hands on in one go.
// Without this they save and lead to a page that asks the same.

for (const button of document.querySelectorAll("[data-asks]")) {
  const dialog = document.getElementById(button.dataset.asks)
  button.addEventListener("click", (event) => {
    event.preventDefault()
    dialog.showModal()
  })
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close())
  // The story's own form is not held back by half-written fields; what is asked here is owed.
  dialog.querySelector("[name=_do]").addEventListener("click", (event) => {
    const missing = [...dialog.querySelectorAll("textarea")].find((field) => !field.reportValidity())
    if (missing) event.preventDefault()
  })
}
