// What on a reader's page needs a script: copying the link, and posts and videos from elsewhere, which load when they
// are asked for and not before. Without it these buttons stay hidden, and links do.
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
