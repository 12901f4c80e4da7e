// The breaking banner goes when its time is over, on a page that was opened or stored before.
const banner = document.querySelector("[data-until]");
const end = () => {
  const left = Date.parse(banner.dataset.until) - Date.now();
  banner.hidden = left <= 0;
  if (left > 0) setTimeout(end, Math.min(left + 100, 2 ** 31 - 1));
};
end();
addEventListener("pageshow", end);
