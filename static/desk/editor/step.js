// A change that is undone by itself, whatever was typed just before it or just after.
import { pm } from "django-prose-editor/editor"

const { closeHistory } = pm.history

export const endStep = (view) => view.dispatch(closeHistory(view.state.tr))

export const dispatchStep = (view, tr) => {
  view.dispatch(closeHistory(tr))
  endStep(view)
}
