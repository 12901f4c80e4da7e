// Many pictures at once, chosen, dropped or pasted: each is sent by itself, and says how far it is and what became of it.

// `form` has the address, the field of files and the words; each file gets a line in `results`. `arrived(line, answer)`
// hears of each that is in the library, `changed()` whenever one begins or ends.
export const uploader = ({ form, results, arrived = () => {}, changed = () => {} }) => {
  const field = form.querySelector("[type=file]")
  const waiting = []
  let request = null

  const next = () => {
    request = null
    const one = waiting.shift()
    if (one) send(one)
    changed()
  }

  const send = ({ file, line, said }) => {
    const data = new FormData(form)
    data.delete("files")
    data.append("files", file, file.name)
    const bar = document.createElement("progress")
    bar.max = 1
    bar.setAttribute("aria-label", file.name)
    said.className = ""
    said.replaceChildren(bar)

    request = new XMLHttpRequest()
    request.open("POST", form.action)
    request.setRequestHeader("Accept", "application/json")
    request.responseType = "json"
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total
    })
    request.upload.addEventListener("load", () => { said.textContent = form.dataset.saidChecking })
    request.addEventListener("loadend", ({ target }) => {
      const answer = target.status === 200 ? target.response?.files?.[0] : null
      if (answer?.url) arrive(line, said, answer)
      else {
        said.className = "missing"
        said.textContent = answer?.error || form.dataset.saidFailed
        if (!answer) line.append(" ", again({ file, line, said }))
      }
      next()
    })
    request.send(data)
  }

  const again = (one) => {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: form.dataset.saidAgain })
    button.className = "button quiet-button"
    button.addEventListener("click", () => {
      button.remove()
      enqueue(one)
    })
    return button
  }

  const arrive = (line, said, answer) => {
    const link = Object.assign(document.createElement("a"), { href: answer.url, textContent: answer.name })
    link.target = form.dataset.target || ""
    said.textContent = answer.known ? form.dataset.saidKnown : form.dataset.saidDone
    line.firstChild.replaceWith(thumb(answer), " ", link)
    if (answer.alike?.length) line.append(" ", looksLike(answer.alike))
    arrived(line, answer)
  }

  const looksLike = (others) => {
    const all = Object.assign(document.createElement("span"), { className: "alike" })
    all.append(Object.assign(document.createElement("span"), { className: "missing", textContent: form.dataset.saidAlike }))
    for (const other of others) {
      const link = Object.assign(document.createElement("a"), { href: other.url, target: form.dataset.target || "" })
      link.append(thumb(other), " ", other.name)
      all.append(" ", link)
    }
    return all
  }

  const enqueue = (one) => {
    one.said.className = ""
    one.said.textContent = form.dataset.saidWaiting
    waiting.push(one)
    if (request) changed()
    else next()
  }

  const take = (files) => {
    for (const file of files) {
      const line = document.createElement("li")
      const said = document.createElement("span")
      said.setAttribute("role", "status")
      line.append(Object.assign(document.createElement("bdi"), { textContent: file.name }), " ", said)
      results.append(line)
      enqueue({ file, line, said })
    }
  }

  field.addEventListener("change", () => {
    take(field.files)
    field.value = ""
  })
  form.addEventListener("submit", (event) => {
    event.preventDefault() // a chosen file is on its way already
    if (!request) field.click()
  })
  return {
    take,
    isBusy: () => Boolean(request),
    // What has not arrived yet is not sent any more.
    stop: () => {
      waiting.length = 0
      request?.abort()
    },
  }
}

const thumb = ({ thumb: src }) => Object.assign(document.createElement("img"), { src, alt: "", width: 48, height: 48 })

const NO_WORDS = /<!--[\s\S]*?-->|<(style|script|title)\b[\s\S]*?<\/\1\s*>|<[^>]*>|&nbsp;/gi

// What is pasted, when it is files and no words: office programs send a picture of the words along with them. Parsed,
// their HTML would have styles that the page's policy complains of.
export const pastedFiles = (data) => {
  const words = data.getData("text/plain") || data.getData("text/html").replace(NO_WORDS, "")
  return words.trim() ? [] : [...data.files]
}

// Files that are dropped on `zone`, or pasted into it.
export const takesFiles = (zone, form, take) => {
  zone.addEventListener("paste", (event) => {
    const files = pastedFiles(event.clipboardData)
    if (files.length) take(files)
  })
  zone.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return
    event.preventDefault()
    form.classList.add("over")
  })
  zone.addEventListener("dragleave", () => form.classList.remove("over"))
  zone.addEventListener("drop", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return
    event.preventDefault()
    form.classList.remove("over")
    take(event.dataTransfer.files)
  })
}

const form = document.getElementById("picture-upload") // the page that uploads and does nothing else
if (form) takesFiles(document, form, uploader({ form, results: document.getElementById("picture-results") }).take)
