// A picture of the library in the text: its number, and a caption of its own where the library's does not fit here.
import { element, figure, insertBlock, recall, remember } from "desk/editor/block"

export const NUMBER = /^[1-9]\d{0,17}$/

// As the library tells of a picture or a video: what is to be seen, and the words that go with it.
export const lookOf = (thing) => {
  const words = [thing.caption, thing.credit].filter(Boolean).join(" · ")
  const image = thing.thumb && element("img", "", { src: thing.thumb, alt: thing.alt, draggable: false })
  return [image || thing.alt, words && element("small", words, { dir: "auto" })].filter(Boolean)
}

const look = (number) => {
  const picture = recall("pictures", number)
  return picture ? lookOf(picture) : [`№ ${number}`]
}

export const photo = (words) => figure({ name: "photo", data: "image", valid: NUMBER, look, words })

export const photoOf = (schema, picture) => {
  remember("pictures", [picture])
  return schema.nodes.photo.create({ image: String(picture.id) }, schema.nodes.photoCaption.create())
}

export const insertPhoto = (picture) => (props) => insertBlock(photoOf(props.state.schema, picture))(props)
