// A form of the desk that was sent when nobody was signed in any more: what was typed into it waits in this window, and
// is put back when the form comes again after signing in. The story's own form keeps its text itself (keeping.js).

const KEY = "desk-held"
const SOON = 60_000

const held = JSON.parse(sessionStorage.getItem(KEY) || "null")
const signsIn = document.querySelector("[data-held-back]") === null

const typed = (form) =>
  [...form.elements].filter(
    (field) => field.name && !["hidden", "password", "file", "submit", "button", "fieldset"].includes(field.type),
  )

const value = (field) => (["checkbox", "radio"].includes(field.type) ? field.checked : field.value)

const putBack = (form, fields) => {
  typed(form).forEach((field, place) => {
    const [name, was] = fields[place] ?? []
    if (name !== field.name) return
    if (typeof was === "boolean") field.checked = was
    else field.value = was
    field.dispatchEvent(new Event("input", { bubbles: true }))
  })
  form.closest("details")?.setAttribute("open", "")
  const said = document.createElement("p")
  said.className = "story-warning"
  said.setAttribute("role", "status")
  said.textContent = document.querySelector("[data-held-back]").dataset.heldBack
  form.prepend(said)
  said.scrollIntoView({ block: "center" })
}

if (held && signsIn) {
  // On the way to the sign-in, straight after sending.
  if (!held.isLost && Date.now() - held.at < SOON) sessionStorage.setItem(KEY, JSON.stringify({ ...held, isLost: true }))
} else if (held && !held.isLost) {
  sessionStorage.removeItem(KEY) // it arrived
} else if (held) {
  const form = [...document.querySelectorAll("form[method=post]")].find((each) => each.action === held.action)
  if (form) {
    sessionStorage.removeItem(KEY)
    putBack(form, held.fields)
  }
}

document.addEventListener("submit", ({ target: form }) => {
  if (form.id === "logout-form") {
    for (const key of Object.keys(sessionStorage)) if (key === KEY || key.startsWith("desk.beside:")) sessionStorage.removeItem(key)
  }
  if (signsIn || form.method !== "post" || form.id === "logout-form" || form.matches("#article_form, [data-in-place]")) return
  const fields = typed(form).map((field) => [field.name, value(field)])
  if (!fields.some(([, each]) => typeof each === "string" && each.trim())) return
  sessionStorage.setItem(KEY, JSON.stringify({ action: form.action, fields, at: Date.now(), isLost: false }))
})
