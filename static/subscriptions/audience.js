// A list that the worker is at: its page looks again every two seconds until there is something to decide.
const watched = () => document.querySelector("[data-watched]");
const look = async () => {
  const answer = await fetch(location.href).catch(() => null);
  const page = answer?.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page && page.querySelector("[data-watched]");
  if (fresh && fresh.innerHTML !== watched().innerHTML) watched().replaceWith(fresh);
  if ("waiting" in watched().dataset) setTimeout(look, 2_000);
};
if ("waiting" in watched().dataset) setTimeout(look, 2_000);
