// Find and replace within the text: across bold and links, in captions and cells, with or without accents.
import { pm } from "django-prose-editor/editor"
import { isShortcut } from "desk/editor/keys"
import { dispatchStep } from "desk/editor/step"

const { Plugin, PluginKey, TextSelection } = pm.state
const { Decoration, DecorationSet } = pm.view

// Marks that readers leave out when they type: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels and tatweel.
// Not every combining sign: in Devanagari or Thai they are letters.
const ACCENTS =
  "\\u0300-\\u036f\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0610-\\u061a\\u0640\\u064b-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e8\\u06ea-\\u06ed"
const ACCENT = new RegExp(`[${ACCENTS}]`, "gu")
const LETTER = new RegExp(`.[${ACCENTS}]*`, "gsu")
const ALIKE = { "‘": "'", "’": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "\u00a0": " ", "\u202f": " " }
const WORD_BEFORE = /[\p{L}\p{N}\p{M}_]$/u
const WORD_AFTER = /^[\p{L}\p{N}\p{M}_]/u

const folded = (text, { matchCase, ignoreAccents }) => {
  const cased = matchCase ? text : text.toLowerCase()
  const apart = cased.normalize("NFD").replaceAll(/[‘’“”„«»\u00a0\u202f]/g, (sign) => ALIKE[sign])
  return ignoreAccents ? apart.replaceAll(ACCENT, "") : apart
}

export const fold = (text) => folded(text, { ignoreAccents: true })

// Where `query.text` stands in `text`: [from, to) pairs, never within a letter and its accents.
const spots = (text, query) => {
  const wanted = folded(query.text, query)
  if (!wanted) return []
  let letters = ""
  const starts = [] // for each sign of `letters`: where its letter begins and ends in the text, if it is the first, the last
  const ends = []
  for (const { 0: letter, index } of text.matchAll(LETTER)) {
    const signs = folded(letter, query)
    for (let each = 0; each < signs.length; each++) {
      starts.push(each ? -1 : index)
      ends.push(each === signs.length - 1 ? index + letter.length : -1)
    }
    letters += signs
  }
  const found = []
  for (let at = letters.indexOf(wanted); at >= 0; at = letters.indexOf(wanted, at)) {
    const [from, to] = [starts[at], ends[at + wanted.length - 1]]
    const whole = !WORD_BEFORE.test(text.slice(Math.max(0, from - 2), from)) && !WORD_AFTER.test(text.slice(to, to + 2))
    const fits = from >= 0 && to >= 0 && (whole || !query.wholeWord)
    if (fits) found.push([from, to])
    at += fits ? wanted.length : 1
  }
  return found
}

const matchesIn = (doc, query) => {
  const matches = []
  doc.descendants((node, position) => {
    if (!node.isTextblock) return true
    const text = node.textBetween(0, node.content.size, "", "\ufffc")
    for (const [from, to] of spots(text, query)) matches.push({ from: position + 1 + from, to: position + 1 + to })
    return false
  })
  return matches
}

const key = new PluginKey("find")
const CLOSED = { query: null, matches: [], current: -1 }

// Of the matches the first that does not begin before `from`, and after the last one the first again.
const searched = (doc, query, from) => {
  const matches = matchesIn(doc, query)
  const next = matches.findIndex((match) => match.from >= from)
  return { query, matches, current: matches.length && next < 0 ? 0 : next }
}

const plugin = (handleKeyDown) =>
  new Plugin({
    key,
    state: {
      init: () => CLOSED,
      apply: (tr, before, _, state) => {
        const told = tr.getMeta(key)
        if (told?.query === null) return CLOSED
        if (told?.query) return searched(state.doc, told.query, told.from)
        if (told?.current >= 0) return { ...before, current: told.current }
        if (!tr.docChanged || !before.query) return before
        const from = told?.from ?? tr.mapping.map(before.matches[before.current]?.from ?? 0)
        return searched(state.doc, before.query, from)
      },
    },
    props: {
      handleKeyDown,
      decorations: (state) => {
        const { matches, current } = key.getState(state)
        const look = (match, index) => ({ class: index === current ? "found found-now" : "found" })
        return DecorationSet.create(state.doc, matches.map((each, index) => Decoration.inline(each.from, each.to, look(each, index))))
      },
    },
  })

// Selected words are what one looks for.
const selectedText = ({ doc, selection: { $from, $to } }) =>
  $from.sameParent($to) && $to.pos - $from.pos <= 100 ? doc.textBetween($from.pos, $to.pos).trim() : ""

