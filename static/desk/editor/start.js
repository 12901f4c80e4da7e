// Turns each text area marked data-body-editor into the editor, but only when every module has come and nothing of the
// text would be lost: an editor that does not know a block drops it silently, and saving would delete it.

const textOf = (html) => new DOMParser().parseFromString(html, "text/html").body

// Marks by the letters that they cover: the editor writes <em>see <a>this</a></em> as more than one <em>.
const MARKS = "a, em, s, span, strong, sub, sup"

const tally = (body) => {
  const tags = {}
  const letters = (element) => element.textContent.replaceAll(/\s+/g, "")
  for (const each of body.querySelectorAll(":not(p, br, tbody, thead)")) {
    const { localName } = each
    tags[localName] = (tags[localName] || 0) + (each.matches(MARKS) ? letters(each).length : 1)
  }
  const named = [...body.querySelectorAll("figure")].map((each) => ({ ...each.dataset }))
  const blocks = [...body.children].filter((each) => each.localName !== "p").map((each) => [each.localName, letters(each)])
  return JSON.stringify([Object.entries(tags).filter(([, count]) => count).sort(), named, blocks, letters(body)])
}

const start = (field, { Editor }, { extensions, toHTML }, { remember }, { cleanHTML, parseText }, { bindToolbar }, { bindComforts }) => {
  const frame = field.closest("[data-body-frame]")
  const label = document.querySelector(`label[for="${field.id}"]`)
  const mount = frame.querySelector("[data-body-mount]")
  for (const [kind, facts] of Object.entries(JSON.parse(frame.dataset.known))) remember(kind, facts)
  const editor = new Editor({
    element: mount,
    injectCSS: false, // its rules are in editor.css: the policy of the page forbids injected styles
    enableInputRules: ["bulletList", "orderedList"],
    enablePasteRules: false, // stars and underscores are no Markdown here
    extensions: extensions(frame),
    content: field.value,
    editorProps: {
      attributes: {
        role: "textbox",
        "aria-multiline": "true",
        "aria-label": label?.textContent.trim().replace(/:$/, "") || field.name,
        ...(field.getAttribute("aria-describedby") && { "aria-describedby": field.getAttribute("aria-describedby") }),
        ...(field.getAttribute("aria-invalid") && { "aria-invalid": "true" }),
      },
      transformPastedHTML: cleanHTML,
      clipboardTextParser: parseText,
    },
  })
  if (tally(textOf(field.value)) !== tally(textOf(toHTML(editor)))) {
    editor.destroy()
    throw new Error("The editor does not know everything in this text.")
  }
  editor.on("update", () => {
    field.value = toHTML(editor)
    field.dispatchEvent(new Event("input", { bubbles: true }))
  })
  label?.addEventListener("click", () => editor.commands.focus())
  bindToolbar(frame, editor)
  bindComforts(frame, editor)
  // The server compares: what the editor did not know cannot have been taken out on purpose.
  frame.querySelector("[data-body-nodes]").value = Object.keys(editor.schema.nodes).join(" ")
  field.hidden = true
  mount.hidden = false
}

const refuse = (field) => {
  field.readOnly = true
  field.hidden = false
  field.closest("[data-body-frame]").querySelector("[data-body-refused]").hidden = false
}

const fields = [...document.querySelectorAll("textarea[data-body-editor]")]
try {
  const modules = await Promise.all([
    import("django-prose-editor/editor"),
    import("desk/editor/schema"),
    import("desk/editor/block"),
    import("desk/editor/paste"),
    import("desk/editor/toolbar"),
    import("desk/editor/comfort"),
  ])
  for (const field of fields) start(field, ...modules)
} catch (error) {
  fields.forEach(refuse)
  throw error
}
