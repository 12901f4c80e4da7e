// "/" on an empty line opens a list of what can be put in: the toolbar's buttons marked data-insert, by their own names.
// Nothing chosen: the stroke stays what it is.
import { pm } from "django-prose-editor/editor"
import { fold } from "desk/editor/find"
import { endStep } from "desk/editor/step"

const { Plugin } = pm.state
const GAP = 4

const emptyLine = ({ selection: { $from } }) =>
  $from.depth === 1 && $from.parent.type.name === "paragraph" && !$from.parent.content.size

// A line that holds a stroke and what was typed after it, the cursor at its end.
const stroke = ({ selection: { $from, empty } }) => {
  const { parent } = $from
  const text = parent.textContent
  if (!empty || $from.depth !== 1 || parent.type.name !== "paragraph" || !text.startsWith("/")) return null
  if ($from.parentOffset !== text.length || parent.content.size !== text.length) return null
  return { from: $from.start(), to: $from.pos, filter: fold(text.slice(1)).trim() }
}

const nameOf = (button) => button.getAttribute("aria-label") || button.textContent.trim()

const option = (button, id) => {
  const line = document.createElement("li")
  line.id = id
  line.setAttribute("role", "option")
  const picture = line.appendChild(document.createElement("span"))
  picture.setAttribute("aria-hidden", "true")
  const drawn = button.querySelector("svg")
  picture.append(drawn ? drawn.cloneNode(true) : button.dataset.glyph || "")
  line.append(nameOf(button))
  return line
}

export const bindSlash = (frame, editor, say) => {
  const { view } = editor
  const list = frame.querySelector("[data-slash-menu]")
  const buttons = () =>
    [...frame.querySelectorAll("[role=toolbar] button[data-insert]")].filter(
      (button) => !button.hidden && button.getAttribute("aria-disabled") !== "true",
    )
  let offered = null // the buttons in the list; null: closed
  let active = 0

  const close = () => {
    offered = null
    list.hidden = true
    for (const name of ["aria-activedescendant", "aria-controls"]) view.dom.removeAttribute(name)
  }
  const place = () => {
    if (list.hidden) return
    const line = view.coordsAtPos(view.state.selection.$from.start())
    const { offsetWidth: width, offsetHeight: height } = list
    const space = globalThis.visualViewport?.height ?? innerHeight
    const start = getComputedStyle(frame).direction === "rtl" ? line.right - width : line.left
    const below = line.bottom + GAP
    const { left, right } = frame.getBoundingClientRect()
    list.style.left = `${Math.max(GAP, left, Math.min(start, Math.min(right, innerWidth - GAP) - width))}px`
    list.style.top = `${below + height <= space ? below : Math.max(GAP, line.top - height - GAP)}px`
  }
  const mark = (index) => {
    active = index
    const lines = [...list.children]
    lines.forEach((line, each) => line.setAttribute("aria-selected", each === index))
    view.dom.setAttribute("aria-activedescendant", lines[index].id)
    lines[index].scrollIntoView({ block: "nearest" })
  }
  const offer = ({ filter }) => {
    offered = buttons().filter((button) => fold(`${nameOf(button)} ${button.dataset.command || ""}`).includes(filter))
    list.replaceChildren(...offered.map((button, index) => option(button, `${list.id}_${index}`)))
    list.hidden = !offered.length
    if (list.hidden) {
      view.dom.removeAttribute("aria-activedescendant")
      return
    }
    view.dom.setAttribute("aria-controls", list.id)
    place()
    mark(0)
  }
  const choose = (index) => {
    const button = offered[index]
    const { from, to } = stroke(view.state)
    close()
    view.dispatch(view.state.tr.delete(from, to))
    endStep(view)
    button.click()
  }
  const keys = {
    ArrowDown: () => mark((active + 1) % offered.length),
    ArrowUp: () => mark((active + offered.length - 1) % offered.length),
    Enter: () => choose(active),
    Tab: () => choose(active),
    Escape: close,
  }

  const plugin = new Plugin({
    props: {
      handleKeyDown: (_, event) => {
        const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing)
        if (!offered?.length || !plain || !Object.hasOwn(keys, event.key)) return false
        keys[event.key]()
        return true
      },
    },
    view: () => ({
      update: (_, before) => {
        const now = stroke(view.state)
        if (!now) {
          if (offered) close()
        } else if (offered) {
          if (before.doc !== view.state.doc) offer(now)
        } else if (now.to - now.from === 1 && emptyLine(before) && before.selection.$from.start() === now.from) {
          offer(now)
          if (offered.length) say("slash", { number: offered.length })
        }
      },
      destroy: close,
    }),
  })
  editor.registerPlugin(plugin, (own, others) => [own, ...others])
  editor.on("blur", close)
  list.addEventListener("pointerdown", (event) => event.preventDefault()) // the cursor stays in the text
  list.addEventListener("mousedown", (event) => event.preventDefault())
  list.addEventListener("click", (event) => {
    const line = event.target.closest("[role=option]")
    if (line) choose([...list.children].indexOf(line))
  })
  addEventListener("scroll", place, { passive: true, capture: true })
  addEventListener("resize", place)
}
