// The panels beside a story: open or closed as they were left, and forms that answer in place, so that what is typed in
// the story stays. Without this a form's answer is a page, and then the story again.

const KEY = "desk.panels"
const read = () => { try { return JSON.parse(localStorage.getItem(KEY)) || {} } catch { return {} } }
const holder = document.querySelector("[data-panels]")
const panels = holder ? [...holder.querySelectorAll("details[data-panel]")] : []

const remember = (panel) => {
  panel.addEventListener("toggle", () => {
    try { localStorage.setItem(KEY, JSON.stringify({ ...read(), [panel.id]: panel.open })) } catch { /* a private window */ }
  })
}

const left = read()
for (const panel of panels) {
  if (panel.id in left) panel.open = left[panel.id]
  remember(panel)
}
// A link to a panel, or to a comment in it, leads to what is open.
const reveal = () => {
  const place = document.getElementById(location.hash.slice(1))
  if (!holder?.contains(place)) return
  for (let at = place.closest("details"); at; at = at.parentElement.closest("details")) at.open = true
  place.scrollIntoView({ block: "nearest" })
}
addEventListener("hashchange", reveal)
reveal()

// What is typed into a panel and not sent stays when the story is saved or a panel renewed, and is warned of on leaving.

const BESIDE = `desk.beside:${location.pathname}`
let isSent = false

const isUnsent = (field) =>
  field.dataset.typed === "surely" ||
  (field.type === "checkbox" ? field.checked !== field.defaultChecked : field.value !== (field.defaultValue ?? null))

const unsent = () => [...(holder?.querySelectorAll("[data-typed]") ?? [])].filter(isUnsent)
const unsentBeside = (form) => unsent().filter((field) => field.form !== form)

const taken = (fields) => fields.map((field) => [field.id, field.type === "checkbox" ? field.checked : field.value])

const putBack = (all) => {
  for (const [id, was] of all) {
    const field = document.getElementById(id)
    if (!field || !holder.contains(field)) continue
    if (typeof was === "boolean") field.checked = was
    else field.value = was
    field.dispatchEvent(new Event("input", { bubbles: true }))
    for (let at = field.closest("details"); at; at = at.parentElement.closest("details")) at.open = true
  }
}

holder?.addEventListener("input", ({ target }) => { if (target.id) target.dataset.typed ??= target.type === "hidden" ? "surely" : "" })
addEventListener("beforeunload", (event) => { if (!isSent && unsent().length) event.preventDefault() })
addEventListener("pageshow", () => { isSent = false })

const beside = JSON.parse(sessionStorage.getItem(BESIDE) || "null")
if (holder && beside) {
  sessionStorage.removeItem(BESIDE)
  putBack(beside)
}

const tell = (panel, words, isProblem = false) => {
  let line = panel.querySelector(":scope > .panel-said")
  if (!line) {
    line = document.createElement("p")
    line.className = "panel-said"
    line.setAttribute("role", "status")
    panel.querySelector("summary").after(line)
  }
  line.classList.toggle("problem", isProblem)
  line.textContent = words
}

// A form names in data-in-place the panel that is to be renewed, its own or, from the strip, another.
// The same part of the answer takes the place of the old one; whatever else brings it to life listens to "panel:renewed".
const renew = (old, fresh, panel) => {
  old.replaceWith(fresh)
  const length = fresh.querySelector("[data-commissioned-length]")
  const editor = document.querySelector("[data-body-frame]")
  if (length && editor) editor.dataset.commissioned = length.dataset.commissionedLength
  panel.dispatchEvent(new CustomEvent("panel:renewed", { bubbles: true }))
}

const isIn = (body, { name, type, checked, value }) =>
  type === "checkbox" ? body.getAll(name).includes(value) === checked : body.get(name)?.replaceAll("\r\n", "\n") === value

// Whether the server took it. What was typed meanwhile stays; refused, all that was typed does.
const post = async (form, button) => {
  const panel = document.getElementById(form.dataset.inPlace)
  const body = new FormData(form, button)
  form.setAttribute("aria-busy", "true")
  let response
  try {
    response = await fetch(form.action, { method: "POST", body })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error // a TypeError is how fetch says that the network is gone
  }
  form.removeAttribute("aria-busy")
  if (!response?.ok) {
    tell(panel, holder.dataset.failed, true)
    return false
  }
  const answer = new DOMParser().parseFromString(await response.text(), "text/html")
  const whole = answer.getElementById(panel.id)
  if (whole) {
    const said = [...answer.querySelectorAll(".messagelist li")].map((line) => line.textContent.trim()).join(" ")
    const isDone = !answer.querySelector(".messagelist .error")
    const stays = taken(unsent().filter((field) => field.form !== form || !isDone || !isIn(body, field)))
    panel.querySelector("summary").replaceWith(whole.querySelector("summary"))
    renew(panel.querySelector(".panel-body"), whole.querySelector(".panel-body"), panel)
    const strip = answer.querySelector(".story-strip")
    if (strip) document.querySelector(".story-strip")?.replaceWith(strip)
    putBack(stays)
    tell(panel, said, !isDone)
    panel.querySelector("summary").focus()
    return isDone
  }
  const refused = [...answer.querySelectorAll("form[data-in-place]")].find((each) => each.getAttribute("action") === form.getAttribute("action"))
  if (!refused) {
    tell(panel, holder.dataset.away, true)
    return false
  }
  tell(panel, "")
  const typed = unsent().filter((field) => field.form === form)
  renew(form, refused, panel)
  for (const { id } of typed) {
    const field = document.getElementById(id)
    if (field) field.dataset.typed = "surely" // in the page now, and still not sent
  }
  panel.querySelector(".errorlist")?.scrollIntoView({ block: "nearest" })
  refused.querySelector("[aria-invalid=true]")?.focus()
  return false
}

const underWay = new WeakMap()
const send = (form, button) => {
  if (!underWay.has(form)) underWay.set(form, post(form, button).finally(() => underWay.delete(form)))
  return underWay.get(form)
}

// Words that go out when the story does are sent before it is published or put on the clock: else others went out, those
// of which the server knows. data-goes-out names the tick with which they do.
const goesOut = ({ dataset }, { name }) =>
  "goesOut" in dataset && (name === "_schedule" || (name === "_publish" && document.getElementById(dataset.goesOut)?.checked))
const owedBefore = (button) => unsent().map(({ form }) => form).find((form) => form && goesOut(form, button))

const sendBefore = async (button) => {
  for (let form = owedBefore(button); form; form = owedBefore(button)) {
    if (await send(form, null)) continue
    const panel = document.getElementById(form.dataset.inPlace)
    panel.open = true
    tell(panel, [form.dataset.held, panel.querySelector(":scope > .panel-said").textContent].join(" ").trim(), true)
    panel.scrollIntoView({ block: "nearest" })
    return
  }
  button.form.requestSubmit(button)
}

addEventListener("submit", (event) => {
  const { target, submitter } = event
  if (!holder || target.id !== "article_form" || !submitter || !owedBefore(submitter)) return
  event.preventDefault()
  event.stopImmediatePropagation()
  sendBefore(submitter)
}, true)

document.addEventListener("submit", (event) => {
  const form = event.target
  if (!holder || event.defaultPrevented) return
  if (!form.matches("[data-in-place]")) {
    if (form.method !== "post" || form.id === "logout-form") return
    isSent = true
    sessionStorage.setItem(BESIDE, JSON.stringify(taken(unsentBeside(form))))
    return
  }
  event.preventDefault()
  send(form, event.submitter)
})
