// What makes writing comfortable and changes nothing of what may be written.
import { pm } from "django-prose-editor/editor"
import { bindCount } from "desk/editor/count"
import { bindDrag } from "desk/editor/drag"
import { bindDropped } from "desk/editor/dropped"
import { bindFind } from "desk/editor/find"
import { bindKeys } from "desk/editor/keys"
import { bindSlash } from "desk/editor/slash"

const LINE = 24

// The cursor is kept clear of what sticks to the window's edges: the tools above, the form's buttons below.
const keepClear = (frame, editor) => {
  const height = (element) => (element && getComputedStyle(element).position === "sticky" ? element.offsetHeight : 0)
  const room = {
    get top() { return LINE + height(frame.querySelector("[role=toolbar]")) + height(frame.querySelector("[data-find]")) },
    get bottom() { return LINE + height(document.querySelector(".story-buttons")) },
    left: 0,
    right: 0,
  }
  editor.registerPlugin(new pm.state.Plugin({ props: { scrollThreshold: room, scrollMargin: room } }))
}

export const bindComforts = (frame, editor) => {
  const status = frame.querySelector("[data-comfort-status]")
  // Sentences are in the page, translated; `say("moved", { place: 2 })` fills in data-moved and has it read out.
  const say = (name, values = {}) => {
    status.textContent = status.dataset[name].replaceAll(/\{(\w+)\}/g, (_, key) => values[key])
  }
  for (const bind of [keepClear, bindFind, bindDrag, bindDropped, bindSlash, bindCount, bindKeys]) bind(frame, editor, say)
}
