// Files dropped or pasted into the text: the library's dialog uploads them, then they stand where they were meant to.
import { pm } from "django-prose-editor/editor"
import { addToGallery } from "desk/editor/gallery"
import { insertPhoto } from "desk/editor/photo"
import { uploadPictures } from "desk/editor/picker"
import { pastedFiles } from "desk/pictures-upload"

const { Plugin, Selection } = pm.state

const put = (pictures) => (props) =>
  addToGallery(pictures)(props) || pictures.every((each) => insertPhoto(each)(props))

// A file that falls beside the text would open in the place of the form, with all that was written.
const guard = (event) => {
  if (event.defaultPrevented || !event.dataTransfer.types.includes("Files") || event.target.type === "file") return
  event.preventDefault()
  event.dataTransfer.dropEffect = "none"
}

export const bindDropped = (_frame, editor) => {
  for (const name of ["dragover", "drop"]) window.addEventListener(name, guard)
  if (!uploadPictures) return

  const take = async (files) => {
    const pictures = await uploadPictures(files)
    if (pictures) editor.chain().focus().command(put(pictures)).run()
    else editor.commands.focus()
  }
  const handlePaste = (_view, event) => {
    const files = pastedFiles(event.clipboardData)
    if (files.length) take(files)
    return files.length > 0
  }
  const handleDrop = (view, event) => {
    const files = view.dragging ? [] : [...event.dataTransfer.files]
    if (!files.length) return false
    const { pos } = view.posAtCoords({ left: event.clientX, top: event.clientY })
    view.dispatch(view.state.tr.setSelection(Selection.near(view.state.doc.resolve(pos))))
    take(files)
    return true
  }
  editor.registerPlugin(new Plugin({ props: { handlePaste, handleDrop } }), (own, others) => [own, ...others])
}
