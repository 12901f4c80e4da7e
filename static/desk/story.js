// The story's form: saving by keyboard, no second click, a warning before typed text is left behind, one more byline.

const form = document.getElementById("article_form")
const save = form.elements.namedItem("_save")
let changed = Boolean(form.querySelector(".story-errors, [data-restored]"))
let sent = false

form.addEventListener("input", () => { changed = true })

form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault()
  sent = true
})
// Back from the page that came next: the form may be sent again.
addEventListener("pageshow", () => { sent = false })

addEventListener("beforeunload", (event) => {
  if (changed && !sent) event.preventDefault()
})

addEventListener("keydown", (event) => {
  // By its place too: on a keyboard with another script the key says another letter.
  const isKey = event.key.toLowerCase() === "s" || (event.code === "KeyS" && !/[a-z]/i.test(event.key))
  if (!save || !(event.ctrlKey || event.metaKey) || event.altKey || !isKey) return
  event.preventDefault()
  form.requestSubmit(save)
})

for (const field of form.querySelectorAll("textarea.one-line")) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault()
  })
}

// For the browser's spelling and hyphenation.
const language = form.querySelector("#id_language")
if (language) {
  const text = form.querySelector(".story-text")
  const tell = () => { text.lang = language.value }
  language.addEventListener("change", tell)
  tell()
}

const add = form.querySelector("[data-add-byline]")
if (add) {
  const rows = form.querySelector("[data-bylines]")
  const total = form.querySelector("[name=bylines-TOTAL_FORMS]")
  const most = Number(form.querySelector("[name=bylines-MAX_NUM_FORMS]").value)
  const blank = form.querySelector("template[data-byline-blank]")
  add.hidden = false
  add.addEventListener("click", () => {
    const number = Number(total.value)
    const holder = document.createElement("div")
    holder.innerHTML = blank.innerHTML.replaceAll("__prefix__", number)
    const row = holder.firstElementChild
    rows.append(row)
    total.value = number + 1
    add.hidden = number + 1 >= most
    row.dispatchEvent(new CustomEvent("formset:added", { bubbles: true, detail: { formsetName: "bylines" } }))
    row.querySelector("input:not([type=hidden]), select").focus()
  })
}

form.querySelector(".story-errors")?.focus()

// What goes along with publishing folds away where the bar would take the page's room; what is ticked stays to be seen.
const ticks = document.querySelector("[data-ticks]")
if (ticks) {
  const isSmall = matchMedia("(max-width: 767px), (max-height: 700px)")
  const fold = () => { ticks.open = !isSmall.matches }
  const show = () => {
    const ticked = [...ticks.querySelectorAll(":checked")].map((each) => each.labels[0].textContent)
    const note = ticks.querySelector("[name=note_to_readers]")?.value
    ticks.querySelector("[data-ticked]").textContent = [...ticked, ...(note ? [note] : [])].join(", ")
  }
  isSmall.addEventListener("change", fold)
  ticks.addEventListener("input", show)
  fold()
  show()
}
