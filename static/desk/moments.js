// A date and time typed on the newsroom's clock: what other clocks show then, live, and what to do where clocks change.
// The server decides; this only shows it early. Nothing here needs the browser's own time zone.

const MINUTE = 60_000
const DAY = 86_400_000
const formats = new Map()

function formatOf(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-GB", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    }))
  }
  return formats.get(zone)
}

// What clocks of the zone show at that moment, as milliseconds since 1970 if it were UTC.
function wallAt(moment, zone) {
  const parts = Object.fromEntries(formatOf(zone).formatToParts(moment).map((part) => [part.type, Number(part.value)]))
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute)
}

// The moments at which clocks of the zone show `wall`: one, none or two.
function instants(wall, zone) {
  const offsets = [wall - DAY, wall + DAY].map((moment) => wallAt(moment, zone) - moment)
  return [...new Set(offsets.map((offset) => wall - offset))].filter((moment) => wallAt(moment, zone) === wall).sort((a, b) => a - b)
}

function aroundGap(wall, zone) {
  let before = wall
  let after = wall
  while (!instants(before, zone).length) before -= MINUTE
  while (!instants(after, zone).length) after += MINUTE
  return [before, after]
}

const iso = (wall) => new Date(wall).toISOString()
const timeOf = (wall) => iso(wall).slice(11, 16)

function shown(wall, typed) {
  if (iso(wall).slice(0, 10) === iso(typed).slice(0, 10)) return timeOf(wall)
  const language = document.documentElement.lang || "en"
  const day = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    timeZone: "UTC", weekday: "short", day: "numeric", month: "short",
  })
  return `${day.format(wall)}, ${timeOf(wall)}`
}

function tend(box) {
  const zone = box.dataset.moment
  const date = box.querySelector("[data-moment-date]")
  const time = box.querySelector("[data-moment-time]")
  const which = box.querySelector("[data-moment-which]")
  const gap = box.querySelector("[data-moment-gap]")
  const around = [gap.querySelector("[data-moment-before]"), gap.querySelector("[data-moment-after]")]

  function tell() {
    const wall = date.value && time.value ? Date.parse(`${date.value}T${time.value.slice(0, 5)}Z`) : NaN
    const year = Number(date.value.slice(0, 4))
    const found = Number.isNaN(wall) || year < 1990 || year > 2199 ? null : instants(wall, zone)
    which.hidden = found?.length !== 2
    if (which.hidden) for (const choice of which.querySelectorAll("input")) choice.checked = false
    gap.hidden = !found || found.length > 0
    if (!gap.hidden) {
      aroundGap(wall, zone).forEach((each, index) => {
        around[index].textContent = shown(each, wall)
        around[index].dataset.wall = each
      })
    }
    const second = which.querySelector("[value=second]").checked
    const moment = found?.length ? found.at(second ? -1 : 0) : null
    for (const clock of box.querySelectorAll("[data-moment-clock]")) {
      clock.hidden = moment === null
      if (moment !== null) clock.querySelector("[data-moment-shows]").textContent = shown(wallAt(moment, clock.dataset.momentClock), wall)
    }
  }

  box.addEventListener("input", tell)
  box.addEventListener("change", tell)
  for (const button of around) {
    button.addEventListener("click", () => {
      const wall = Number(button.dataset.wall)
      date.value = iso(wall).slice(0, 10)
      time.value = timeOf(wall)
      time.dispatchEvent(new Event("input", { bubbles: true }))
      time.focus()
    })
  }
}

// Each such field names this script, which runs once; a panel of a story's form may be renewed afterwards.
const tended = new WeakSet()
function tendAll() {
  for (const box of document.querySelectorAll("[data-moment]")) {
    if (!tended.has(box)) tend(box)
    tended.add(box)
  }
}
tendAll()
document.addEventListener("panel:renewed", tendAll)
