// One picture's page: the focal point by a click, blurred parts by drawing frames, and crops that follow at once.
// All of it is written into the form's fields, which a keyboard reaches as well.

const stage = document.querySelector(".picture-stage")
const photo = stage.querySelector("img")
const modes = document.querySelector(".picture-modes") // none where all that can be done is to blur
const hints = document.querySelector(".picture-hints")
const across = document.getElementById("id_focal_x")
const down = document.getElementById("id_focal_y")
const parts = document.getElementById("id_blurred_parts")
const SMALLEST = 1 // per cent; less is a click

const within = (value, least, most) => Math.min(Math.max(value, least), most)

function share(event) {
  const box = photo.getBoundingClientRect()
  return [within((event.clientX - box.left) / box.width, 0, 1), within((event.clientY - box.top) / box.height, 0, 1)]
}

function place(element, left, top, right, bottom) {
  // Pictures are not mirrored where writing runs from right to left.
  Object.assign(element.style, {
    left: `${left}%`, top: `${top}%`, width: `${right - left}%`, height: `${bottom - top}%`,
  })
}

function showFocus(mark) {
  const [x, y] = [across, down].map((field) => within(Number.parseFloat(field.value) || 0, 0, 1))
  Object.assign(mark.style, { left: `${100 * x}%`, top: `${100 * y}%` })
  for (const crop of document.querySelectorAll("[data-crop]")) {
    const [wide, high] = [photo.getAttribute("width"), photo.getAttribute("height")].map(Number)
    const ratio = crop.getAttribute("width") / crop.getAttribute("height")
    const shareWide = Math.min(1, ratio * high / wide)
    const shareHigh = Math.min(1, wide / high / ratio)
    // As the server cuts: the point in the middle, as far as the edges allow.
    const shift = (point, part) => part >= 1 ? 50 : 100 * within(point - part / 2, 0, 1 - part) / (1 - part)
    crop.src = photo.src
    crop.style.objectPosition = `${shift(x, shareWide)}% ${shift(y, shareHigh)}%`
  }
}

function showParts() {
  for (const frame of stage.querySelectorAll(".picture-blur")) frame.remove()
  for (const [number, line] of parts.value.split("\n").entries()) {
    const edges = line.replaceAll(",", ".").trim().split(/\s+/).map(Number)
    if (edges.length !== 4 || edges.some(Number.isNaN)) continue
    const frame = document.createElement("button")
    frame.type = "button"
    frame.className = "picture-blur"
    frame.title = stage.dataset.remove
    frame.setAttribute("aria-label", `${stage.dataset.remove}: ${line}`)
    frame.addEventListener("click", () => {
      parts.value = parts.value.split("\n").filter((_line, index) => index !== number).join("\n")
      showParts()
    })
    place(frame, ...edges)
    stage.append(frame)
  }
}

function choose(mode) {
  stage.dataset.mode = mode
  for (const button of modes?.querySelectorAll("button") ?? []) button.setAttribute("aria-pressed", button.dataset.mode === mode)
  for (const text of hints.querySelectorAll("[data-says]")) text.hidden = text.dataset.says !== mode
}

function draw(event) {
  const [startX, startY] = share(event)
  const frame = document.createElement("div")
  frame.className = "picture-blur"
  stage.append(frame)
  let edges = [0, 0, 0, 0]
  const follow = (moved) => {
    const [x, y] = share(moved)
    edges = [Math.min(startX, x), Math.min(startY, y), Math.max(startX, x), Math.max(startY, y)].map((edge) => 100 * edge)
    place(frame, ...edges)
  }
  stage.setPointerCapture(event.pointerId)
  stage.addEventListener("pointermove", follow)
  const end = (ended) => {
    stage.removeEventListener("pointermove", follow)
    stage.removeEventListener("pointerup", end)
    stage.removeEventListener("pointercancel", end)
    frame.remove()
    const [left, top, right, bottom] = edges.map((edge) => edge.toFixed(1))
    if (ended.type === "pointerup" && right - left >= SMALLEST && bottom - top >= SMALLEST) {
      parts.value = [parts.value.trim(), `${left} ${top} ${right} ${bottom}`].filter(Boolean).join("\n")
      showParts()
    }
  }
  stage.addEventListener("pointerup", end)
  stage.addEventListener("pointercancel", end)
}

if (parts) {
  const mark = document.createElement("span")
  hints.hidden = false
  if (across && down) {
    mark.className = "picture-focus"
    stage.append(mark)
    modes.hidden = false
    choose("focal")
    showFocus(mark)
    for (const field of [across, down]) field.addEventListener("input", () => showFocus(mark))
    modes.addEventListener("click", (event) => {
      if (event.target.dataset.mode) choose(event.target.dataset.mode)
    })
  }
  showParts()
  parts.addEventListener("input", showParts)
  stage.addEventListener("pointerdown", (event) => {
    if (event.button || event.target.closest("button")) return
    event.preventDefault()
    if (stage.dataset.mode === "blur") draw(event)
    else {
      [across.value, down.value] = share(event).map((each) => each.toFixed(2))
      showFocus(mark)
    }
  })
}
