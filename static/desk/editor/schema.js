// What a body may hold: the profile that articles/profile.py keeps on the server, word for word. What is not here would
// vanish from a story when it is opened and saved; start.js then refuses to start.
import {
  Bold, BulletList, Document, Dropcursor, Extension, Gapcursor, HardBreak, Heading, History, HorizontalRule, Italic, Link,
  ListItem, Mark, OrderedList, Paragraph, Placeholder, Strike, Subscript, Superscript, Table, TableCell, TableHeader,
  TableRow, Text, wrappingInputRule,
} from "django-prose-editor/editor"
import { Blocks } from "desk/editor/block"
import { embed, PastedAddresses } from "desk/editor/embed"
import { FactBox, FactHeading } from "desk/editor/facts"
import { Gallery } from "desk/editor/gallery"
import { photo } from "desk/editor/photo"
import { Answer, Question, Questions } from "desk/editor/questions"
import { Attribution, Quotation } from "desk/editor/quotation"
import { stories } from "desk/editor/stories"
import { video } from "desk/editor/video"

export const allowedAddress = (address) =>
  /^(https?:\/\/[^\s/?#]|mailto:[^\s@?]+@|tel:[+\d])/i.test(address) || /^\/(?![/\\])/.test(address)

// Tiptap writes an attribute only when it is not null.
const kept = (name) => ({ default: null, parseHTML: (element) => element.getAttribute(name) || null })
const number = (name) => ({ default: 1, parseHTML: (element) => Number(element.getAttribute(name)) || 1 })
const LANGUAGE = { lang: kept("lang"), dir: kept("dir") }

const WordsInLanguage = Mark.create({
  name: "language",
  excludes: "",
  addAttributes: () => LANGUAGE,
  parseHTML: () => [{ tag: "span[lang]" }, { tag: "span[dir]" }],
  renderHTML: ({ HTMLAttributes }) => ["span", HTMLAttributes, 0],
})

const BlocksInLanguage = Extension.create({
  name: "blockLanguage",
  addGlobalAttributes: () => [
    {
      types: [
        "paragraph", "heading", "bulletList", "orderedList", "listItem", "quotation", "attribution", "table", "tableRow",
        "tableCell", "tableHeader", "photoCaption", "videoCaption", "embedCaption", "storiesCaption", "factBox",
        "factHeading", "question", "answer",
      ],
      attributes: LANGUAGE,
    },
  ],
})

// The bundle's ordered list writes a style and attributes of its own.
const Numbered = OrderedList.extend({
  addAttributes: () => ({ start: { ...number("start"), renderHTML: ({ start }) => (start > 1 ? { start } : {}) } }),
  addNodeView: null,
  addInputRules() {
    return [wrappingInputRule({ find: /^1[.)]\s$/, type: this.type })]
  },
})

const span = (name) => ({ ...number(name), renderHTML: (values) => (values[name] > 1 ? { [name]: values[name] } : {}) })
const cell = (extension, more = {}) =>
  extension.extend({
    content: "paragraph+",
    addAttributes: () => ({ colspan: span("colspan"), rowspan: span("rowspan"), ...more }),
  })

const PlainTable = Table.extend({
  addNodeView: null,
  addAttributes: () => ({
    caption: {
      default: "",
      parseHTML: (element) => element.querySelector("caption")?.textContent.trim() || "",
      renderHTML: () => ({}),
    },
  }),
  parseHTML: () => [{ tag: "table" }, { tag: "caption", ignore: true }],
  renderHTML: ({ node, HTMLAttributes }) =>
    node.attrs.caption
      ? ["table", HTMLAttributes, ["caption", { contenteditable: "false" }, node.attrs.caption], ["tbody", 0]]
      : ["table", HTMLAttributes, ["tbody", 0]],
})

// Addresses are linked on purpose, by the button or by pasting one over selected words: a sentence that lacks the space
// after its full stop must not become a link to somewhere.
const Address = Link.extend({
  addAttributes: () => ({ href: { default: null } }),
  addPasteRules: () => [],
  addKeyboardShortcuts: () => ({}),
}).configure({ autolink: false, isAllowedUri: allowedAddress })

// Pictures and their like stand between the blocks of the story, never in one.
const Story = Document.extend({ content: "(block | card)+" })

// `frame` is the editor's own; its data attributes hold the words to show.
export const extensions = (frame) => {
  const words = frame.dataset
  const prompts = {
    attribution: words.attribution, factHeading: words.factHeading, question: words.question,
    photoCaption: words.caption, videoCaption: words.caption, embedCaption: words.caption,
    storiesCaption: words.storiesCaption,
  }
  return [
    Story, Paragraph, Text, HardBreak, History, Dropcursor, Gapcursor,
    Bold, Italic, Strike, Subscript, Superscript, Address, WordsInLanguage, BlocksInLanguage,
    Heading.configure({ levels: [2, 3] }),
    BulletList, Numbered, ListItem.extend({ content: "paragraph (paragraph | bulletList | orderedList)*" }),
    Quotation, Attribution, HorizontalRule,
    PlainTable, TableRow, cell(TableHeader, { scope: kept("scope") }), cell(TableCell),
    ...photo(words), ...video(words), ...embed(words), ...stories(words),
    Gallery, FactBox, FactHeading, Questions, Question, Answer, Blocks, PastedAddresses.configure({ frame }),
    Placeholder.configure({
      includeChildren: true,
      showOnlyCurrent: false,
      placeholder: ({ editor, node: { type } }) =>
        prompts[type.name] || (type.name === "paragraph" && isUnwritten(editor) ? words.placeholder : ""),
    }),
  ]
}

const isUnwritten = ({ isEmpty, state: { doc } }) => isEmpty && doc.childCount === 1 && doc.firstChild.isTextblock

// The text as it is saved: without attributions, captions and headings of boxes left empty, and with a table's heading
// rows in its head.
export const toHTML = (editor) => {
  if (isUnwritten(editor)) return ""
  const { body } = new DOMParser().parseFromString(editor.getHTML(), "text/html")
  for (const unwritten of body.querySelectorAll(":is(footer, figcaption, .facts > h3):empty")) unwritten.remove()
  for (const caption of body.querySelectorAll("caption")) caption.removeAttribute("contenteditable")
  for (const table of body.querySelectorAll("table")) {
    const headings = []
    for (const row of table.rows) {
      if ([...row.cells].some((each) => each.localName !== "th")) break
      headings.push(row)
    }
    if (headings.length && headings.length < table.rows.length) table.createTHead().append(...headings)
  }
  return body.innerHTML
}
