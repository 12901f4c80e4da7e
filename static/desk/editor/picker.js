// The dialogs that choose from the library, or stories to point to; the page holds one of each kind. They ask for one
// thing, or for several in an order of their own.
import { bindUpload } from "desk/editor/upload"

const describe = (thing) => thing.headline || thing.alt || thing.caption || `№ ${thing.id}`

const fill = (item, thing) => {
  for (const place of item.querySelectorAll("[data-fact]")) {
    const { fact } = place.dataset
    place.textContent = fact === "name" ? describe(thing) : thing[fact] || ""
    if (fact === "name" && thing.language) Object.assign(place, { lang: thing.language, dir: thing.direction })
  }
  const image = item.querySelector("img")
  if (image && thing.thumb) image.src = thing.thumb
  else image?.remove()
  const missing = item.querySelector("[data-missing]")
  if (missing) {
    missing.hidden = !thing.missing?.length
    missing.title = thing.missing?.join(", ") || ""
  }
  return item
}

const chooser = (dialog) => {
  const kind = dialog.dataset.chooser
  const most = Number(dialog.dataset.most) || Infinity
  const part = (name) => dialog.querySelector(`[data-${name}]`)
  const search = dialog.querySelector("[type=search]")
  const buttons = new Map() // of those offered, by number
  let settle = () => {}
  let before = null
  let asked = 0
  let basket = null // what is chosen so far; null when one thing is asked for
  let isUpload = false // new ones alone are asked for

  const answer = (things) => {
    settle(things)
    settle = () => {}
    dialog.close()
  }

  const showBasket = () => {
    part("basket").hidden = !basket?.length
    part("done").hidden = !basket
    part("done").disabled = !basket?.length
    part("full").hidden = !(basket?.length >= most)
    for (const [id, button] of buttons) {
      if (basket) button.setAttribute("aria-pressed", basket.some((each) => each.id === id))
      else button.removeAttribute("aria-pressed")
    }
    part("chosen").replaceChildren(
      ...(basket || []).map((thing, index) => {
        const item = fill(part("chosen-blank").content.cloneNode(true), thing)
        for (const button of item.querySelectorAll("button")) {
          const { does } = button.dataset
          button.ariaLabel = `${button.ariaLabel}: ${describe(thing)}`
          button.disabled = (does === "earlier" && !index) || (does === "later" && index === basket.length - 1)
          button.addEventListener("click", () => {
            basket.splice(index, 1)
            if (does !== "remove") basket.splice(does === "earlier" ? index - 1 : index + 1, 0, thing)
            showBasket()
            const place = part("chosen").children[does === "remove" ? index : basket.indexOf(thing)]
            const next = place?.querySelector(`[data-does=${does}]:enabled`) || place?.querySelector("button:enabled")
            ;(next || search).focus()
          })
        }
        return item
      }),
    )
  }

  const choose = (thing) => {
    if (!basket) return answer([thing])
    const index = basket.findIndex((each) => each.id === thing.id)
    if (index >= 0) basket.splice(index, 1)
    else if (basket.length < most) basket.push(thing)
    showBasket()
  }

  const add = (thing) => {
    const item = fill(part("blank").content.cloneNode(true), thing)
    const button = item.querySelector("button")
    button.addEventListener("click", () => choose(thing))
    buttons.set(thing.id, button)
    part("choices").append(item)
  }

  const load = async ({ more = false } = {}) => {
    const number = ++asked
    const address = new URL(dialog.dataset.chooseUrl, location.href)
    address.searchParams.set("q", search.value)
    if (more) address.searchParams.set("before", before)
    let found = null
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" } })
      if (response.ok) found = await response.json()
    } catch {
      // No answer: said below.
    }
    if (number !== asked) return // a later question is on its way
    part("failed").hidden = Boolean(found)
    if (!found) return
    if (!more) {
      part("choices").replaceChildren()
      buttons.clear()
    }
    found[kind].forEach(add)
    before = found.before
    part("more").hidden = !before
    part("none").hidden = part("choices").children.length > 0
    showBasket()
  }

  const upload = bindUpload(dialog, (pictures) => {
    if (isUpload || !basket) return answer(pictures)
    basket.push(...pictures.filter((each) => !basket.some(({ id }) => id === each.id)))
    load()
    search.focus()
  })

  let waiting
  search.addEventListener("input", () => {
    clearTimeout(waiting)
    waiting = setTimeout(load, 250)
  })
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") event.preventDefault()
  })
  part("more").addEventListener("click", () => load({ more: true }))
  part("done").addEventListener("click", () => answer(basket))
  part("cancel").addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => answer(null))

  const open = (chosen, files = null) =>
    new Promise((resolve) => {
      settle = resolve
      basket = chosen
      isUpload = Boolean(files)
      search.value = ""
      showBasket()
      upload?.wants({ one: !basket })
      dialog.showModal()
      if (isUpload) upload.take(files)
      else load()
    })
  return { open, upload: upload && ((files) => open([], files)) }
}

const choosers = {}
for (const dialog of document.querySelectorAll("[data-chooser]")) choosers[dialog.dataset.chooser] = chooser(dialog)

// Resolve to what was chosen, as `images.admin.PictureAdmin.choose` and its like tell of it, or to null.
const one = async (kind) => (await choosers[kind].open(null))?.[0] || null

export const choosePicture = () => one("pictures")
export const chooseVideo = () => one("videos")
// To lists, in the order wished for; `chosen` are those to begin with.
export const choosePictures = () => choosers.pictures.open([])
export const chooseStories = (chosen) => choosers.stories.open([...chosen])
// Files to pictures that are in the library then, in their order; undefined or null where nobody may add any.
export const uploadPictures = choosers.pictures?.upload
