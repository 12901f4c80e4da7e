// What on a reader's page needs a script: times by the reader's own clock, copying the link, and posts and videos from
// elsewhere, which load when they are asked for and not before. Without it times are the newsroom's, these buttons stay
// hidden, and links do.
{
  // A page is the same bytes for everybody, in newsroom time. Where the reader's clock says another hour it takes that
  // place, in the paper's own way of writing it; the newsroom's stays as the title, and on paper, which travels.
  const { here, yours } = document.currentScript.dataset;
  const language = document.documentElement.lang;
  const long = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    day: "numeric", month: "long", year: "numeric", calendar: "gregory", numberingSystem: "latn",
  });
  // A browser that hides where it is says UTC, and nobody lives by that.
  const hides = Intl.DateTimeFormat().resolvedOptions().timeZone === "UTC";
  const swaps = [];

  for (const time of document.querySelectorAll("time[data-clock]")) {
    const moment = new Date(time.dateTime);
    const [day, hour, minute] = new Date(moment - moment.getTimezoneOffset() * 60_000).toISOString().split(/[T:]/);
    const told = /^(.+?)(\D*)\d\d(\D)\d\d$/.exec(time.textContent);
    if (hides || !told || time.dateTime.startsWith(`${day}T${hour}:${minute}`)) continue;
    const date = time.dateTime.startsWith(day) ? told[1] : long.format(moment);
    time.title = `${told[0]} ${here}`;
    swaps.push([time, told[0], date + told[2] + hour + told[3] + minute]);
    const zone = time.parentElement.querySelector("[data-zone]");
    if (zone) swaps.push([zone, here, yours]);
  }

  const show = which => swaps.forEach(swap => (swap[0].textContent = swap[which]));
  show(2);
  addEventListener("beforeprint", () => show(1));
  addEventListener("afterprint", () => show(2));
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.nextElementSibling.textContent = button.dataset.done;
  });
}

const frames = new Map();

for (const button of document.querySelectorAll("button[data-frame]")) {
  const { frame, kind, title } = button.dataset;
  const ask = button.parentElement;
  ask.hidden = false;
  button.addEventListener("click", () => {
    const iframe = document.createElement("iframe");
    iframe.className = kind;
    iframe.title = title;
    iframe.tabIndex = 0;
    iframe.sandbox = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-presentation";
    iframe.allow = "autoplay; fullscreen; picture-in-picture; encrypted-media";
    // Players refuse to play for nobody; they learn the paper's name and not the page's.
    iframe.referrerPolicy = kind === "post" ? "no-referrer" : "strict-origin";
    iframe.src = frame;
    ask.parentElement.before(iframe);
    ask.remove();
    if (kind === "post") {
      frames.set(iframe.contentWindow, iframe);
      iframe.addEventListener("load", () => {
        // Mastodon tells its height when it is asked.
        iframe.contentWindow.postMessage({ type: "setHeight", id: frames.size }, new URL(frame).origin);
      });
    }
    iframe.focus();
  });
}

// Posts say how high they are, each provider in its way; what they say may move their own frame and nothing else.
addEventListener("message", ({ source, origin, data }) => {
  const iframe = frames.get(source);
  if (!iframe || origin !== new URL(iframe.src).origin) return;
  if (typeof data === "string") {
    try {
      data = JSON.parse(data);
    } catch {
      return;
    }
  }
  const height = Number(data?.height);
  if (height > 50) iframe.style.blockSize = `${Math.min(Math.ceil(height), 2000)}px`;
});
