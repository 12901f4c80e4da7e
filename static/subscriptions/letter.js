// Stories of a letter: found while one types, added and moved without leaving the page. Without this all of it works by
// the same buttons, each a visit to the server.

const form = document.querySelector("form[data-choose]")
const list = form?.querySelector("[data-stories]")
const found = form?.querySelector("[data-found]")
const words = form?.querySelector("input[name=find]")
const status = form?.querySelector("[data-status]")
let asked = 0

const numbers = () => [...list.querySelectorAll("input[name=story]")].map((input) => input.value)

const settle = () => { form.querySelector("[data-none]").hidden = list.children.length > 0 }

const add = (story) => {
  if (numbers().includes(String(story.id))) return
  const row = form.querySelector("[data-row]").content.firstElementChild.cloneNode(true)
  row.querySelector("input").value = story.id
  const name = row.querySelector(".letter-story")
  name.textContent = story.headline
  name.lang = story.language
  name.dir = story.direction
  const verbs = ["up", "down", "remove"]
  row.querySelectorAll("button").forEach((button, place) => { button.value = `${verbs[place]}:${story.id}` })
  list.append(row)
  settle()
}

const offer = (stories) => {
  found.replaceChildren(...stories.map((story) => {
    const item = document.createElement("li")
    const button = document.createElement("button")
    Object.assign(button, { type: "button", className: "letter-offer", lang: story.language, dir: story.direction })
    const when = document.createElement("span")
    when.className = "quiet"
    when.textContent = story.published
    button.append(`${story.headline} `, when)
    button.addEventListener("click", () => {
      add(story)
      found.replaceChildren()
      words.value = ""
      words.focus()
    })
    item.append(button)
    return item
  }))
  status.textContent = stories.length ? "" : status.dataset.nothing
}

const look = async () => {
  const mine = ++asked
  const answer = await fetch(`${form.dataset.choose}?q=${encodeURIComponent(words.value)}`).catch(() => null)
  if (!answer?.ok || mine !== asked) return
  const taken = numbers()
  offer((await answer.json()).stories.filter((story) => !taken.includes(String(story.id))).slice(0, 10))
}

const move = (button) => {
  const row = button.closest("li")
  const verb = button.value.split(":")[0]
  if (verb === "up") row.previousElementSibling?.before(row)
  if (verb === "down") row.nextElementSibling?.after(row)
  const next = verb === "remove" ? row.nextElementSibling?.querySelector("button") ?? words : button
  if (verb === "remove") row.remove()
  settle()
  next.focus()
}

if (form) {
  let pause
  words.addEventListener("input", () => {
    clearTimeout(pause)
    pause = setTimeout(look, 250)
  })
  form.addEventListener("submit", (event) => {
    const pressed = event.submitter
    if (pressed?.name === "_move") {
      event.preventDefault()
      move(pressed)
    } else if (pressed?.name === "_find") {
      event.preventDefault()
      look()
    }
  })
  words.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault()
    look()
  })
}
