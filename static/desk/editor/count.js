// How long the story is, as the server counts (articles/markup.py), and how long its headlines are. Nothing is refused.

const CJK = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]/gu
const INLINE = "a, strong, em, sub, sup, s, span"
const WORDS_A_MINUTE = 220 // as PublishedArticle.reading_minutes
const PAUSE = 300
const QUIET = 1500 // milliseconds without a key before anything is read out
// What is shown in full elsewhere: schema.org's headline, our cards, messengers' previews.
const LIMITS = { headline: 110, short_headline: 60, social_headline: 70 }

const wordCount = (text) =>
  text.replaceAll(CJK, " 字 ").split(/[\s—–]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word)).length

const letterCount = (text) => [...text.trim().replaceAll(/\s+/gu, " ")].length

// The words of the HTML as it is saved, a line for each block.
const plain = (html) => {
  const { body } = new DOMParser().parseFromString(html, "text/html")
  for (const element of body.querySelectorAll(`:not(${INLINE})`)) {
    element.before("\n")
    element.after("\n")
  }
  return body.textContent
}

const later = (work, wait) => {
  let timer
  return () => {
    clearTimeout(timer)
    timer = setTimeout(work, wait)
  }
}

const written = new Intl.NumberFormat(document.documentElement.lang || "en", { numberingSystem: "latn" })

const countField = (field, limit, { letters: sentence, long }) => {
  const shown = document.createElement("p")
  shown.className = "help field-count"
  shown.id = `${field.id}_count`
  field.after(shown)
  field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") || ""} ${shown.id}`.trim())
  const show = () => {
    const letters = letterCount(field.value)
    const over = letters > limit
    shown.hidden = !letters
    shown.classList.toggle("over", over)
    shown.textContent = sentence.replace("{count}", letters).replace("{limit}", limit) + (over ? ` ${long}` : "")
  }
  field.addEventListener("input", show)
  show()
}

export const bindCount = (frame, editor, say) => {
  const field = frame.querySelector("textarea[data-body-editor]")
  const box = frame.querySelector("[data-counts]")
  const places = Object.fromEntries([...box.querySelectorAll("[data-count]")].map((each) => [each.dataset.count, each]))
  const put = (name, number, shown = true) => {
    places[name].textContent = written.format(number)
    places[name].closest("[data-count-of]").hidden = !shown
  }
  let told = null
  let words = 0

  const show = () => {
    const text = plain(field.value)
    words = wordCount(text)
    put("words", words)
    put("characters", letterCount(text))
    put("minutes", Math.max(1, Math.round(words / WORDS_A_MINUTE)), words > 0)
    const wanted = Number(frame.dataset.commissioned) || 0
    const percent = wanted ? Math.round((words / wanted - 1) * 100) : 0
    put("commissioned", wanted, wanted > 0)
    put("over", percent, percent > 0)
    put("under", -percent, percent < 0)
    box.classList.toggle("over", percent > 0)
  }
  const showSelection = () => {
    const { content } = editor.state.selection.content()
    const selected = wordCount(content.textBetween(0, content.size, "\n", "\n"))
    put("selected", selected, selected > 0)
  }
  // Read out when a further hundred is full or the length that was asked for is passed, and only in a pause.
  const tell = () => {
    const wanted = Number(frame.dataset.commissioned) || 0
    const now = `${Math.floor(words / 100)} ${wanted > 0 && words > wanted}`
    if (told !== null && told !== now) say(wanted > 0 && words > wanted ? "over" : "words", { words: written.format(words) })
    told = now
  }
  const showLater = later(show, PAUSE)
  const tellLater = later(tell, QUIET)
  editor.on("update", () => {
    showLater()
    tellLater()
  })
  editor.on("selectionUpdate", later(showSelection, PAUSE))
  show()
  tell()
  box.hidden = false
  for (const [name, limit] of Object.entries(LIMITS)) {
    const headline = field.form?.elements.namedItem(name)
    if (headline && !headline.readOnly) countField(headline, limit, box.dataset)
  }
}
