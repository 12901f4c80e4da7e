// Arranging a front page: stories are dragged, or moved by keys and buttons, and every step is saved at once.
// The server keeps the order of the hidden fields called "order"; without this script the buttons submit the form.
import { choosePicture, chooseStories } from "desk/editor/picker"

const form = document.getElementById("front_form")
const status = form.querySelector("[data-status]")
const version = form.elements.version
const cards = () => [...form.querySelectorAll("[data-card]")]

const say = (words, { loud = false } = {}) => {
  status.setAttribute("role", loud ? "alert" : "status")
  status.textContent = words
}

// Saving. One request at a time: the next one must carry the version that this one made.

let running = null
let waiting = false
let isDirty = false
let isRefused = "stale" in form.dataset // somebody else was quicker: nothing goes on but by a button

const send = async () => {
  isDirty = false
  const body = new FormData(form)
  body.append("do", "save")
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } })
    const answer = await response.json()
    if (response.ok) {
      version.value = answer.version
      for (const field of document.querySelectorAll("[data-version]")) field.value = answer.version
      return true
    }
    isDirty = true
    isRefused = response.status === 409
    say(answer.error, { loud: true })
  } catch {
    isDirty = true
    say(form.dataset.failed, { loud: true })
  }
  return false
}

// What rules bring may be other stories after each step.
const fillUp = async () => {
  const response = await fetch(form.action).catch(() => null)
  if (!response?.ok || running) return
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html")
  for (const container of form.querySelectorAll("[data-container]")) {
    const filled = fresh.querySelector(`[id="${container.id}"] [data-filled]`)
    const shown = container.querySelector("[data-filled]")
    if (filled && !running && !shown.contains(document.activeElement)) shown.replaceWith(document.adoptNode(filled))
  }
}

const save = async (said = form.dataset.saved) => {
  if (isRefused) return
  waiting = said
  if (running) return
  while (waiting && !isRefused) {
    const words = waiting
    waiting = false
    running = send()
    if (await running) say(words)
  }
  running = null
  if (!isDirty) fillUp()
}

form.addEventListener("input", () => (isDirty = true))
form.addEventListener("change", (event) => {
  if (!event.target.matches("[data-add]")) save()
})
form.addEventListener("submit", async (event) => {
  isDirty = false
  if (!running) return
  event.preventDefault()
  const { submitter } = event
  waiting = false
  await running
  form.requestSubmit(submitter)
})
addEventListener("beforeunload", (event) => {
  if (isDirty) event.preventDefault()
})

// Moving

const headline = (card) => card.querySelector("[data-headline]").textContent.trim()

const announce = (card) => {
  const list = card.parentElement
  const words = { headline: headline(card), place: [...list.children].indexOf(card) + 1, all: list.children.length }
  words.container = list.closest("[data-container]").ariaLabel
  return form.dataset.moved.replace(/%(\w+)%/g, (_all, name) => words[name])
}

const settled = (card) => {
  const words = announce(card)
  say(words)
  save(words)
}

const step = (card, by) => {
  const lists = [...form.querySelectorAll("[data-cards]")]
  const list = card.parentElement
  const next = by < 0 ? card.previousElementSibling : card.nextElementSibling
  if (next) {
    if (by < 0) next.before(card)
    else next.after(card)
  } else {
    const other = lists[lists.indexOf(list) + by]
    if (!other) return
    if (by < 0) other.append(card)
    else other.prepend(card)
  }
  card.scrollIntoView({ block: "nearest" })
  settled(card)
}

form.addEventListener("keydown", (event) => {
  const card = event.target.closest("[data-card]")
  if (!card || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return
  event.preventDefault()
  const { activeElement } = document
  step(card, event.key === "ArrowUp" ? -1 : 1)
  activeElement.focus()
})

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=do]")
  const [what] = button?.value.split(":") || []
  if (!["up", "down"].includes(what)) return
  event.preventDefault()
  step(button.closest("[data-card]"), what === "up" ? -1 : 1)
  button.focus()
})

// Dragging by the handle

let dragged = null

for (const card of cards()) {
  const grip = card.querySelector("[data-grip]")
  grip.hidden = false
  grip.addEventListener("pointerdown", () => (card.draggable = true))
  grip.addEventListener("pointerup", () => (card.draggable = false))
  card.addEventListener("dragstart", (event) => {
    dragged = card
    card.classList.add("dragged")
    event.dataTransfer.effectAllowed = "move"
    event.dataTransfer.setData("text/plain", headline(card))
  })
  card.addEventListener("dragend", () => {
    card.classList.remove("dragged")
    card.draggable = false
    dragged = null
    settled(card)
  })
}

for (const container of form.querySelectorAll("[data-container]")) {
  container.addEventListener("dragover", (event) => {
    if (!dragged) return
    event.preventDefault()
    const list = container.querySelector("[data-cards]")
    const below = [...list.children].find((card) => {
      const box = card.getBoundingClientRect()
      return card !== dragged && event.clientY < box.top + box.height / 2
    })
    if (below) below.before(dragged)
    else list.append(dragged)
  })
  container.addEventListener("drop", (event) => event.preventDefault())
}

// Choosing

for (const button of form.querySelectorAll("[data-pick]")) {
  button.hidden = false
  button.addEventListener("click", async () => {
    const chosen = await chooseStories([])
    if (!chosen?.length) return button.focus()
    const line = button.parentElement
    line.querySelector("[data-add]").value = chosen.map((story) => story.id).join(" ")
    line.querySelector("button[name=do]").click()
  })
}

for (const frame of form.querySelectorAll("[data-picture]")) {
  const [field, image, choose, clear] = ["input", "[data-thumb]", "[data-choose]", "[data-clear]"].map((part) =>
    frame.querySelector(part),
  )
  const show = (picture) => {
    field.value = picture?.id || ""
    image.hidden = !picture
    if (picture) image.src = picture.thumb
    clear.hidden = !picture
    field.dispatchEvent(new Event("change", { bubbles: true }))
  }
  field.hidden = true
  frame.querySelector("label").removeAttribute("for")
  choose.hidden = false
  clear.hidden = !field.value
  choose.addEventListener("click", async () => {
    const picture = await choosePicture()
    if (picture) show(picture)
    choose.focus()
  })
  clear.addEventListener("click", () => {
    show(null)
    choose.focus()
  })
}

// A name is asked for where the rule needs one.
for (const container of form.querySelectorAll("[data-container]")) {
  const fill = container.querySelector("select[name$='-fill']")
  const name = container.querySelector("[data-name]")
  const follow = () => (name.hidden = !["tag", "series", "author"].includes(fill.value))
  fill.addEventListener("change", follow)
  follow()
}

form.querySelector("[data-keys]").hidden = false
