// The lead picture: the number's field gives way to a thumbnail and two buttons.
import { choosePicture } from "desk/editor/picker"

const frame = document.querySelector("[data-lead-picture]")
const part = (name) => frame.querySelector(`[data-lead-${name}]`)
const field = frame.querySelector("input")
const choose = part("choose")
const remove = part("remove")

const show = (picture) => {
  field.value = picture ? picture.id : ""
  part("shown").hidden = !picture
  remove.hidden = !picture
  if (picture) {
    part("thumb").src = picture.thumb
    part("alt").textContent = picture.alt
    part("credit").textContent = picture.credit
  } else {
    part("thumb").removeAttribute("src")
  }
  field.dispatchEvent(new Event("input", { bubbles: true }))
}

choose.addEventListener("click", async () => {
  const picture = await choosePicture()
  if (picture) show(picture)
  choose.focus()
})
remove.addEventListener("click", () => {
  show(null)
  choose.focus()
})

// The label and the list of errors lead to the buttons now.
frame.id = field.id
frame.tabIndex = -1
frame.setAttribute("role", "group")
frame.setAttribute("aria-label", document.querySelector(`label[for="${field.id}"]`).textContent.trim().replace(/:$/, ""))
field.removeAttribute("id")
field.type = "hidden"
choose.hidden = false
remove.hidden = part("shown").hidden
