// New pictures in the dialog that chooses: they go to the library, what must be known of them is asked, then they are
// chosen.
import { takesFiles, uploader } from "desk/pictures-upload"

// Calls `give(pictures)` at the end. Returns what begins with files, and what says whether one picture is wanted or any
// number; null where nobody may upload.
export const bindUpload = (dialog, give) => {
  const form = dialog.querySelector("[data-upload]")
  if (!form) return null
  const lines = dialog.querySelector("[data-upload-lines]")
  const use = dialog.querySelector("[data-use]")
  const failed = dialog.querySelector("[data-failed]")
  const pictures = new Map() // of those that have arrived, by line
  let isOne = false
  let isWritten = false

  const show = () => {
    dialog.classList.toggle("is-uploading", lines.childElementCount > 0)
    use.hidden = !lines.childElementCount
    use.disabled = !pictures.size || sender.isBusy()
    form.hidden = isOne && Boolean(pictures.size || sender.isBusy())
  }

  const sender = uploader({
    form,
    results: lines,
    changed: show,
    arrived: (line, answer) => {
      pictures.set(line, answer.picture)
      line.insertAdjacentHTML("beforeend", answer.form)
      if (!lines.contains(document.activeElement)) line.querySelector("form")?.elements[0].focus()
    },
  })
  const take = (files) => {
    if (!files.length) return
    failed.hidden = true
    sender.take(isOne ? [files[0]] : files)
  }

  // Whether what was written of the picture is in the library.
  const save = async (line) => {
    const fields = line.querySelector("form")
    if (!fields) return true
    const token = form.elements.csrfmiddlewaretoken.value
    const headers = { Accept: "application/json", "X-CSRFToken": token }
    try {
      const response = await fetch(fields.action, { method: "POST", body: new FormData(fields), headers })
      const { picture, form: again } = await response.json()
      if (picture) pictures.set(line, picture)
      else fields.outerHTML = again
      return Boolean(picture)
    } catch {
      failed.hidden = false
      return false
    }
  }

  const finish = async () => {
    if (use.disabled) return
    use.disabled = true
    failed.hidden = true
    const arrived = [...lines.children].filter((line) => pictures.has(line))
    let isSaved = true
    for (const line of arrived) isSaved = (await save(line)) && isSaved
    if (!dialog.open) return
    if (!isSaved) {
      show()
      lines.querySelector("[aria-invalid=true]")?.focus()
      return
    }
    const chosen = new Map(arrived.map((line) => [pictures.get(line).id, pictures.get(line)]))
    clear()
    give([...chosen.values()])
  }

  const clear = () => {
    lines.replaceChildren()
    pictures.clear()
    sender.stop()
    isWritten = false
    show()
  }

  takesFiles(dialog, form, take)
  use.addEventListener("click", finish)
  lines.addEventListener("input", () => { isWritten = true })
  lines.addEventListener("submit", (event) => {
    event.preventDefault()
    finish()
  })
  dialog.addEventListener("cancel", (event) => {
    if (isWritten) event.preventDefault() // Escape by mistake; the button cancels
  })
  dialog.addEventListener("close", clear)

  return {
    take,
    wants: ({ one }) => {
      isOne = one
      form.querySelector("[type=file]").multiple = !one
      show()
    },
  }
}
