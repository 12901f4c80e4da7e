// Videos chosen or dropped: the bytes of each go by themselves, one after the other, and say how far they are.

const form = document.getElementById("video-upload")
const chooser = form?.querySelector("[type=file]")
const results = document.getElementById("video-results")
const waiting = []
let busy = false

function take(files) {
  for (const file of "one" in form.dataset ? [...files].slice(0, 1) : files) {
    const line = document.createElement("li")
    const said = document.createElement("span")
    said.textContent = form.dataset.waiting
    line.append(Object.assign(document.createElement("span"), { textContent: file.name }), " ", said)
    results.append(line)
    if (file.size > Number(form.dataset.most)) refuse(said, form.dataset.tooLarge)
    else waiting.push({ file, line, said })
  }
  if (!busy) next()
}

function refuse(said, why) {
  said.className = "missing"
  said.textContent = why
}

function next() {
  const one = waiting.shift()
  busy = Boolean(one)
  if (one) send(one)
}

function send({ file, line, said }) {
  const bar = Object.assign(document.createElement("progress"), { max: 1 })
  bar.setAttribute("aria-label", file.name)
  said.replaceChildren(bar)

  const request = new XMLHttpRequest()
  request.open("POST", location.pathname)
  request.setRequestHeader("Accept", "application/json")
  request.setRequestHeader("Content-Type", "application/octet-stream")
  request.setRequestHeader("X-File-Name", encodeURIComponent(file.name))
  request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value)
  request.responseType = "json"
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total
  })
  request.upload.addEventListener("load", () => { said.textContent = form.dataset.checking })
  request.addEventListener("loadend", () => {
    const answer = request.status === 200 ? request.response?.files?.[0] : null
    if (!answer?.url) refuse(said, answer?.error || form.dataset.failed)
    else if ("one" in form.dataset) location.assign(answer.url)
    else arrived(line, answer)
    next()
  })
  request.send(file)
}

function arrived(line, answer) {
  const link = Object.assign(document.createElement("a"), { href: answer.url, textContent: answer.name })
  line.replaceChildren(link, " ", Object.assign(document.createElement("span"), { textContent: form.dataset.done }))
}

if (form) {
  chooser.multiple = !("one" in form.dataset)
  chooser.addEventListener("change", () => {
    take(chooser.files)
    chooser.value = ""
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault() // a chosen file is on its way already
    if (!busy) chooser.click()
  })
  document.addEventListener("dragover", (event) => {
    event.preventDefault()
    form.classList.add("over")
  })
  document.addEventListener("dragleave", () => form.classList.remove("over"))
  document.addEventListener("drop", (event) => {
    event.preventDefault()
    form.classList.remove("over")
    take(event.dataTransfer.files)
  })
  addEventListener("beforeunload", (event) => {
    if (busy && !("one" in form.dataset)) event.preventDefault() // an upload would be lost
  })
}
