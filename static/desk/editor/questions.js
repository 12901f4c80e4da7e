// Questions and answers, as an interview is printed: a list of terms and what is said to them.
import { Node, pm } from "django-prose-editor/editor"
import { blockHere, breakLine, insertBlock, lineBelow } from "desk/editor/block"
import { selectedBlocks } from "desk/editor/facts"

const { Selection, TextSelection } = pm.state
const ANSWERS = ["paragraph", "bulletList", "orderedList"]

const isBlank = (node) => !node?.textContent.trim()
const pair = ({ question, answer, paragraph }) => [question.create(), answer.create(null, paragraph.create())]

const isBold = (node) => {
  let all = Boolean(node.content.size)
  node.forEach((part) => { all &&= part.marks.some((mark) => mark.type.name === "bold") || !part.textContent.trim() })
  return all
}
// A line all in bold, a heading, or one that ends with a question mark.
const asks = (node) => node.type.name === "heading" || (node.isTextblock && (isBold(node) || /[?؟]["”»’]?\s*$/.test(node.textContent)))

const plain = (node, { bold }) => {
  const parts = []
  node.forEach((part) => parts.push(isBold(node) ? part.mark(bold.removeFromSet(part.marks)) : part))
  return parts
}

// Made of what is selected, when that begins with a question; else a new one.
export const insertQuestions = (props) => {
  const { tr, state } = props
  const { nodes, marks } = state.schema
  const selected = selectedBlocks(tr.selection, (node) => ANSWERS.includes(node.type.name) || asks(node))
  if (!selected || !asks(selected.blocks[0])) return insertBlock(nodes.questions.create(null, pair(nodes)))(props)
  const rows = []
  for (const block of selected.blocks) {
    if (asks(block)) rows.push({ question: nodes.question.create(null, plain(block, marks)), answer: [] })
    else rows.at(-1).answer.push(block)
  }
  const made = rows.flatMap(({ question, answer }) => [
    question,
    nodes.answer.create(null, answer.length ? answer : nodes.paragraph.create()),
  ])
  tr.replaceWith(selected.from, selected.to, nodes.questions.create(null, made))
  tr.setSelection(TextSelection.create(tr.doc, selected.from + 2)).scrollIntoView()
  return true
}

// Below the answer where the cursor is.
export const addQuestion = ({ tr, state }) => {
  const list = blockHere(tr.selection, "questions")
  if (!list) return false
  const { $from } = tr.selection
  const index = $from.depth ? $from.index(1) : list.node.childCount - 1
  let place = list.pos + 1
  for (let each = 0; each <= index; each++) place += list.node.child(each).nodeSize
  const next = list.node.maybeChild(index + 1)
  if (list.node.child(index).type.name === "question" && next?.type.name === "answer") place += next.nodeSize
  tr.insert(place, pair(state.schema.nodes))
  tr.setSelection(TextSelection.create(tr.doc, place + 1)).scrollIntoView()
  return true
}

// What is left of the list when a question without words is taken out of it. Nothing that was said is lost.
const takeOut = ({ tr, state }) => {
  const { $from } = tr.selection
  const list = $from.node(-1)
  const index = $from.index(-1)
  const next = list.maybeChild(index + 1)
  const own = next?.type.name === "answer" ? next : null
  const from = $from.before()
  const to = $from.after()
  if (isBlank(list)) {
    tr.replaceWith($from.before(-1), $from.after(-1), state.schema.nodes.paragraph.create())
    tr.setSelection(TextSelection.create(tr.doc, $from.before(-1) + 1))
  } else if (!own || isBlank(own)) {
    tr.delete(from, to + (own ? own.nodeSize : 0))
    tr.setSelection(Selection.near(tr.doc.resolve(from), index ? -1 : 1))
  } else if (index && list.child(index - 1).type.name === "answer") {
    tr.delete(from, to).join(from)
    tr.setSelection(Selection.near(tr.doc.resolve(from - 1), -1))
  }
  tr.scrollIntoView()
}

export const Questions = Node.create({
  name: "questions",
  group: "card",
  content: "(question | answer)+",
  defining: true,
  isolating: true,
  parseHTML: () => [{ tag: "dl" }],
  renderHTML: () => ["dl", 0],
})

export const Question = Node.create({
  name: "question",
  content: "inline*",
  defining: true,
  isolating: true,
  parseHTML: () => [{ tag: "dt", context: "questions/" }],
  renderHTML: ({ HTMLAttributes }) => ["dt", HTMLAttributes, 0],

  addKeyboardShortcuts() {
    const run = (command) => this.editor.commands.command(command)
    const isInside = (tr) => tr.selection.$from.parent.type === this.type && tr.selection.$from.sameParent(tr.selection.$to)
    return {
      // To its answer; from a last one without a word, on with the story.
      Enter: () =>
        run((props) => {
          const { tr, state } = props
          if (!isInside(tr)) return false
          const { $from } = tr.selection
          const list = $from.node(-1)
          const next = list.maybeChild($from.index(-1) + 1)
          const { answer, paragraph } = state.schema.nodes
          const isLast = $from.index(-1) >= list.childCount - 2
          if ($from.index(-1) && isLast && isBlank($from.parent) && isBlank(next)) {
            const [from, to] = [$from.before(), $from.end(-1)]
            lineBelow(props)
            tr.delete(from, to)
            return true
          }
          const end = $from.after()
          if (next?.type !== answer) tr.insert(end, answer.create(null, paragraph.create()))
          tr.setSelection(Selection.near(tr.doc.resolve(end), 1)).scrollIntoView()
          return true
        }),
      Backspace: () =>
        run((props) => {
          const { tr } = props
          const { $from, empty } = tr.selection
          if (!isInside(tr) || !empty || $from.parentOffset) return false
          if (!$from.parent.content.size) takeOut(props)
          else if ($from.index(-1)) tr.setSelection(Selection.near(tr.doc.resolve($from.before()), -1))
          return true
        }),
    }
  },
})

export const Answer = Node.create({
  name: "answer",
  content: "(paragraph | bulletList | orderedList)+",
  defining: true,
  isolating: true,
  parseHTML: () => [{ tag: "dd", context: "questions/" }],
  renderHTML: ({ HTMLAttributes }) => ["dd", HTMLAttributes, 0],

  addKeyboardShortcuts() {
    const run = (command) => this.editor.commands.command(command)
    const isInside = ({ $from }) => $from.node(-1)?.type === this.type
    return {
      // A new line; on an empty last one, the next question.
      Enter: () =>
        run((props) => {
          const { tr, state } = props
          if (!isInside(tr.selection)) return false
          const end = tr.selection.$from.after(-1)
          const isAlone = tr.selection.$from.node(-1).childCount === 1
          const leave = ({ from, to }) => {
            const place = isAlone ? end : end - (to - from)
            if (!isAlone) tr.delete(from, to)
            tr.insert(place, pair(state.schema.nodes))
            tr.setSelection(TextSelection.create(tr.doc, place + 1)).scrollIntoView()
            return true
          }
          return breakLine(props, { least: 0, leave })
        }),
      // At the very beginning: only up to the question.
      Backspace: () =>
        run(({ tr }) => {
          const { $from, empty } = tr.selection
          if (!isInside(tr.selection) || !empty || $from.parentOffset || $from.index(-1)) return false
          tr.setSelection(Selection.near(tr.doc.resolve($from.before(-1)), -1))
          return true
        }),
    }
  },
})
