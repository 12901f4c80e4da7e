// A picture of the library in the text: its number, and a caption of its own where the library's does not fit here.
import { Node, pm } from "django-prose-editor/editor"

const { TextSelection } = pm.state
const NUMBER = /^[1-9]\d{0,17}$/

// What to show of pictures, by number: those in the text when the page came, and those chosen since.
const shown = new Map()

export const showPictures = (pictures) => {
  for (const picture of pictures) shown.set(String(picture.id), picture)
}

const inside = (state) => state.selection.$from.parent.type.name === "photoCaption"

export const Photo = Node.create({
  name: "photo",
  content: "photoCaption",
  defining: true,
  isolating: true,
  addAttributes: () => ({
    image: {
      default: null,
      parseHTML: (element) => element.dataset.image,
      renderHTML: ({ image }) => ({ "data-image": image }),
    },
  }),
  parseHTML: () => [
    { tag: "figure[data-image]", getAttrs: (element) => (NUMBER.test(element.dataset.image) ? null : false) },
  ],
  renderHTML: ({ HTMLAttributes }) => ["figure", HTMLAttributes, 0],

  addNodeView: () => ({ node }) => {
    const picture = shown.get(String(node.attrs.image))
    const dom = document.createElement("figure")
    const look = dom.appendChild(document.createElement("div"))
    look.contentEditable = "false"
    if (picture) {
      const image = look.appendChild(document.createElement("img"))
      image.src = picture.thumb
      image.alt = picture.alt
      const words = look.appendChild(document.createElement("small"))
      words.dir = "auto"
      words.textContent = [picture.caption, picture.credit].filter(Boolean).join(" · ")
    } else {
      look.textContent = `№ ${node.attrs.image}`
    }
    return { dom, contentDOM: dom.appendChild(document.createElement("div")) }
  },

  addCommands: () => ({
    // After the block where the cursor is, or in the place of an empty line.
    insertPhoto:
      (picture) =>
      ({ state, tr, dispatch }) => {
        showPictures([picture])
        const { $from, to } = state.selection
        const { paragraph, photo, photoCaption } = state.schema.nodes
        const onEmptyLine = $from.depth === 1 && $from.parent.type === paragraph && !$from.parent.content.size
        const end = $from.depth ? $from.after(1) : to
        const start = onEmptyLine ? $from.before(1) : end
        const made = [photo.create({ image: picture.id }, photoCaption.create())]
        if (end === state.doc.content.size) made.push(paragraph.create())
        tr.replaceWith(start, end, made)
        tr.setSelection(TextSelection.create(tr.doc, start + 2))
        dispatch?.(tr.scrollIntoView())
        return true
      },
  }),
})

export const PhotoCaption = Node.create({
  name: "photoCaption",
  content: "inline*",
  defining: true,
  isolating: true,
  parseHTML: () => [{ tag: "figcaption", context: "photo/" }],
  renderHTML: ({ HTMLAttributes }) => ["figcaption", HTMLAttributes, 0],

  addKeyboardShortcuts() {
    return {
      // On with the story below.
      Enter: () =>
        this.editor.commands.command(({ state, dispatch, tr }) => {
          if (!inside(state)) return false
          const end = state.selection.$from.after(1)
          tr.insert(end, state.schema.nodes.paragraph.create())
          dispatch?.(tr.setSelection(TextSelection.create(tr.doc, end + 1)).scrollIntoView())
          return true
        }),
      // In a caption that is empty: take the picture out.
      Backspace: () =>
        this.editor.commands.command(({ state, commands }) => {
          if (!inside(state) || state.selection.$from.parent.content.size) return false
          return commands.deleteNode("photo")
        }),
    }
  },
})
