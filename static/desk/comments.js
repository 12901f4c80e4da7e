// Comments: what is selected in the story becomes what a comment is about, and a comment's words lead to their place.

const panel = document.getElementById("panel-comments")
let selected = ""

const even = (text) => text.replaceAll(/\s+/g, " ").trim()
const editor = () => document.querySelector(".ProseMirror")?.editor

document.addEventListener("selectionchange", () => {
  const selection = document.getSelection()
  const text = document.querySelector(".story-text")
  if (selection.isCollapsed || !text?.contains(selection.anchorNode)) return
  selected = even(selection.toString()).slice(0, 300)
})

const inText = (words) => {
  const found = []
  editor()?.state.doc.descendants((node, position) => {
    if (!node.isTextblock || found.length) return !found.length
    const at = node.textBetween(0, node.content.size, "", " ").replaceAll(/\s/g, " ").indexOf(words)
    if (at >= 0) found.push(position + 1 + at)
    return false
  })
  return found[0]
}

const tell = (excerpt) => {
  panel.querySelector("[data-about-words]").textContent = excerpt
  panel.querySelector("[data-about-clear]").hidden = !excerpt
}

const choose = (excerpt) => {
  const field = panel.querySelector("[name=excerpt]")
  field.value = excerpt
  field.dispatchEvent(new Event("input", { bubbles: true }))
  if (!excerpt) delete field.dataset.typed
  tell(excerpt)
}

const tend = () => {
  const about = panel.querySelector("[data-about]")
  if (!about) return
  about.hidden = false
  tell(panel.querySelector("[name=excerpt]").value)
}

panel?.addEventListener("click", (event) => {
  const take = event.target.closest("[data-about-take]")
  if (take) {
    choose(selected)
    if (!selected) panel.querySelector("[data-about-words]").textContent = panel.querySelector("[data-about]").dataset.nothing
    panel.querySelector(".new-comment [name=text]").focus()
  }
  if (event.target.closest("[data-about-clear]")) choose("")
  const link = event.target.closest("[data-excerpt]")
  if (!link) return
  const words = even(link.dataset.excerpt)
  const from = inText(words)
  if (from === undefined) return
  event.preventDefault()
  editor().chain().focus().setTextSelection({ from, to: from + words.length }).scrollIntoView().run()
})
panel?.addEventListener("panel:renewed", tend)
if (panel) tend()
