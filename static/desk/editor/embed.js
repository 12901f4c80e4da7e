// A post or a video that stands elsewhere: its address, and a caption. The desk says what an address is; nothing is
// fetched from there.
import { Extension, pm } from "django-prose-editor/editor"
import { element, figure, insertBlock, recall, remember } from "desk/editor/block"

const { Plugin, TextSelection } = pm.state
const MOST_ASKED = 10 // of one paste

const look = (url) => {
  const embed = recall("embeds", url)
  return [
    element("strong", embed ? `${embed.provider}: ${embed.kind}` : new URL(url).hostname),
    element("small", url, { dir: "ltr", className: "block-address" }),
  ]
}

export const embed = (words) => figure({ name: "embed", data: "embed", valid: /^https:\/\/[^\s/]/, look, words })

// Resolves to { url, provider, kind }, to { error } in words, or to null when the desk does not answer.
export const ask = async (frame, url) => {
  const address = new URL(frame.dataset.embedUrl, location.href)
  address.searchParams.set("url", url)
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } })
    return response.ok ? await response.json() : null
  } catch {
    return null
  }
}

const create = ({ nodes }, facts) => {
  remember("embeds", [facts])
  return nodes.embed.create({ embed: facts.url }, nodes.embedCaption.create())
}

const insertEmbed = (facts) => (props) => insertBlock(create(props.state.schema, facts))(props)

const isAddress = (text) => /^https?:\/\/\S+$/.test(text)

// Addresses that are pasted as lines of their own.
const addressesIn = (slice) => {
  const found = new Set()
  slice.content.forEach((node) => {
    const text = node.isText || node.isTextblock ? node.textContent.trim() : ""
    if (isAddress(text)) found.add(text)
  })
  return [...found].slice(0, MOST_ASKED)
}

const lineOf = (doc, text) => {
  let line = null
  doc.forEach((node, pos) => {
    if (!line && node.type.name === "paragraph" && node.textContent.trim() === text) line = { node, pos }
  })
  return line
}

// A line that holds nothing but an address we know becomes a card, as a step of its own: undo brings the line back.
const makeCard = async (frame, view, text) => {
  const facts = await ask(frame, text)
  const line = !view.isDestroyed && facts?.url && lineOf(view.state.doc, text)
  if (!line) return
  const { tr, schema } = view.state
  const end = line.pos + line.node.nodeSize
  const isLast = end === tr.doc.content.size
  const card = create(schema, facts)
  const hadCursor = tr.selection.$from.depth && tr.selection.$from.before(1) === line.pos
  tr.replaceWith(line.pos, end, isLast ? [card, schema.nodes.paragraph.create()] : card)
  if (hadCursor) {
    const below = line.pos + card.nodeSize
    tr.setSelection(isLast ? TextSelection.create(tr.doc, below + 1) : TextSelection.near(tr.doc.resolve(below), 1))
  }
  view.dispatch(pm.history.closeHistory(tr))
  view.dispatch(pm.history.closeHistory(view.state.tr)) // what is typed next is another step
  frame.querySelector("[data-embed-made]").textContent = frame.dataset.embedMade.replace("%s", facts.provider)
}

export const PastedAddresses = Extension.create({
  name: "pastedAddresses",
  addOptions: () => ({ frame: null }),
  addProseMirrorPlugins() {
    const { frame } = this.options
    return [
      new Plugin({
        props: {
          handlePaste(view, _event, slice) {
            for (const text of addressesIn(slice)) setTimeout(() => makeCard(frame, view, text))
            return false
          },
        },
      }),
    ]
  },
})

export const bindEmbeds = (frame, editor) => {
  const dialog = frame.querySelector("[data-embed-dialog]")
  const address = dialog.querySelector("input")
  const found = dialog.querySelector("[role=status]")
  const complaint = dialog.querySelector("[role=alert]")
  let asked = 0
  let facts = null

  const complain = (words) => {
    complaint.textContent = words
    complaint.hidden = !words
    address.setAttribute("aria-invalid", Boolean(words))
  }
  // True when what is typed is something that can be put in.
  const look = async () => {
    const number = ++asked
    const typed = address.value.trim()
    facts = null
    found.textContent = ""
    complain("")
    if (!typed) return false
    const answer = await ask(frame, /^[a-z]+:/i.test(typed) ? typed : `https://${typed}`)
    if (number !== asked) return false // a later question is on its way
    if (!answer) complain(dialog.dataset.failed)
    else if (answer.error) complain(answer.error)
    else {
      facts = answer
      found.textContent = `${facts.provider}: ${facts.kind}`
    }
    return Boolean(facts)
  }
  const apply = async () => {
    if (!(facts || (await look()))) {
      if (!address.value.trim()) complain(dialog.dataset.empty)
      return address.focus()
    }
    const chosen = facts
    dialog.close()
    editor.chain().focus().command(insertEmbed(chosen)).run()
  }

  let waiting
  address.addEventListener("input", () => {
    clearTimeout(waiting)
    facts = null
    waiting = setTimeout(look, 400)
  })
  address.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return
    event.preventDefault() // the dialog stands inside the story's form
    clearTimeout(waiting)
    apply()
  })
  dialog.querySelector("[data-embed-apply]").addEventListener("click", apply)
  dialog.querySelector("[data-embed-cancel]").addEventListener("click", () => dialog.close())
  dialog.addEventListener("close", () => {
    clearTimeout(waiting)
    asked++
    editor.commands.focus()
  })
  return () => {
    address.value = ""
    facts = null
    found.textContent = ""
    complain("")
    dialog.showModal()
    address.focus()
  }
}
