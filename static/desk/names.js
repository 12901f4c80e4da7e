// Select2 puts fields of its own in front of a select, without a name for screen readers: they get the select's.
// Its cross for "take all away" stands where no list may have one; each choice has its own.
for (const select of document.querySelectorAll("select[multiple].admin-autocomplete")) select.dataset.allowClear = "false";

const nameOf = (select) =>
  document.querySelector(`label[for="${CSS.escape(select.id)}"]`)?.textContent.trim().replace(/:$/, "") ||
  select.getAttribute("aria-label") || "";

function nameAll() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const fields = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox], .select2-search__field");
    for (const field of fields ?? []) {
      field.setAttribute("aria-label", nameOf(select));
      if (field.role === "combobox" && field.querySelector("[role=textbox]")) {
        const value = field.querySelector("[role=textbox]");
        field.id ||= `${value.id}-field`;
        field.setAttribute("aria-labelledby", `${field.id} ${value.id}`);
      }
    }
  }
}

window.addEventListener("load", () => {
  nameAll();
  window.django?.jQuery(document).on("select2:open", (event) => {
    document
      .querySelector(".select2-container--open .select2-search--dropdown .select2-search__field")
      ?.setAttribute("aria-label", nameOf(event.target));
  });
});
document.addEventListener("formset:added", () => setTimeout(nameAll));
