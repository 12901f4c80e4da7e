// Stories of the paper to read next: their numbers, and a heading where the usual one does not fit.
import { blockHere, element, figure, insertBlock, recall, remember } from "desk/editor/block"

const look = (numbers, words) => {
  const list = element("ul")
  for (const number of numbers.split(" ")) {
    const story = recall("stories", number)
    const item = list.appendChild(element("li"))
    if (story) {
      item.append(
        element("span", story.headline, { lang: story.language, dir: story.direction }),
        element("small", [story.section, story.published].filter(Boolean).join(" · ")),
      )
    } else {
      item.append(`№ ${number}`, element("small", words.unpublished))
    }
  }
  return [element("small", words.stories), list]
}

const valid = /^[1-9]\d{0,17}( [1-9]\d{0,17}){0,7}$/

export const stories = (words) => figure({ name: "stories", data: "stories", valid, look, words })

// Those in the block where the cursor is; [] where there is none.
export const storiesHere = (editor) => {
  const here = blockHere(editor.state.selection, "stories")
  return here ? here.node.attrs.stories.split(" ").map((id) => recall("stories", id) || { id }) : []
}

// In the block where the cursor is, or in a new one.
export const putStories = (chosen) => (props) => {
  const { tr, state } = props
  const here = blockHere(tr.selection, "stories")
  const numbers = chosen.map((each) => each.id).join(" ")
  remember("stories", chosen.filter((each) => each.headline))
  if (here) {
    tr.setNodeMarkup(here.pos, null, { ...here.node.attrs, stories: numbers })
    return true
  }
  const { stories, storiesCaption } = state.schema.nodes
  return insertBlock(stories.create({ stories: numbers }, storiesCaption.create()))(props)
}
