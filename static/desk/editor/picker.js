// The dialog that chooses a picture of the library. The page holds one, for the lead picture and for the text.

const dialog = document.querySelector("[data-picture-dialog]")

const part = (name) => dialog.querySelector(`[data-picture-${name}]`)

let settle = () => {}
let before = null
let asked = 0

const choose = (picture) => {
  settle(picture)
  settle = () => {}
  dialog.close()
}

const add = (picture) => {
  const item = part("blank").content.cloneNode(true)
  item.querySelector("img").src = picture.thumb
  item.querySelector("[data-alt]").textContent = picture.alt || picture.caption || `№ ${picture.id}`
  item.querySelector("[data-credit]").textContent = picture.credit
  const missing = item.querySelector("[data-missing]")
  missing.hidden = !picture.missing.length
  missing.title = picture.missing.join(", ")
  item.querySelector("button").addEventListener("click", () => choose(picture))
  part("choices").append(item)
}

const load = async ({ more = false } = {}) => {
  const number = ++asked
  const address = new URL(dialog.dataset.chooseUrl, location.href)
  address.searchParams.set("q", dialog.querySelector("[type=search]").value)
  if (more) address.searchParams.set("before", before)
  let answer = null
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } })
    if (response.ok) answer = await response.json()
  } catch {
    // No answer: said below.
  }
  if (number !== asked) return // a later question is on its way
  part("failed").hidden = Boolean(answer)
  if (!answer) return
  if (!more) part("choices").replaceChildren()
  answer.pictures.forEach(add)
  before = answer.before
  part("more").hidden = !before
  part("none").hidden = part("choices").children.length > 0
}

if (dialog) {
  const search = dialog.querySelector("[type=search]")
  let waiting
  search.addEventListener("input", () => {
    clearTimeout(waiting)
    waiting = setTimeout(load, 250)
  })
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault()
  })
  part("more").addEventListener("click", () => load({ more: true }))
  part("cancel").addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => choose(null))
}

// Resolves to the picture as `images.admin.PictureAdmin.choose` describes it, or to null.
export const choosePicture = () =>
  new Promise((resolve) => {
    settle = resolve
    dialog.querySelector("[type=search]").value = ""
    load()
    dialog.showModal()
  })
