// What the server could not keep lies in this browser, a copy for each opened form: "desk-kept:<person>:<story>:<form>".
// Here, on every page of the desk, copies go whose text has been saved, and on signing out all of that person's.

const PREFIX = "desk-kept:"

const keys = (start) => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX + start))

const saved = document.cookie.match(/(?:^|; )desk_saved=([0-9a-f.]+)/)?.[1]
if (saved) {
  const forms = saved.split(".")
  for (const key of keys("")) if (forms.includes(key.split(":").at(-1))) localStorage.removeItem(key)
}

const signOut = document.getElementById("logout-form")
signOut?.addEventListener("submit", (event) => {
  const mine = keys(`${signOut.dataset.person}:`)
  if (mine.length && !confirm(signOut.dataset.throwsAway)) event.preventDefault()
  else mine.forEach((key) => localStorage.removeItem(key))
})
