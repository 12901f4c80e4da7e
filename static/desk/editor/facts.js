// A fact box: a heading, always there to be filled in and left out when empty, and paragraphs and lists.
import { Node, pm } from "django-prose-editor/editor"
import { blockHere, breakLine, element, insertBlock, lineBelow } from "desk/editor/block"

const { Selection, TextSelection } = pm.state
const HOLDS = ["paragraph", "bulletList", "orderedList"]

// What is selected, as { from, to, blocks }, when it is whole blocks of the story that all pass; else null.
export const selectedBlocks = (selection, passes) => {
  const range = selection.empty ? null : selection.$from.blockRange(selection.$to)
  if (range?.depth !== 0) return null
  const blocks = []
  for (let index = range.startIndex; index < range.endIndex; index++) blocks.push(range.parent.child(index))
  return blocks.every(passes) ? { from: range.start, to: range.end, blocks } : null
}

// Around what is selected, of which a heading at the top is the box's; else a new one.
export const insertFacts = (props) => {
  const { tr, state } = props
  const { factBox, factHeading, paragraph } = state.schema.nodes
  const selected = selectedBlocks(
    tr.selection,
    ({ type }, index) => HOLDS.includes(type.name) || (type.name === "heading" && !index),
  )
  if (!selected) return insertBlock(factBox.create(null, [factHeading.create(), paragraph.create()]))(props)
  const { from, to, blocks } = selected
  const title = blocks[0].type.name === "heading" ? blocks.shift().content : null
  if (!blocks.length) blocks.push(paragraph.create())
  tr.replaceWith(from, to, factBox.create(null, [factHeading.create(null, title), ...blocks]))
  tr.setSelection(TextSelection.create(tr.doc, from + 2)).scrollIntoView()
  return true
}

// A box without one gets an empty heading: left to itself, ProseMirror would put the box's text below the box.
const withHeading = (aside) => {
  if (!/^h[23]$/.test(aside.firstElementChild?.localName)) aside.prepend(element("h3"))
  return aside
}

export const FactBox = Node.create({
  name: "factBox",
  group: "card",
  content: "factHeading (paragraph | bulletList | orderedList)+",
  defining: true,
  isolating: true,
  parseHTML: () => [{ tag: "aside.facts", contentElement: withHeading }],
  renderHTML: ({ HTMLAttributes }) => ["aside", { class: "facts", ...HTMLAttributes }, 0],

  addKeyboardShortcuts() {
    const run = (command) => this.editor.commands.command(command)
    return {
      Enter: () =>
        run((props) => {
          const { tr } = props
          if (tr.selection.$from.node(-1)?.type !== this.type) return false
          const leave = ({ from, to }) => lineBelow(props) && Boolean(tr.delete(from, to))
          return breakLine(props, { least: 2, leave })
        }),
      // At the beginning of the first line: only up to the heading.
      Backspace: () =>
        run(({ tr }) => {
          const { $from, empty } = tr.selection
          const isFirst = $from.node(-1)?.type === this.type && $from.index(-1) === 1
          if (!isFirst || !empty || $from.parentOffset) return false
          tr.setSelection(Selection.near(tr.doc.resolve($from.before()), -1))
          return true
        }),
    }
  },
})

export const FactHeading = Node.create({
  name: "factHeading",
  content: "inline*",
  defining: true,
  parseHTML: () => [{ tag: "h3", context: "factBox/", priority: 60 }, { tag: "h2", context: "factBox/", priority: 60 }],
  renderHTML: ({ HTMLAttributes }) => ["h3", HTMLAttributes, 0],
  // Among the headings of the form it is none: their levels would not fit together.
  addNodeView: () => ({ HTMLAttributes }) => {
    const dom = element("p", "", { className: "fact-heading" })
    for (const [name, value] of Object.entries(HTMLAttributes)) if (value) dom.setAttribute(name, value)
    return { dom, contentDOM: dom }
  },

  addKeyboardShortcuts() {
    const run = (command) => this.editor.commands.command(command)
    const isInside = (tr) => tr.selection.$from.parent.type === this.type
    return {
      Enter: () =>
        run(({ tr, state }) => {
          if (!isInside(tr)) return false
          const { $from } = tr.deleteSelection().selection
          const isAtEnd = $from.parentOffset === $from.parent.content.size
          if (isAtEnd) tr.setSelection(Selection.near(tr.doc.resolve($from.after()), 1))
          else tr.split($from.pos, 1, [{ type: state.schema.nodes.paragraph }])
          tr.scrollIntoView()
          return true
        }),
      // The line stays. In a box without a word: takes the box out.
      Backspace: () =>
        run(({ tr, state }) => {
          const { $from, empty } = tr.selection
          if (!isInside(tr) || !empty || $from.parentOffset) return false
          const { pos, node } = blockHere(tr.selection, "factBox")
          if (node.textContent) return true
          tr.replaceWith(pos, pos + node.nodeSize, state.schema.nodes.paragraph.create())
          tr.setSelection(TextSelection.create(tr.doc, pos + 1))
          return true
        }),
    }
  },
})
