// What is typed is kept: on the server when typing pauses and every 20 seconds, in this browser while that fails.
// What was kept in this browser, and reached no server, is offered back.

const PAUSE = 3_000
const EVERY = 20_000
const PATIENCE = 15_000
const OWN = new Set(["csrfmiddlewaretoken", "form-page", "form-count", "form-took", "body_nodes"]) // not typed by anybody

const fieldsOf = (data) => [...data].filter(([name, value]) => name !== "csrfmiddlewaretoken" && typeof value === "string")

const post = (address, fields) => {
  const body = new FormData()
  for (const [name, value] of fields) body.append(name, value)
  // Whoever is signed out is sent elsewhere: that is an answer, not a way to go.
  return fetch(address, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) })
}

// What the server says: [whether it has kept the text, words].
const answerOf = async (request, words) => {
  try {
    const answer = await request
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return [answer.ok, (await answer.json()).said]
    return [false, answer.type === "opaqueredirect" || answer.status === 403 ? words.signedOut : words.away]
  } catch {
    return [false, words.away]
  }
}

const keep = (form, about) => {
  const words = about.dataset
  const line = document.querySelector("[data-kept]")
  const count = form.elements.namedItem("form-count")
  const key = `desk-kept:${words.copies}:${words.page}`
  const typed = () => fieldsOf(new FormData(form))
  const state = () => JSON.stringify(typed().filter(([name]) => !OWN.has(name)))
  let kept = state()
  let touched = "restored" in words
  let leaving = false
  let busy = false
  let timer

  const tell = (text, isHere = false) => {
    if (line.textContent !== text) line.textContent = text
    line.classList.toggle("in-browser", isHere)
  }

  const copy = () => {
    try {
      const fields = typed()
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), page: words.page, count: Number(count.value), fields }))
      return words.here
    } catch {
      return words.nowhere
    }
  }

  const send = async () => {
    clearTimeout(timer)
    const now = state()
    if (!touched || busy || leaving || now === kept) return
    busy = true
    count.value = Number(count.value) + 1
    const [isKept, said] = await answerOf(post(words.address, typed()), words)
    busy = false
    if (leaving) return
    if (isKept) {
      kept = now
      localStorage.removeItem(key)
      tell(said)
    } else {
      tell(`${words.notKept.replace("%s", () => said)} ${copy()}`, true)
    }
  }

  const touch = () => {
    // The form's lists tell of a change while they are set up, too.
    touched ||= state() !== kept
    if (!touched) return
    form.dataset.unsaved = ""
    document.querySelector("[data-once-typed]")?.classList.add("default")
    clearTimeout(timer)
    timer = setTimeout(send, PAUSE)
  }

  form.addEventListener("input", touch)
  form.addEventListener("change", touch)
  // What is written beside it, for a verb of the bar.
  for (const field of form.elements) {
    if (!form.contains(field) && field.matches("textarea, [type=text]")) field.addEventListener("input", touch)
  }
  window.django?.jQuery(form).on("change", touch) // its lists tell nobody else
  setInterval(send, EVERY)
  addEventListener("online", send)

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return
    leaving = true
    count.value = Number(count.value) + 1
    // Should nobody answer, the text is here; what has been saved is forgotten by the page that comes next.
    if (touched) copy()
  })
  addEventListener("pageshow", () => { leaving = false })
}

const offer = (form, about) => {
  const { copies, page, address, restore } = about.dataset
  const row = document.querySelector("[data-offered]")
  const took = form.elements.namedItem("form-took").value
  const start = `desk-kept:${copies}:`
  for (const key of Object.keys(localStorage).filter((each) => each.startsWith(start))) {
    const copy = JSON.parse(localStorage.getItem(key))
    if (copy.page === page || copy.page === took) continue
    const isSameForm = row?.dataset.page === copy.page
    if (isSameForm && copy.count <= Number(row.dataset.count)) {
      localStorage.removeItem(key)
      continue
    }
    if (isSameForm) row.hidden = true // this one went on for longer
    const place = document.querySelector("[data-copy-notice]")
    place.before(place.content.cloneNode(true))
    const notice = place.previousElementSibling
    const part = (name) => notice.querySelector(`[data-copy-${name}]`)
    const forget = () => {
      localStorage.removeItem(key)
      notice.remove()
    }
    part("time").textContent = new Date(copy.at).toLocaleString(document.documentElement.lang)
    part("forget").addEventListener("click", forget)
    part("restore").addEventListener("click", async () => {
      const [isKept, said] = await answerOf(post(address, copy.fields), about.dataset)
      if (!isKept) {
        part("said").textContent = said
        return
      }
      forget()
      location.assign(restore)
    })
  }
}

const form = document.getElementById("article_form")
const about = form.querySelector("[data-keeping]")
if (about) {
  offer(form, about)
  keep(form, about)
}
