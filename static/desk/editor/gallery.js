// Several pictures of the library that readers leaf through, each with a caption of its own.
import { Node, pm } from "django-prose-editor/editor"
import { blockHere, insertBlock } from "desk/editor/block"
import { photoOf } from "desk/editor/photo"

const { NodeSelection, Plugin, Selection, TextSelection } = pm.state

// The photo where the cursor is, when it is one of a gallery's: { pos, node, $pos }.
const photoHere = (tr) => {
  const here = blockHere(tr.selection, "photo")
  const $pos = here && tr.doc.resolve(here.pos)
  return $pos?.parent.type.name === "gallery" ? { ...here, $pos } : null
}

export const insertGallery = (pictures) => (props) => {
  const { schema } = props.state
  return insertBlock(schema.nodes.gallery.create(null, pictures.map((each) => photoOf(schema, each))))(props)
}

export const addToGallery = (pictures) => ({ tr, state }) => {
  const gallery = blockHere(tr.selection, "gallery")
  const photo = photoHere(tr)
  if (!gallery) return false
  const place = photo ? photo.pos + photo.node.nodeSize : gallery.pos + gallery.node.nodeSize - 1
  tr.insert(place, pictures.map((each) => photoOf(state.schema, each)))
  tr.setSelection(Selection.near(tr.doc.resolve(place + 1), 1)).scrollIntoView()
  return true
}

export const canMove = (tr, step) => {
  const here = photoHere(tr)
  return Boolean(here?.$pos.parent.maybeChild(here.$pos.index() + step))
}

export const movePhoto = (step) => ({ tr }) => {
  if (!canMove(tr, step)) return false
  const { pos, node, $pos } = photoHere(tr)
  const { selection } = tr
  const place = step < 0 ? pos - $pos.nodeBefore.nodeSize : pos + $pos.parent.child($pos.index() + 1).nodeSize
  tr.delete(pos, pos + node.nodeSize).insert(place, node)
  const shift = place - pos
  tr.setSelection(
    selection.node
      ? NodeSelection.create(tr.doc, place)
      : TextSelection.create(tr.doc, selection.anchor + shift, selection.head + shift),
  )
  tr.scrollIntoView()
  return true
}

// Where a dragged photo would come to stand: beside the one under the pointer, on the side that is nearer. The class
// shows it; ProseMirror's own line knows of no pictures side by side.
const sideOf = (event) => {
  const over = event.target.closest?.(".gallery figure")
  if (!over) return null
  const { left, width } = over.getBoundingClientRect()
  const isLeft = event.clientX < left + width / 2
  return { over, before: isLeft === (getComputedStyle(over).direction === "ltr") }
}

const show = (view, side) => {
  for (const each of view.dom.querySelectorAll(".drop-before, .drop-after")) each.classList.remove("drop-before", "drop-after")
  side?.over.classList.add(side.before ? "drop-before" : "drop-after")
}

const isPhoto = (slice) => slice?.content.childCount === 1 && slice.content.firstChild.type.name === "photo"

const drop = (view, event, slice, moved) => {
  const side = isPhoto(slice) && sideOf(event)
  show(view, null)
  if (!side) return false
  const { tr } = view.state
  const pos = view.posAtDOM(side.over, 0) - 1
  const place = side.before ? pos : pos + view.state.doc.nodeAt(pos).nodeSize
  const from = moved ? view.dragging?.node || tr.selection : null
  if (from && (place === from.from || place === from.to)) return true // where it was
  tr.insert(place, slice.content)
  if (from) tr.delete(tr.mapping.map(from.from), tr.mapping.map(from.to))
  view.dispatch(tr.setSelection(NodeSelection.create(tr.doc, from && from.from < place ? place - from.node.nodeSize : place)))
  return true
}

export const Gallery = Node.create({
  name: "gallery",
  group: "card",
  content: "photo*",
  defining: true,
  isolating: true,
  parseHTML: () => [{ tag: "section.gallery" }],
  renderHTML: () => ["section", { class: "gallery" }, 0],

  addKeyboardShortcuts() {
    const move = (step) => () => {
      const isRightToLeft = getComputedStyle(this.editor.view.dom).direction === "rtl"
      return blockHere(this.editor.state.selection, "gallery")
        ? this.editor.commands.command(movePhoto(isRightToLeft ? -step : step)) || true
        : false
    }
    return { "Alt-Shift-ArrowLeft": move(-1), "Alt-Shift-ArrowRight": move(1) }
  },

  extendNodeSchema: ({ name }) => ({ disableDropCursor: ["photo", "photoCaption"].includes(name) }),

  // Without pictures it is none: the last one was taken out, or dragged elsewhere.
  addProseMirrorPlugins: () => [
    new Plugin({
      props: {
        handleDrop: drop,
        handleDOMEvents: {
          dragover: (view, event) => show(view, isPhoto(view.dragging?.slice) && sideOf(event)),
          dragleave: (view) => show(view, null),
          dragend: (view) => show(view, null),
        },
      },
      appendTransaction: (transactions, _before, { doc, tr }) => {
        if (!transactions.some((each) => each.docChanged)) return null
        doc.forEach((node, pos) => {
          if (node.type.name === "gallery" && !node.childCount) tr.delete(tr.mapping.map(pos), tr.mapping.map(pos + 2))
        })
        return tr.docChanged ? tr : null
      },
    }),
  ],
})
