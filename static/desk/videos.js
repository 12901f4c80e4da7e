// One video's page: the moment that stands for it is taken from the player, and a video that is made ready shows up.

const player = document.querySelector(".video-work video")
const button = document.querySelector(".video-moment")
const second = document.getElementById("id_poster_at")
const form = document.getElementById("video_form")
const waiting = document.querySelector("[data-state=waiting]")
let touched = false

form?.addEventListener("input", () => { touched = true })

if (player && button && second) {
  button.hidden = false
  button.addEventListener("click", () => {
    second.value = player.currentTime.toFixed(1)
    touched = true
    const said = button.parentElement.querySelector("[data-taken]")
    said.textContent = said.dataset.taken
  })
}

async function ask() {
  const answer = await fetch(waiting.dataset.address).catch(() => null)
  const state = answer?.ok ? (await answer.json()).state : "waiting"
  if (state === "waiting") setTimeout(ask, 2000)
  else if (touched) waiting.textContent = waiting.dataset.changed
  else location.reload()
}

if (waiting) setTimeout(ask, 1500)