export const bindFind = (frame, editor) => {
  const { view } = editor
  const bar = frame.querySelector("[data-find]")
  const part = (name) => bar.querySelector(`[data-find-${name}]`)
  const [text, replacement, count] = ["text", "replacement", "count"].map(part)
  const now = () => key.getState(view.state)
  let begun = 0 // where the cursor was

  const show = (told) => {
    const { matches, current } = now()
    const sentence = matches.length ? count.dataset.some : text.value ? count.dataset.none : ""
    const shown = told ?? sentence.replace("{current}", current + 1).replace("{count}", matches.length)
    if (count.textContent !== shown) count.textContent = shown
    for (const each of bar.querySelectorAll("[data-needs-match]")) each.setAttribute("aria-disabled", !matches.length)
  }
  const reveal = () => {
    const { matches, current } = now()
    if (!matches.length) return
    const { from, to } = matches[current]
    view.dispatch(view.state.tr.setSelection(TextSelection.create(view.state.doc, from, to)))
    view.dom.querySelector(".found-now")?.scrollIntoView({ block: "center" })
  }
  const search = () => {
    const query = {
      text: text.value,
      matchCase: part("case").checked,
      wholeWord: part("word").checked,
      ignoreAccents: part("accents").checked,
    }
    view.dispatch(view.state.tr.setMeta(key, { query, from: begun }))
    reveal()
    show()
  }
  const step = (by) => {
    const { matches, current } = now()
    if (!matches.length) return
    view.dispatch(view.state.tr.setMeta(key, { current: (current + by + matches.length) % matches.length }))
    reveal()
    show()
  }
  const put = (tr, { from, to }) => {
    const { marks } = tr.doc.nodeAt(from)
    if (replacement.value) tr.replaceWith(from, to, view.state.schema.text(replacement.value, marks))
    else tr.delete(from, to)
  }
  const replace = () => {
    const { matches, current } = now()
    if (!matches.length) return
    const { tr } = view.state
    put(tr, matches[current])
    dispatchStep(view, tr.setMeta(key, { from: tr.mapping.map(matches[current].to) }))
    reveal()
    show()
  }
  const replaceAll = () => {
    const { matches } = now()
    if (!matches.length) return
    const { tr } = view.state
    for (const match of [...matches].reverse()) put(tr, match) // from the end, so that the others stay where they are
    dispatchStep(view, tr)
    show(count.dataset.replaced.replace("{count}", matches.length))
  }
  const open = () => {
    begun = view.state.selection.from
    text.value = selectedText(view.state) || text.value
    bar.hidden = false
    text.focus()
    text.select()
    search()
  }
  const close = () => {
    bar.hidden = true
    view.dispatch(view.state.tr.setMeta(key, { query: null }))
    view.focus()
  }

  const steps = (event) => {
    if (event.key !== "F3") return false
    step(event.shiftKey ? -1 : 1)
    return true
  }
  const inText = (_, event) => {
    if (isShortcut(event, "f", "KeyF") && !event.shiftKey) {
      open()
      return true
    }
    if (bar.hidden) return false
    if (event.key !== "Escape") return steps(event)
    close()
    return true
  }
  editor.registerPlugin(plugin(inText), (own, others) => [own, ...others])
  editor.on("update", () => bar.hidden || show())

  // Its fields are no part of the story's form: Enter must not send it, and what is typed here is no change to save.
  bar.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close()
    else if (event.key === "Enter" && event.target === text && !event.isComposing) step(event.shiftKey ? -1 : 1)
    else if (event.key === "Enter" && event.target === replacement && !event.isComposing) replace()
    else if (event.key === "Enter" && event.target.type === "checkbox") event.target.click()
    else if (!steps(event)) return
    event.preventDefault()
    event.stopPropagation()
  })
  for (const name of ["input", "change"]) bar.addEventListener(name, (event) => event.stopPropagation())
  text.addEventListener("input", search)
  for (const box of bar.querySelectorAll("[type=checkbox]")) box.addEventListener("change", search)
  const buttons = { next: () => step(1), previous: () => step(-1), replace, all: replaceAll, close }
  for (const [name, run] of Object.entries(buttons)) part(name).addEventListener("click", run)
  frame.querySelector("[data-find-open]").addEventListener("click", open)

  const toolbar = frame.querySelector("[role=toolbar]")
  new ResizeObserver(() => frame.style.setProperty("--toolbar-height", `${toolbar.offsetHeight}px`)).observe(toolbar)
}
