// The links to the front page try on what is chosen in both lists, not only their own card.
const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`)?.value;

function follow() {
  for (const link of document.querySelectorAll(".look-try")) {
    const own = link.parentElement.querySelector("input");
    const other = own.name === "palette" ? "faces" : "palette";
    const address = new URL(link.href);
    address.searchParams.set(own.name, own.value);
    address.searchParams.set(other, chosen(other) ?? "");
    link.href = address;
  }
}

document.addEventListener("change", follow);
follow();
