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
// A link from the strip leads to an open panel.
const reveal = () => {
  const panel = location.hash.startsWith("#panel-") && document.getElementById(location.hash.slice(1))
  if (panel) panel.open = true
}
addEventListener("hashchange", reveal)
reveal()

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

const send = async (form, button) => {
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
  if (!response?.ok) return tell(panel, holder.dataset.failed, true)
  const answer = new DOMParser().parseFromString(await response.text(), "text/html")
  const whole = answer.getElementById(panel.id)
  if (whole) {
    const said = [...answer.querySelectorAll(".messagelist li")].map((line) => line.textContent.trim()).join(" ")
    panel.querySelector("summary").replaceWith(whole.querySelector("summary"))
    renew(panel.querySelector(".panel-body"), whole.querySelector(".panel-body"), panel)
    const strip = answer.querySelector(".story-strip")
    if (strip) document.querySelector(".story-strip")?.replaceWith(strip)
    tell(panel, said, Boolean(answer.querySelector(".messagelist .error")))
    panel.querySelector("summary").focus()
    return undefined
  }
  const refused = [...answer.querySelectorAll("form[data-in-place]")].find((each) => each.getAttribute("action") === form.getAttribute("action"))
  if (!refused) return tell(panel, holder.dataset.away, true)
  tell(panel, "")
  renew(form, refused, panel)
  panel.querySelector(".errorlist")?.scrollIntoView({ block: "nearest" })
  refused.querySelector("[aria-invalid=true]")?.focus()
  return undefined
}

document.addEventListener("submit", (event) => {
  const form = event.target
  if (!holder || !form.matches("[data-in-place]")) return
  event.preventDefault()
  if (!form.hasAttribute("aria-busy")) send(form, event.submitter)
})
