// Counts each channel's text in that channel's own measure while it is typed, as subscriptions/channels/measuring.py
// does, shows how it will read, and copies what is posted by hand.

const LINK = "{link}"
const SHORT = "x".repeat(23)
const LIGHT = [[0, 4351], [8192, 8205], [8208, 8223], [8242, 8247]]
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F?\u20E3/u
const ADDRESS = /https?:\/\/\S*[^\s.,;:!?'"()[\]{}<>«»“”‘’…]/gu
const DOMAIN = /https?:\/\/[!-~À-ɏЀ-ӿ]*[A-Za-z0-9À-ɏЀ-ӿ/=_#&+~%$@-]|(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?:\/(?:[!-~À-ɏЀ-ӿ]*[A-Za-z0-9À-ɏЀ-ӿ/=_#&+~%$@-])?)?/gu
const MENTION = /(?<![\p{L}\p{N}_/])(@[\p{L}\p{N}_]+)@[\p{L}\p{N}_.-]+[\p{L}\p{N}_]/gu

const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" })
const clusters = (text) => [...segmenter.segment(text)].map((each) => each.segment)
const heaviness = (character) => LIGHT.some(([first, last]) => first <= character.codePointAt(0) && character.codePointAt(0) <= last) ? 1 : 2
const weight = (text) => clusters(text).reduce((sum, cluster) => sum + (EMOJI.test(cluster) ? 2 : [...cluster].reduce((all, each) => all + heaviness(each), 0)), 0)

const weighted = (given) => {
  const text = given.normalize("NFC")
  let [total, end] = [0, 0]
  for (const match of text.matchAll(DOMAIN)) {
    total += weight(text.slice(end, match.index))
    total += match[0].includes("://") ? SHORT.length : Math.max(SHORT.length, weight(match[0]))
    end = match.index + match[0].length
  }
  return total + weight(text.slice(end))
}

const MEASURES = {
  utf16: (text) => text.length,
  characters: (text) => [...text].length,
  graphemes: (text) => clusters(text).length,
  weighted,
  mastodon: (text) => clusters(text.replace(ADDRESS, SHORT).replace(MENTION, "$1")).length,
}

const show = (area) => {
  const { measure, limit, link, linkShort } = area.dataset
  const known = link.startsWith("http")
  const address = known || linkShort !== "true" ? link : "https://x.example"
  const used = MEASURES[measure](area.value.trim().replaceAll(LINK, address))
  const count = document.querySelector(`output[for="${CSS.escape(area.id)}"]`)
  if (count) {
    count.querySelector("span").textContent = used
    count.classList.toggle("over", used > Number(limit))
  }
  const preview = area.closest("fieldset")?.querySelector("[data-preview]")
  if (preview) preview.textContent = area.value.trim().replaceAll(LINK, known ? link : "https://…")
}

const begin = () => {
  for (const area of document.querySelectorAll("textarea[data-measure]")) show(area)
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = !navigator.clipboard
}

document.addEventListener("input", (event) => {
  if (event.target.matches("textarea[data-measure]")) show(event.target)
})
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]")
  if (!button) return
  const area = document.getElementById(button.dataset.copy)
  try {
    await navigator.clipboard.writeText(area.value)
    button.textContent = button.dataset.copied
  } catch {
    area.select()
  }
})
document.addEventListener("panel:renewed", begin)
begin()
