// What comes from Word, Google Docs, WhatsApp and other people's pages, in the shape that the schema reads. What it does
// not know, it drops; the server cleans once more when saving (articles/profile.py).
import { pm } from "django-prose-editor/editor"

const MOST_LEVELS = 4
const HEADINGS = { h1: "h2", h4: "h3", h5: "h3", h6: "h3" }
const STAMP = /^\[[^\]\n]*\d{1,2}[:.]\d{2}[^\]\n]*\] ([^:\n]{1,60}): /gm

const TAG = /<[a-z](?:"[^"]*"|'[^']*'|[^"'>])*>/gi

// Styles tell bold from plain, but the page's policy blocks them even in a document that nobody sees: they are read as
// data. So are handlers.
const disarm = (html) =>
  html
    .replace(/<!--[\s\S]*?-->|<!\[[\s\S]*?\]>|<(style|script|title)\b[\s\S]*?<\/\1\s*>/gi, "")
    .replace(TAG, (tag) => tag.replace(/(\s)(style|on[a-z]+)(\s*=)/gi, "$1data-$2$3"))

const EFFECTS = [
  ["strong", /(?<!-)font-weight:\s*(?:bold|[6-9]00)/i],
  ["em", /(?<!-)font-style:\s*(?:italic|oblique)/i],
  ["s", /text-decoration(?:-line)?:[^;]*line-through/i],
  ["sup", /vertical-align:\s*super/i],
  ["sub", /vertical-align:\s*sub(?!\w)/i],
]
const PLAIN = /(?<!-)(?:font-weight|font-style):\s*(?:normal|400)/i

const styleOf = (element) => element.dataset.style || ""
const unwrap = (element) => element.replaceWith(...element.childNodes)

const applyStyles = (body) => {
  for (const element of body.querySelectorAll("b, strong, i, em")) if (PLAIN.test(styleOf(element))) unwrap(element)
  for (const element of body.querySelectorAll("span[data-style], a[data-style]")) {
    for (const [name, pattern] of EFFECTS) {
      if (!pattern.test(styleOf(element))) continue
      const effect = body.ownerDocument.createElement(name)
      effect.append(...element.childNodes)
      element.append(effect)
    }
  }
}

const rename = (element, name) => {
  const renamed = element.ownerDocument.createElement(name)
  renamed.append(...element.childNodes)
  element.replaceWith(renamed)
  return renamed
}

const isWordItem = (element) => /mso-list:\s*l\d/i.test(element ? styleOf(element) : "")

// Word writes a list as paragraphs, each with its bullet or number in a span of its own.
const makeLists = (body) => {
  for (const first of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    if (!first.isConnected || !isWordItem(first)) continue
    const open = []
    const home = body.ownerDocument.createElement("div")
    first.before(home)
    for (let item = first, next; isWordItem(item); item = next) {
      next = item.nextElementSibling
      const level = Math.min(Number(/level(\d)/i.exec(styleOf(item))?.[1]) || 1, MOST_LEVELS)
      const marker = [...item.querySelectorAll("span")].find((each) => /mso-list:\s*Ignore/i.test(styleOf(each)))
      const kind = /^\(?\w{1,5}[.)]/.test(marker?.textContent.trim() || "") ? "ol" : "ul"
      marker?.remove()
      open.length = Math.min(open.length, level)
      while (open.length < level) {
        const parent = open.at(-1)?.lastElementChild || home
        open.push(parent.appendChild(body.ownerDocument.createElement(kind)))
        if (open.length < level) open.at(-1).append(body.ownerDocument.createElement("li"))
      }
      open.at(-1).append(rename(item, "li"))
    }
    home.replaceWith(...home.childNodes)
  }
}

// WhatsApp keeps line ends as such, and its emoji are pictures.
const splitMessages = (body) => {
  for (const message of body.querySelectorAll(".selectable-text")) {
    if (message.parentElement?.closest(".selectable-text")) continue
    for (const emoji of message.querySelectorAll("img[alt]")) emoji.replaceWith(emoji.alt)
    const lines = message.innerHTML.split(/\n+|<br>/).filter((line) => line.trim())
    message.replaceWith(
      ...lines.map((line) => Object.assign(body.ownerDocument.createElement("p"), { innerHTML: line })),
    )
  }
}

const unwrapRedirect = (link) => {
  const address = URL.parse?.(link.href)
  const target = address?.hostname.endsWith("google.com") && address.pathname === "/url" && address.searchParams.get("q")
  if (target) link.setAttribute("href", target)
}

export const cleanHTML = (html) => {
  if (html.includes("data-pm-slice")) return html // our own text, cut or copied here
  const { body } = new DOMParser().parseFromString(disarm(html), "text/html")
  const all = (selector) => [...body.querySelectorAll(selector)]
  all("template, del, [data-style*='display:none']").forEach((each) => each.remove())
  // What other pages load in a frame: its address as a line, which becomes a card where we know the place.
  all("iframe[src]").forEach((each) => rename(each, "p").replaceChildren(each.src))
  splitMessages(body)
  makeLists(body)
  for (const [from, to] of Object.entries(HEADINGS)) all(from).forEach((each) => rename(each, to))
  all("p.MsoTitle").forEach((each) => rename(each, "h2"))
  applyStyles(body)
  all(":is(h2, h3) :is(b, strong)").forEach(unwrap)
  all("a[href]").forEach(unwrapRedirect)
  // These programs state a language and a direction for every scrap of text, mostly wrong ones.
  all("[lang]").forEach((each) => each.removeAttribute("lang"))
  all("[dir]:not([dir=rtl])").forEach((each) => each.removeAttribute("dir"))
  all("p, h2, h3, body > br").filter((each) => !each.textContent.trim()).forEach((each) => each.remove())
  return body.innerHTML.replaceAll(/&nbsp;|\u00a0/g, " ")
}

const senders = (text) => new Set([...text.matchAll(STAMP)].map((match) => match[1]))

// Plain text: each line a paragraph. Messages from WhatsApp lose their time stamps, and the sender's name where all are
// by one person; its *bold* and _italic_ become what they mean, unless the text is to be pasted as it is.
export const parseText = (text, $context, plain, view) => {
  const chat = senders(text)
  const lines = (plain ? text : text.replace(STAMP, chat.size > 1 ? "$1: " : "")).split(/(?:\r\n?|\n)+/)
  const page = document.implementation.createHTMLDocument("")
  for (const line of lines.map((each) => each.trim()).filter(Boolean)) {
    const paragraph = page.body.appendChild(page.createElement("p"))
    const parts = plain ? [line] : line.split(/(?<![\p{L}\d])([*_])(?=\S)([^*_\n]+?)(?<=\S)\1(?![\p{L}\d])/gu)
    for (let index = 0; index < parts.length; index += 3) {
      paragraph.append(parts[index])
      if (index + 1 >= parts.length) break
      const marked = page.createElement(parts[index + 1] === "*" ? "strong" : "em")
      marked.append(parts[index + 2])
      paragraph.append(marked)
    }
  }
  return pm.model.DOMParser.fromSchema(view.state.schema).parseSlice(page.body, { preserveWhitespace: true, context: $context })
}
