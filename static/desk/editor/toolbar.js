// The buttons above the text. They are in the page already, named and translated; here they get their work.
import { removeBlock } from "desk/editor/block"
import { bindEmbeds } from "desk/editor/embed"
import { insertFacts } from "desk/editor/facts"
import { addToGallery, canMove, insertGallery, movePhoto } from "desk/editor/gallery"
import { bindMenu } from "desk/editor/insert"
import { insertPhoto } from "desk/editor/photo"
import { choosePicture, choosePictures, chooseStories, chooseVideo } from "desk/editor/picker"
import { addQuestion, insertQuestions } from "desk/editor/questions"
import { allowedAddress } from "desk/editor/schema"
import { putStories, storiesHere } from "desk/editor/stories"
import { insertVideo } from "desk/editor/video"

const chain = (editor) => editor.chain().focus()
const does = (command) => ({ run: (editor) => chain(editor).command(command).run() })

// Puts in what a dialog gives, if it gives anything.
const asks = (choose, put) => ({
  run: async (editor) => {
    const chosen = await choose(editor)
    if (chosen) chain(editor).command(put(chosen)).run()
    else editor.commands.focus()
  },
})
const relates = asks((editor) => chooseStories(storiesHere(editor)), putStories)

const COMMANDS = {
  bold: { run: (editor) => chain(editor).toggleBold().run(), active: ["bold"] },
  italic: { run: (editor) => chain(editor).toggleItalic().run(), active: ["italic"] },
  subscript: { run: (editor) => chain(editor).toggleSubscript().run(), active: ["subscript"] },
  superscript: { run: (editor) => chain(editor).toggleSuperscript().run(), active: ["superscript"] },
  heading2: { run: (editor) => chain(editor).toggleHeading({ level: 2 }).run(), active: ["heading", { level: 2 }] },
  heading3: { run: (editor) => chain(editor).toggleHeading({ level: 3 }).run(), active: ["heading", { level: 3 }] },
  bullets: { run: (editor) => chain(editor).toggleBulletList().run(), active: ["bulletList"] },
  numbers: { run: (editor) => chain(editor).toggleOrderedList().run(), active: ["orderedList"] },
  quotation: { run: (editor) => chain(editor).toggleQuotation().run(), active: ["quotation", { pull: false }] },
  pull: { run: (editor) => chain(editor).toggleQuotation({ pull: true }).run(), active: ["quotation", { pull: true }] },
  photo: asks(choosePicture, insertPhoto),
  gallery: asks(choosePictures, insertGallery),
  galleryAdd: asks(choosePictures, addToGallery),
  galleryEarlier: { ...does(movePhoto(-1)), enabled: (editor) => canMove(editor.state, -1) },
  galleryLater: { ...does(movePhoto(1)), enabled: (editor) => canMove(editor.state, 1) },
  video: asks(chooseVideo, insertVideo),
  stories: relates,
  storiesChange: relates,
  facts: does(insertFacts),
  questions: does(insertQuestions),
  questionAdd: does(addQuestion),
  rule: { run: (editor) => chain(editor).setHorizontalRule().run() },
  table: { run: (editor) => chain(editor).insertTable({ rows: 3, cols: 2, withHeaderRow: true }).run() },
  rowAfter: { run: (editor) => chain(editor).addRowAfter().run() },
  rowDelete: { run: (editor) => chain(editor).deleteRow().run() },
  columnAfter: { run: (editor) => chain(editor).addColumnAfter().run() },
  columnDelete: { run: (editor) => chain(editor).deleteColumn().run() },
  headerCell: { run: (editor) => chain(editor).toggleHeaderCell().run(), active: ["tableHeader"] },
  tableDelete: { run: (editor) => chain(editor).deleteTable().run() },
  undo: { run: (editor) => chain(editor).undo().run(), enabled: (editor) => editor.can().undo() },
  redo: { run: (editor) => chain(editor).redo().run(), enabled: (editor) => editor.can().redo() },
}

