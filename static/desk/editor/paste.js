// What comes from Word, Google Docs, WhatsApp and other people's pages, in the shape that the schema reads. The rest
// (bold and italic told by styles, unknown elements) the schema sees to; the server cleans once more when saving.
import { pm } from "django-prose-editor/editor"

const MOST_LEVELS = 4
const HEADINGS = { h1: "h2", h4: "h3", h5: "h3", h6: "h3" }
const STAMP = /^\[[^\]\n]*\d{1,2}[:.]\d{2}[^\]\n]*\] ([^:\n]{1,60}): /gm

const rename = (element, name) => {
  const renamed = element.ownerDocument.createElement(name)
  renamed.append(...element.childNodes)
  element.replaceWith(renamed)
  return renamed
}

const isWordItem = (element) => /mso-list:\s*l\d/i.test(element?.getAttribute("style") || "")

// Word writes a list as paragraphs, each with its bullet or number in a span of its own.
const makeLists = (body) => {
  for (const first of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    if (!first.isConnected || !isWordItem(first)) continue
    const open = []
    const home = body.ownerDocument.createElement("div")
    first.before(home)
    for (let item = first, next; isWordItem(item); item = next) {
      next = item.nextElementSibling
      const level = Math.min(Number(/level(\d)/i.exec(item.getAttribute("style"))?.[1]) || 1, MOST_LEVELS)
      const marker = [...item.querySelectorAll("span")].find((each) => /mso-list:\s*Ignore/i.test(each.getAttribute("style")))
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
  const source = html.replace(/<!--[\s\S]*?-->|<!\[[\s\S]*?\]>/g, "")
  const { body } = new DOMParser().parseFromString(source, "text/html")
  for (const each of body.querySelectorAll("script, style, title, template, [style*='display:none'], del")) each.remove()
  splitMessages(body)
  makeLists(body)
  for (const [from, to] of Object.entries(HEADINGS)) for (const each of body.querySelectorAll(from)) rename(each, to)
  for (const each of body.querySelectorAll("p.MsoTitle")) rename(each, "h2")
  for (const each of body.querySelectorAll(":is(h2, h3) :is(b, strong)")) each.replaceWith(...each.childNodes)
  for (const each of body.querySelectorAll("a[href]")) unwrapRedirect(each)
  for (const each of body.querySelectorAll("p, h2, h3, body > br")) if (!each.textContent.trim()) each.remove()
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
