// The checks beside a story's form: asked anew when typing has stopped, one request at a time; a finding leads to its
// place. The server makes the list (articles/admin/checking.py), so that it says the same without this.

const REST = 1500 // milliseconds without typing
const panel = document.querySelector("[data-checks]")
const form = panel.closest("form")
const summary = panel.querySelector("[data-checks-summary]")
const findings = panel.querySelector("[data-checks-findings]")
const now = panel.querySelector("[data-checks-now]")
let timer, asking, again

const say = (words, green = false) => {
  if (summary.textContent !== words) summary.textContent = words // else it would be read out again
  summary.classList.toggle("checks-green", green)
}

const ask = async () => {
  clearTimeout(timer)
  if (asking) {
    again = true
    return
  }
  asking = true
  again = false
  panel.setAttribute("aria-busy", "true")
  try {
    const response = await fetch(panel.dataset.checks, { method: "POST", body: new FormData(form), redirect: "manual" })
    if (response.type === "opaqueredirect") say(panel.dataset.checksAway)
    else if (response.status === 413) say((await response.json()).problem)
    else if (response.ok) show(await response.json())
    else say(panel.dataset.checksFailed)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error // a TypeError is how fetch says that the network is gone
    say(panel.dataset.checksFailed)
  } finally {
    asking = false
    panel.removeAttribute("aria-busy")
    if (again) wait()
  }
}

const wait = () => {
  clearTimeout(timer)
  timer = setTimeout(ask, REST)
}

const show = ({ summary: words, required, recommended, html }) => {
  const chosen = document.activeElement?.closest?.("[data-check]")?.outerHTML
  findings.innerHTML = html
  say(words, required + recommended === 0)
  if (chosen) [...findings.querySelectorAll("[data-check]")].find((each) => each.outerHTML === chosen)?.focus()
}

// To the place --------------------------------------------------------------------------------------------------------

const even = (text) => text.replaceAll(/\s/g, " ")

// Of all places where the words stand, the one nearest to where the server saw them.
const nearest = (places, start) =>
  places.sort((one, other) => Math.abs(one.start - start) - Math.abs(other.start - start))[0]

const inEditor = (editor, excerpt, start) => {
  const places = []
  let passed = 0
  editor.state.doc.descendants((node, position) => {
    if (!node.isTextblock) return true
    const text = even(node.textBetween(0, node.content.size, "", " "))
    for (let at = text.indexOf(excerpt); at >= 0; at = text.indexOf(excerpt, at + 1)) {
      places.push({ start: passed + at, from: position + 1 + at })
    }
    if (text.trim()) passed += text.length + 1
    return false
  })
  const place = nearest(places, start)
  if (!place) return false
  editor.chain().focus().setTextSelection({ from: place.from, to: place.from + excerpt.length }).scrollIntoView().run()
  return true
}

const inField = (field, excerpt, start) => {
  const places = []
  const text = even(field.value)
  for (let at = text.indexOf(excerpt); at >= 0; at = text.indexOf(excerpt, at + 1)) places.push({ start: at })
  field.focus()
  const place = nearest(places, start)
  if (place && field.setSelectionRange) field.setSelectionRange(place.start, place.start + excerpt.length)
}

findings.addEventListener("click", (event) => {
  const link = event.target.closest("[data-check-field]")
  if (!link) return
  const { checkField, checkExcerpt, checkStart } = link.dataset
  const field = document.getElementById(`id_${checkField}`)
  if (!field) return
  event.preventDefault()
  field.closest("details")?.setAttribute("open", "")
  const editor = field.closest("[data-body-frame]")?.querySelector(".ProseMirror")?.editor
  if (editor) {
    if (!checkExcerpt || !inEditor(editor, checkExcerpt, Number(checkStart))) editor.commands.focus()
  } else if (checkExcerpt && "value" in field) {
    inField(field, checkExcerpt, Number(checkStart))
  } else {
    field.focus()
  }
  document.activeElement.scrollIntoView({ block: "nearest" })
})

if (now) {
  now.textContent = now.dataset.liveLabel
  now.addEventListener("click", (event) => {
    event.preventDefault()
    ask()
  })
  form.addEventListener("input", wait)
  form.addEventListener("change", wait)
}
