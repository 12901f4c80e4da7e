// The receipt of a publication looks again while something is waiting: soon at first, later every quarter of a minute.

const said = document.querySelector("[data-receipt]")
const list = document.querySelector("ul.receipt")
const MOST = 15_000
let wait = 2_000
let shown = ""

const say = (words) => { if (said.textContent !== words) said.textContent = words }

const show = (html) => {
  if (html === shown) return
  const held = list.contains(document.activeElement) && document.activeElement
  const name = held && (held.getAttribute("formaction") ? "formaction" : "href")
  const value = held && held.getAttribute(name)
  list.innerHTML = shown = html
  if (held) list.querySelector(`[${name}="${CSS.escape(value)}"]`)?.focus()
}

const look = async () => {
  try {
    const answer = await fetch(said.dataset.receipt, { headers: { Accept: "application/json" } })
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status))
    const { waiting, html } = await answer.json()
    show(html)
    say(waiting ? said.dataset.waiting : said.dataset.done)
    if (!waiting) return
  } catch {
    say(said.dataset.away)
  }
  wait = Math.min(wait * 1.5, MOST)
  setTimeout(look, wait)
}

setTimeout(look, wait)
