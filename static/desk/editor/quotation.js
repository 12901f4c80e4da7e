// A quotation: paragraphs, and a last line for who said it, always there to be filled in and left out when empty.
// A pull quote is the same with a class.
import { findParentNode, Node, pm } from "django-prose-editor/editor"

const { Selection, TextSelection } = pm.state
const around = (state) => findParentNode((node) => node.type.name === "quotation")(state.selection)

const unwrap = (state, dispatch, { pos, node }) => {
  const { paragraph } = state.schema.nodes
  const source = node.lastChild
  const blocks = []
  node.forEach((child) => {
    if (child !== source) blocks.push(child)
    else if (child.content.size) blocks.push(paragraph.create(null, child.content))
  })
  const tr = state.tr.replaceWith(pos, pos + node.nodeSize, blocks)
  tr.setSelection(Selection.near(tr.doc.resolve(Math.min(state.selection.from - 1, tr.doc.content.size)), -1))
  dispatch?.(tr.scrollIntoView())
  return true
}

const wrap = (state, dispatch, attrs) => {
  const { $from, $to } = state.selection
  const range = $from.blockRange($to)
  if (!range || range.depth !== 0) return false
  const { paragraph, quotation, attribution } = state.schema.nodes
  const blocks = []
  for (let index = range.startIndex; index < range.endIndex; index++) {
    const block = range.parent.child(index)
    if (!block.isTextblock) return false
    blocks.push(paragraph.create(null, block.content))
  }
  const tr = state.tr.replaceWith(range.start, range.end, quotation.create(attrs, [...blocks, attribution.create()]))
  tr.setSelection(TextSelection.create(tr.doc, $from.pos + 1, $to.pos + 1))
  dispatch?.(tr.scrollIntoView())
  return true
}

const leave = (tr, { pos, node }, paragraph) => {
  const end = pos + node.nodeSize
  tr.insert(end, paragraph.create())
  return tr.setSelection(TextSelection.create(tr.doc, end + 1)).scrollIntoView()
}

export const Quotation = Node.create({
  name: "quotation",
  group: "block",
  content: "(paragraph | bulletList | orderedList)+ attribution",
  defining: true,
  addAttributes: () => ({
    pull: {
      default: false,
      parseHTML: (element) => element.classList.contains("pull"),
      renderHTML: ({ pull }) => (pull ? { class: "pull" } : {}),
    },
  }),
  parseHTML: () => [{ tag: "blockquote" }],
  renderHTML: ({ HTMLAttributes }) => ["blockquote", HTMLAttributes, 0],

  addCommands: () => ({
    toggleQuotation:
      ({ pull = false } = {}) =>
      ({ state, dispatch, commands }) => {
        const here = around(state)
        if (!here) return wrap(state, dispatch, { pull })
        return here.node.attrs.pull === pull
          ? unwrap(state, dispatch, here)
          : commands.updateAttributes("quotation", { pull })
      },
  }),

  addKeyboardShortcuts() {
    return {
      "Mod-Shift-b": () => this.editor.commands.toggleQuotation(),
      // At the very beginning: no quotation any more.
      Backspace: () =>
        this.editor.commands.command(({ state, dispatch }) => {
          const here = around(state)
          const atStart = here && state.selection.empty && state.selection.from === here.start + 1
          return Boolean(atStart) && unwrap(state, dispatch, here)
        }),
      // A new line; on an empty last one, on with the story below. (Left to itself, ProseMirror takes the line that
      // says who said it for the kind of block that comes next.)
      Enter: () =>
        this.editor.commands.command(({ state, dispatch, tr }) => {
          const here = around(state)
          const { $from, $to } = state.selection
          if (!here || $from.node(-1) !== here.node || $from.parent.type.name !== "paragraph" || !$from.sameParent($to)) return false
          const { paragraph } = state.schema.nodes
          const last = $from.index(-1) === here.node.childCount - 2
          if (last && !$from.parent.content.size && here.node.childCount > 2) {
            leave(tr, here, paragraph)
            tr.delete($from.before(), $from.after())
          } else {
            tr.deleteSelection().split(tr.selection.from, 1, [{ type: paragraph }]).scrollIntoView()
          }
          dispatch?.(tr)
          return true
        }),
    }
  },
})

export const Attribution = Node.create({
  name: "attribution",
  content: "text*",
  marks: "link",
  defining: true,
  parseHTML: () => [{ tag: "blockquote footer" }, { tag: "blockquote > cite" }],
  renderHTML: () => ["footer", 0],

  addKeyboardShortcuts() {
    const inside = (state) => state.selection.$from.parent.type === this.type
    return {
      Enter: () =>
        this.editor.commands.command(({ state, dispatch, tr }) => {
          if (!inside(state)) return false
          dispatch?.(leave(tr, around(state), state.schema.nodes.paragraph))
          return true
        }),
      // The line stays, so at its beginning the cursor only moves up.
      Backspace: () =>
        this.editor.commands.command(({ state, dispatch, tr }) => {
          const { $from, empty } = state.selection
          if (!inside(state) || !empty || $from.parentOffset) return false
          dispatch?.(tr.setSelection(Selection.near(state.doc.resolve($from.before()), -1)))
          return true
        }),
    }
  },
})
