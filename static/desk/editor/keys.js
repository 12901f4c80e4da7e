// The sheet of keys, and what a key is on a keyboard for another alphabet: there it is known by its place.

export const isShortcut = (event, key, code) =>
  (event.ctrlKey || event.metaKey) &&
  !event.altKey &&
  (event.key.toLowerCase() === key || (event.code === code && event.key > "\u007f"))

export const bindKeys = (frame) => {
  const sheet = frame.querySelector("[data-keys]")
  const open = () => sheet.open || sheet.showModal()
  frame.querySelector("[data-keys-open]").addEventListener("click", open)
  sheet.querySelector("[data-keys-close]").addEventListener("click", () => sheet.close())
  frame.addEventListener("keydown", (event) => {
    if (!isShortcut(event, "/", "Slash")) return
    event.preventDefault()
    open()
  })
}
