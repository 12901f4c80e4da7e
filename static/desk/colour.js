// Beside the text field of a colour, a picker that says the same; without this script the text field does alone.
for (const field of document.querySelectorAll("input[data-colour]")) {
  const picker = document.createElement("input");
  picker.type = "color";
  picker.className = "colour-picker";
  const label = document.querySelector(`label[for="${field.id}"]`)?.textContent ?? field.name;
  picker.setAttribute("aria-label", label.trim().replace(/:$/, ""));
  const take = () => {
    if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value;
  };
  take();
  field.addEventListener("input", take);
  picker.addEventListener("input", () => {
    field.value = picker.value;
  });
  field.after(picker);
}
