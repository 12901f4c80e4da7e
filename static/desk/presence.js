// Every ten seconds, and on coming back to the page: who else has this story open, and has it been saved since? Whoever
// was signed out, and signed in again in another tab, can go on here: the answer brings what the page's forms need.

const EVERY = 10_000

const form = document.getElementById("article_form")
const address = form.querySelector("[data-keeping]")?.dataset.presence

const about = (...more) => {
  const data = new FormData()
  for (const name of ["form-page", "version"]) data.append(name, form.elements.namedItem(name).value)
  for (const name of more) data.append(name, "1")
  return data
}

const show = ({ here, newer, token }) => {
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token
  const company = document.querySelector("[data-company]")
  if (company.innerText.trim() !== here.join("\n")) {
    company.replaceChildren(...here.map((said) => Object.assign(document.createElement("p"), { textContent: said })))
  }
  const notice = document.querySelector("[data-newer]")
  notice.hidden = !newer
  if (!newer) return
  const said = notice.querySelector("[data-newer-said]")
  if (said.textContent !== newer.said) said.textContent = newer.said
  notice.querySelector("[data-newer-link]").href = newer.url
}

const ping = async () => {
  try {
    const answer = await fetch(address, {
      method: "POST",
      body: about(...("unsaved" in form.dataset ? ["typing"] : [])),
      redirect: "manual",
      signal: AbortSignal.timeout(EVERY),
    })
    if (answer.ok) show(await answer.json())
  } catch {
    // The network is gone; what is typed says so (keeping.js), and the next ping may get through.
  }
}

if (address) {
  document.querySelector("[data-newer-together]").addEventListener("click", () => {
    form.requestSubmit(form.elements.namedItem("_save"))
  })
  ping()
  setInterval(ping, EVERY)
  document.addEventListener("visibilitychange", () => document.hidden || ping())
  addEventListener("pagehide", () => navigator.sendBeacon(address, about("left")))
  addEventListener("pageshow", (event) => { if (event.persisted) ping() })
}
