// Where readers choose their time zone: says what time it is there, and offers the device's own zone.
for (const box of document.querySelectorAll(".zone")) {
  const select = box.querySelector("select"), now = box.querySelector(".now"), offer = box.querySelector(".offer");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const isKnown = [...select.options].some(option => option.value === own);
  const city = zone => zone.split("/").pop().replaceAll("_", " ");

  const look = () => {
    const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: select.value });
    now.textContent = box.dataset.said.replace("{city}", city(select.value)).replace("{time}", clock.format(new Date()));
    offer.hidden = !isKnown || select.value === own;
  };

  if (isKnown && "fresh" in box.dataset) select.value = own;
  offer.querySelector("span").textContent = box.dataset.offered.replace("{city}", city(own));
  offer.querySelector("button").addEventListener("click", () => {
    select.value = own;
    look();
    select.focus();
  });
  select.addEventListener("change", look);
  look();
}
