// A video of the library in the text: its number, and a caption of its own.
import { element, figure, insertBlock, recall, remember } from "desk/editor/block"
import { lookOf, NUMBER } from "desk/editor/photo"

const length = (seconds) => {
  const whole = Math.round(seconds)
  return `▶ ${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`
}

const look = (number, words) => {
  const video = recall("videos", number)
  const kind = element("small", words.video)
  if (!video) return [kind, `№ ${number}`]
  if (video.seconds) kind.append(" ", element("bdi", length(video.seconds)))
  return [kind, ...lookOf(video)]
}

export const video = (words) => figure({ name: "video", data: "video", valid: NUMBER, look, words })

export const insertVideo = (chosen) => (props) => {
  remember("videos", [chosen])
  const { video, videoCaption } = props.state.schema.nodes
  return insertBlock(video.create({ video: String(chosen.id) }, videoCaption.create()))(props)
}