// One stop for the tab key; the arrow keys go from button to button.
const moveWithArrows = (bar) => {
  const all = [...bar.querySelectorAll("button:not([role=menuitem])")]
  const stops = () => all.filter((button) => button.offsetParent)
  all.forEach((button, index) => { button.tabIndex = index ? -1 : 0 })
  bar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!step || !all.includes(event.target)) return
    event.preventDefault()
    const buttons = stops()
    const forward = getComputedStyle(bar).direction === "rtl" ? -step : step
    const next = buttons.at((buttons.indexOf(document.activeElement) + forward) % buttons.length)
    all.forEach((button) => { button.tabIndex = button === next ? 0 : -1 })
    next.focus()
  })
}

const completed = (typed) => {
  const address = typed.trim()
  if (/^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$/.test(address)) return `mailto:${address}`
  if (/^[\p{L}\d-]+(\.[\p{L}\d-]+)+([/?#]\S*)?$/u.test(address)) return `https://${address}`
  return address
}

const bindLinks = (frame, editor) => {
  const dialog = frame.querySelector("[data-link-dialog]")
  const address = dialog.querySelector("input")
  const complaint = dialog.querySelector("[role=alert]")

  const open = () => {
    address.value = editor.getAttributes("link").href || ""
    complaint.hidden = true
    dialog.querySelector("[data-link-remove]").hidden = !editor.isActive("link")
    dialog.showModal()
    address.select()
  }
  const apply = () => {
    const href = completed(address.value)
    if (!allowedAddress(href)) {
      complaint.hidden = false
      address.focus()
      return
    }
    dialog.close()
    const link = { type: "link", attrs: { href } }
    if (editor.isActive("link")) chain(editor).extendMarkRange("link").setMark("link", { href }).run()
    else if (!editor.state.selection.empty) chain(editor).setMark("link", { href }).run()
    else chain(editor).insertContent({ type: "text", text: address.value.trim(), marks: [link] }).unsetMark("link").run()
  }
  dialog.querySelector("[data-link-apply]").addEventListener("click", apply)
  dialog.querySelector("[data-link-cancel]").addEventListener("click", () => dialog.close())
  dialog.querySelector("[data-link-remove]").addEventListener("click", () => {
    dialog.close()
    chain(editor).extendMarkRange("link").unsetMark("link").run()
  })
  dialog.addEventListener("close", () => editor.commands.focus())
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault() // the dialog stands inside the story's form
    apply()
  })
  editor.view.dom.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "k") return
    event.preventDefault()
    open()
  })
  return { run: open, active: ["link"] }
}

const bindCaption = (bar, editor) => {
  const caption = bar.querySelector("[data-table-caption]")
  caption.addEventListener("input", () => editor.commands.updateAttributes("table", { caption: caption.value }))
  caption.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault() // it stands inside the story's form
    editor.commands.focus()
  })
  return () => {
    if (document.activeElement !== caption) caption.value = editor.getAttributes("table").caption || ""
  }
}

export const bindToolbar = (frame, editor) => {
  const bar = frame.querySelector("[role=toolbar]")
  const commands = { ...COMMANDS, link: bindLinks(frame, editor), embed: { run: bindEmbeds(frame, editor) } }
  const buttons = [...bar.querySelectorAll("button[data-command], button[data-remove]")]
  const commandOf = ({ dataset }) => (dataset.remove ? does(removeBlock(dataset.remove)) : commands[dataset.command])

  for (const button of buttons) {
    button.addEventListener("mousedown", (event) => event.preventDefault()) // the selection stays where it is
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") commandOf(button).run(editor)
    })
  }
  const showCaption = bindCaption(bar, editor)
  const show = () => {
    for (const button of buttons) {
      const { active, enabled } = commandOf(button)
      if (active) button.setAttribute("aria-pressed", editor.isActive(...active))
      if (enabled) button.setAttribute("aria-disabled", !enabled(editor))
    }
    for (const tools of bar.querySelectorAll("[data-when]")) tools.hidden = !editor.isActive(tools.dataset.when)
    showCaption()
  }
  editor.on("transaction", show)
  bindMenu(bar)
  moveWithArrows(bar)
  bar.hidden = false
  show()
}
