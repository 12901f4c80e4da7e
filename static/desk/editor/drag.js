// Blocks of the story moved whole: by the handle beside them, by keys, by the handle's menu. Each is one step to undo.
import { pm } from "django-prose-editor/editor"
import { dispatchStep } from "desk/editor/step"

const { Plugin, Selection } = pm.state
const FAR_ENOUGH = 4 // pixels that make a drag of a click
const EDGE = 70 // so near to the window's edge it scrolls

const positionOf = (doc, index) => {
  let position = 0
  for (let each = 0; each < index; each++) position += doc.child(each).nodeSize
  return position
}

// The blocks that the selection touches: [first, past the last].
const selectedBlocks = ({ selection: { $from, $to } }) => {
  const first = $from.index(0)
  let last = Math.max(first, $to.indexAfter(0) - 1)
  // A triple click selects up to the beginning of the next block.
  if (last > first && $to.parent.isTextblock && $to.parent.content.size && !$to.parentOffset) last -= 1
  return [first, last + 1]
}

// The transaction that takes the blocks from `first` up to `end` into the gap before block `gap`; null: they are there.
const moveBlocks = (state, first, end, gap) => {
  if (gap >= first && gap <= end) return null
  const { doc, selection } = state
  const [from, to, target] = [first, end, gap].map((index) => positionOf(doc, index))
  const blocks = doc.slice(from, to).content
  const { tr } = state
  if (target > to) tr.replaceWith(from, target, doc.slice(to, target).content.append(blocks))
  else tr.replaceWith(target, to, blocks.append(doc.slice(target, from).content))
  const landed = target > to ? target - (to - from) : target
  const kept = selection.toJSON()
  if (selection.from >= from && selection.to <= to && "anchor" in kept) {
    for (const end of ["anchor", "head"]) if (end in kept) kept[end] += landed - from
    tr.setSelection(Selection.fromJSON(tr.doc, kept))
  } else {
    tr.setSelection(Selection.near(tr.doc.resolve(landed), 1))
  }
  return tr.scrollIntoView()
}

