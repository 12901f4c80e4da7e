// What stands between the paragraphs of a story: how it is put in, chosen, left and taken out again; and figures, which
// have so much in common that they are made here. Such a block is in the group "card", and no card stands in another
// but photos in a gallery.
import { Extension, findParentNode, Node, pm } from "django-prose-editor/editor"

const { NodeSelection, Plugin, Selection, TextSelection } = pm.state

// What to show of things that a text only names: those in it when the page came, and those chosen since.
const known = { pictures: new Map(), videos: new Map(), embeds: new Map(), stories: new Map() }

export const remember = (kind, facts) => {
  for (const each of facts) known[kind].set(String(each.url || each.id), each)
}
export const recall = (kind, key) => known[kind].get(String(key))

const isCard = (node) => node?.type.spec.group === "card"

// The nearest block of that name that holds the selection, or is it: { pos, node }.
export const blockHere = (selection, name) =>
  selection.node?.type.name === name
    ? { pos: selection.from, node: selection.node }
    : findParentNode((node) => node.type.name === name)(selection)

const endOfBlock = ({ $from, to }) => ($from.depth ? $from.after(1) : to)

// Commands, as Tiptap takes them. This one: after the block where the cursor is, or in the place of an empty line.
export const insertBlock = (block) => ({ tr }) => {
  const { $from } = tr.selection
  const { paragraph } = block.type.schema.nodes
  const onEmptyLine = $from.depth === 1 && $from.parent.type === paragraph && !$from.parent.content.size
  const end = endOfBlock(tr.selection)
  const start = onEmptyLine ? $from.before(1) : end
  tr.replaceWith(start, end, end === tr.doc.content.size ? [block, paragraph.create()] : block)
  tr.setSelection(Selection.near(tr.doc.resolve(start + 1), 1)).scrollIntoView()
  return true
}

export const removeBlock = (name) => ({ tr }) => {
  const here = blockHere(tr.selection, name)
  if (here) tr.delete(here.pos, here.pos + here.node.nodeSize).scrollIntoView()
  return Boolean(here)
}

// A new line below the block where the cursor is.
export const lineBelow = ({ tr, state }) => {
  const end = endOfBlock(tr.selection)
  tr.insert(end, state.schema.nodes.paragraph.create())
  tr.setSelection(TextSelection.create(tr.doc, end + 1)).scrollIntoView()
  return true
}

const goBelow = (props) => {
  const { tr } = props
  const end = endOfBlock(tr.selection)
  if (end === tr.doc.content.size) return lineBelow(props)
  tr.setSelection(Selection.near(tr.doc.resolve(end), 1)).scrollIntoView()
  return true
}

// An empty last line of a block that holds several is left for the story below; any other is broken in two. (Left to
// itself, ProseMirror takes such a line out of its block, or makes it whatever else may stand there.)
export const breakLine = (props, { least, leave }) => {
  const { tr, state } = props
  const { $from, $to } = tr.selection
  const { paragraph } = state.schema.nodes
  if ($from.parent.type !== paragraph || !$from.sameParent($to)) return false
  const parent = $from.node(-1)
  const isLast = $from.index(-1) === parent.childCount - 1
  if (isLast && !$from.parent.content.size && parent.childCount > least) {
    const line = { from: $from.before(), to: $from.after() }
    return leave(line)
  }
  tr.deleteSelection().split(tr.selection.from, 1, [{ type: paragraph }]).scrollIntoView()
  return true
}

const choose = (view, _place, node, pos, _event, direct) => {
  if (!direct || !isCard(node)) return false
  view.dispatch(view.state.tr.setSelection(NodeSelection.create(view.state.doc, pos)))
  return true
}

const LEFT_BY_ESCAPE = ["quotation", "factBox", "questions"]

export const Blocks = Extension.create({
  name: "blocks",
  addKeyboardShortcuts() {
    const run = (command) => this.editor.commands.command(command)
    const isChosen = () => isCard(this.editor.state.selection.node)
    return {
      // From a caption to the block itself, which Delete then takes out; from a block or a box on to what is below it.
      Escape: () =>
        run((props) => {
          const { tr } = props
          const { $from } = tr.selection
          if (isChosen() || LEFT_BY_ESCAPE.some((name) => blockHere(tr.selection, name))) return goBelow(props)
          if (!$from.parent.type.name.endsWith("Caption")) return false
          tr.setSelection(NodeSelection.create(tr.doc, $from.before(-1)))
          return true
        }),
      Enter: () => isChosen() && run(lineBelow),
    }
  },
  addProseMirrorPlugins: () => [
    new Plugin({
      props: {
        handleClickOn: choose,
        handleDoubleClickOn: choose,
        // A key hit by mistake must not put a letter in the place of a whole block.
        handleTextInput: (view) => isCard(view.state.selection.node),
      },
    }),
  ],
})

export const element = (name, text = "", attributes = {}) =>
  Object.assign(document.createElement(name), { textContent: text, ...attributes })

const caption = (name, figure) =>
  Node.create({
    name,
    content: "inline*",
    defining: true,
    isolating: true,
    parseHTML: () => [{ tag: "figcaption", context: `${figure}/` }],
    renderHTML: ({ HTMLAttributes }) => ["figcaption", HTMLAttributes, 0],

    addKeyboardShortcuts() {
      const isInside = (tr) => tr.selection.$from.parent.type === this.type
      return {
        // On with the next picture of a gallery, or with the story below.
        Enter: () =>
          this.editor.commands.command((props) => {
            const { tr } = props
            if (!isInside(tr)) return false
            const next = tr.selection.$from.after(-1)
            if (tr.selection.$from.depth === 2 || !tr.doc.nodeAt(next)) return lineBelow(props)
            tr.setSelection(Selection.near(tr.doc.resolve(next), 1)).scrollIntoView()
            return true
          }),
        // In a caption that is empty: takes the figure out.
        Backspace: () =>
          this.editor.commands.command((props) => {
            const { $from } = props.tr.selection
            return isInside(props.tr) && !$from.parent.content.size && removeBlock(figure)(props)
          }),
      }
    },
  })

// A figure and its caption: two nodes. What it shows is told by the attribute data-<data>, which must be `valid`;
// `look` makes of its value what stands above the caption. `words` are translated, by name.
export const figure = ({ name, data, valid, look, words }) => [
  Node.create({
    name,
    group: "card",
    content: `${name}Caption`,
    defining: true,
    isolating: true,
    draggable: true,
    addAttributes: () => ({
      [data]: {
        default: null,
        parseHTML: (from) => from.dataset[data],
        renderHTML: (attributes) => ({ [`data-${data}`]: attributes[data] }),
      },
    }),
    parseHTML: () => [
      { tag: `figure[data-${data}]`, getAttrs: (from) => (valid.test(from.dataset[data]) ? null : false) },
    ],
    renderHTML: ({ HTMLAttributes }) => ["figure", HTMLAttributes, 0],
    addNodeView: () => ({ node }) => {
      const dom = element("figure", "", { className: `block-${name}` })
      const shown = dom.appendChild(element("div", "", { contentEditable: "false" }))
      shown.append(...look(node.attrs[data], words))
      const contentDOM = dom.appendChild(element("div"))
      // Classes that show where something would be dropped are no change of the text.
      return { dom, contentDOM, ignoreMutation: ({ type, target }) => type === "attributes" && target === dom }
    },
  }),
  caption(`${name}Caption`, name),
]
