// Many pictures at once, chosen, dropped or pasted: each is sent by itself, and says how far it is and what became of it.

const form = document.getElementById("picture-upload")
const chooser = form.querySelector("[type=file]")
const results = document.getElementById("picture-results")
const waiting = []
let busy = false

function take(files) {
  for (const file of files) {
    const line = document.createElement("li")
    const said = document.createElement("span")
    said.textContent = form.dataset.waiting
    line.append(Object.assign(document.createElement("span"), { textContent: file.name }), " ", said)
    results.append(line)
    waiting.push({ file, line, said })
  }
  if (!busy) next()
}

function next() {
  const one = waiting.shift()
  busy = Boolean(one)
  if (one) send(one)
}

function send({ file, line, said }) {
  const data = new FormData(form)
  data.delete("files")
  data.append("files", file, file.name)
  const bar = document.createElement("progress")
  bar.max = 1
  bar.setAttribute("aria-label", file.name)
  said.replaceChildren(bar)

  const request = new XMLHttpRequest()
  request.open("POST", location.pathname)
  request.setRequestHeader("Accept", "application/json")
  request.responseType = "json"
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) bar.value = event.loaded / event.total
  })
  request.upload.addEventListener("load", () => { said.textContent = form.dataset.checking })
  request.addEventListener("loadend", () => {
    const answer = request.status === 200 ? request.response?.files?.[0] : null
    if (answer?.url) arrived(line, answer)
    else {
      said.className = "missing"
      said.textContent = answer?.error || form.dataset.failed
    }
    next()
  })
  request.send(data)
}

function arrived(line, answer) {
  const link = Object.assign(document.createElement("a"), { href: answer.url, textContent: answer.name })
  const small = Object.assign(document.createElement("img"), { src: answer.thumb, alt: "", width: 48, height: 48 })
  const said = answer.known ? form.dataset.known : form.dataset.done
  line.replaceChildren(small, " ", link, " ", Object.assign(document.createElement("span"), { textContent: said }))
  if (answer.alike?.length) line.append(" ", looksLike(answer.alike))
}

function looksLike(others) {
  const all = Object.assign(document.createElement("span"), { className: "alike" })
  all.append(Object.assign(document.createElement("span"), { className: "missing", textContent: form.dataset.alike }))
  for (const other of others) {
    const link = Object.assign(document.createElement("a"), { href: other.url })
    link.append(Object.assign(document.createElement("img"), { src: other.thumb, alt: "", width: 48, height: 48 }))
    link.append(" ", other.name)
    all.append(" ", link)
  }
  return all
}

chooser.addEventListener("change", () => {
  take(chooser.files)
  chooser.value = ""
})
form.addEventListener("submit", (event) => {
  event.preventDefault() // a chosen file is on its way already
  if (!busy) chooser.click()
})
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length) take(event.clipboardData.files)
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