export const bindDrag = (frame, editor, say) => {
  const { view } = editor
  const mount = frame.querySelector("[data-body-mount]")
  const [handle, line, menu] = ["handle", "line", "menu"].map((name) => frame.querySelector(`[data-drag-${name}]`))
  const tools = frame.querySelector("[role=toolbar]")
  mount.append(handle, menu, line)
  let at = null // the block that the handle stands at
  let drag = null // where it was grasped, and the gap it would fall into

  const boxOf = (index) => view.nodeDOM(positionOf(view.state.doc, index)).getBoundingClientRect()
  const top = (pixels) => `${pixels - mount.getBoundingClientRect().top}px`

  const show = (index) => {
    at = index < view.state.doc.childCount ? index : null
    handle.hidden = at === null
    if (handle.hidden) return
    // Beside the block's first line, or what is to be seen of it below the tools.
    const box = boxOf(at)
    const seen = Math.min(tools.getBoundingClientRect().bottom, box.bottom - handle.offsetHeight)
    handle.style.top = top(Math.max(box.top, seen))
  }
  const blockAt = (y) => {
    for (let index = 0; index < view.state.doc.childCount; index++) if (y <= boxOf(index).bottom) return index
    return view.state.doc.childCount - 1
  }
  const gapAt = (y) => {
    const { childCount } = view.state.doc
    for (let index = 0; index < childCount; index++) {
      const { top, bottom } = boxOf(index)
      if (y < (top + bottom) / 2) return index
    }
    return childCount
  }
  // Those selected together go together.
  const blocksAtHandle = () => {
    const [first, end] = selectedBlocks(view.state)
    return at >= first && at < end ? [first, end] : [at, at + 1]
  }
  const move = (first, end, gap) => {
    const tr = gap < 0 || gap > view.state.doc.childCount ? null : moveBlocks(view.state, first, end, gap)
    if (!tr) return false
    dispatchStep(view, tr)
    view.focus()
    const place = gap > end ? gap - (end - first) : gap
    show(place)
    say("moved", { place: place + 1, number: view.state.doc.childCount })
    return true
  }

  const ACTIONS = {
    up: (first, end) => move(first, end, first - 1),
    down: (first, end) => move(first, end, end + 1),
    copy: (first, end) => {
      const { doc, tr } = view.state
      const [from, to] = [first, end].map((index) => positionOf(doc, index))
      tr.insert(to, doc.slice(from, to).content)
      dispatchStep(view, tr.setSelection(Selection.near(tr.doc.resolve(to), 1)).scrollIntoView())
      view.focus()
      say("copied")
    },
    delete: (first, end) => {
      const { doc, tr, schema } = view.state
      const [from, to] = [first, end].map((index) => positionOf(doc, index))
      if (to - from === doc.content.size) tr.replaceWith(from, to, schema.nodes.paragraph.create())
      else tr.delete(from, to)
      const place = tr.doc.resolve(Math.min(from, tr.doc.content.size))
      dispatchStep(view, tr.setSelection(Selection.near(place, 1)).scrollIntoView())
      view.focus()
      say("deleted")
    },
  }

  const items = [...menu.querySelectorAll("[role=menuitem]")]
  const closeMenu = () => {
    menu.hidden = true
    handle.setAttribute("aria-expanded", "false")
  }
  const openMenu = () => {
    const [first, end] = blocksAtHandle()
    const { childCount } = view.state.doc
    const off = { up: first === 0, down: end === childCount }
    for (const item of items) item.setAttribute("aria-disabled", Boolean(off[item.dataset.drag]))
    menu.hidden = false
    handle.setAttribute("aria-expanded", "true")
    menu.style.top = top(handle.getBoundingClientRect().bottom)
    items.find((item) => item.getAttribute("aria-disabled") === "false").focus({ preventScroll: true })
    menu.scrollIntoView({ block: "nearest" })
  }
  menu.addEventListener("click", (event) => {
    const item = event.target.closest("[role=menuitem]")
    if (!item || item.getAttribute("aria-disabled") === "true") return
    closeMenu()
    ACTIONS[item.dataset.drag](...blocksAtHandle())
  })
  menu.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) items.at((items.indexOf(document.activeElement) + step) % items.length).focus()
    else if (event.key === "Escape") {
      closeMenu()
      handle.focus()
    } else return
    event.preventDefault()
  })
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget) && event.relatedTarget !== handle) closeMenu()
  })

  const stop = () => {
    drag = null
    line.hidden = true
    frame.classList.remove("dragging")
  }
  // Where it would fall; with the pointer near the window's edge the page comes along.
  const follow = () => {
    if (!drag?.moved) return
    const { y } = drag
    if (y < EDGE || y > innerHeight - EDGE) scrollBy(0, (y < EDGE ? -1 : 1) * 10)
    drag.gap = gapAt(y)
    const above = drag.gap ? boxOf(drag.gap - 1).bottom : boxOf(0).top - 8
    const below = drag.gap < view.state.doc.childCount ? boxOf(drag.gap).top : above + 8
    line.style.top = top((above + below) / 2)
    line.hidden = false
    requestAnimationFrame(follow)
  }
  handle.addEventListener("mousedown", (event) => event.preventDefault()) // the selection stays
  handle.addEventListener("pointerdown", (event) => {
    if (event.button || event.pointerType === "touch") return
    handle.setPointerCapture(event.pointerId)
    drag = { x: event.clientX, y: event.clientY, moved: false, gap: null }
  })
  handle.addEventListener("pointermove", (event) => {
    if (!drag) return
    const begins = !drag.moved && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR_ENOUGH
    if (begins) {
      drag.moved = true
      drag.blocks = blocksAtHandle()
      closeMenu()
      frame.classList.add("dragging")
    }
    if (drag.moved) drag.y = event.clientY
    if (begins) follow()
  })
  let dragged = false // the click that ends a drag is none
  handle.addEventListener("pointerup", () => {
    dragged = Boolean(drag?.moved)
    const { blocks, gap } = drag ?? {}
    stop()
    if (dragged) move(...blocks, gap)
  })
  handle.addEventListener("pointercancel", stop)
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) stop()
  })
  handle.addEventListener("click", () => {
    if (dragged) dragged = false
    else if (menu.hidden) openMenu()
    else closeMenu()
  })

  const hidden = () => menu.hidden && !drag
  mount.addEventListener("pointermove", (event) => {
    if (hidden() && event.pointerType !== "touch" && !handle.contains(event.target)) show(blockAt(event.clientY))
  })
  mount.addEventListener("pointerleave", () => {
    if (!hidden() || document.activeElement === handle) return
    if (view.hasFocus()) show(selectedBlocks(view.state)[0])
    else handle.hidden = true
  })
  editor.on("focus", () => hidden() && show(selectedBlocks(view.state)[0]))
  editor.on("transaction", () => {
    if (hidden() && view.hasFocus()) show(selectedBlocks(view.state)[0])
  })

  const plugin = new Plugin({
    props: {
      handleKeyDown: (_, event) => {
        const way = { ArrowUp: "up", ArrowDown: "down" }[event.key]
        if (!way || !event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return false
        const [first, end] = selectedBlocks(view.state)
        ACTIONS[way](first, end)
        return true
      },
    },
  })
  editor.registerPlugin(plugin, (own, others) => [own, ...others])
}
