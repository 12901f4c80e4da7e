// The menu of what is put in more rarely. Its entries are commands of the toolbar like the others.

export const bindMenu = (bar) => {
  const opener = bar.querySelector("[aria-haspopup=menu]")
  const menu = bar.querySelector("[role=menu]")
  const entries = [...menu.querySelectorAll("[role=menuitem]")]

  const show = (open) => {
    menu.hidden = !open
    opener.setAttribute("aria-expanded", open)
  }
  const close = () => {
    show(false)
    opener.focus()
  }
  const move = (key) => {
    const at = entries.indexOf(document.activeElement)
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[key]
    if (next === undefined) return false
    entries.at(next % entries.length).focus()
    return true
  }

  opener.addEventListener("mousedown", (event) => event.preventDefault()) // the selection stays where it is
  opener.addEventListener("click", () => {
    show(menu.hidden)
    if (!menu.hidden) entries[0].focus()
  })
  opener.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return
    event.preventDefault()
    show(true)
    entries[0].focus()
  })
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close()
    else if (!move(event.key)) return
    event.preventDefault()
    event.stopPropagation()
  })
  menu.addEventListener("click", () => show(false))
  document.addEventListener("pointerdown", ({ target }) => {
    if (!menu.contains(target) && !opener.contains(target)) show(false)
  })
  menu.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget && !menu.contains(relatedTarget) && relatedTarget !== opener) show(false)
  })
}
