// Select2 puts fields of its own in front of a select, without a name for screen readers: they get the select's.
const $ = window.django?.jQuery;

const nameOf = (select) =>
  document.querySelector(`label[for="${CSS.escape(select.id)}"]`)?.textContent.trim().replace(/:$/, "") ||
  select.getAttribute("aria-label") || "";

function nameAll() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    const fields = select.nextElementSibling?.querySelectorAll("[role=combobox], [role=textbox], .select2-search__field");
    for (const field of fields ?? []) {
      field.setAttribute("aria-label", nameOf(select));
      const value = field.querySelector("[role=textbox]");
      if (value) {
        field.id ||= `${value.id}-field`;
        field.setAttribute("aria-labelledby", `${field.id} ${value.id}`);
      }
    }
  }
}

function nameOpened(event) {
  for (const box of document.querySelectorAll("[role=combobox][aria-owns]")) {
    box.setAttribute("aria-controls", box.getAttribute("aria-owns"));
  }
  const search = document.querySelector(".select2-container--open .select2-search--dropdown .select2-search__field");
  search?.setAttribute("aria-label", nameOf(event.target));
}

if ($) {
  // The cross for "take all away" stands where no list may have one; each choice has its own.
  for (const select of document.querySelectorAll("select[multiple].admin-autocomplete")) select.dataset.allowClear = "false";
  $(nameAll); // after Select2, which was asked earlier
  $(document).on("select2:open", nameOpened);
  document.addEventListener("formset:added", () => setTimeout(nameAll));
}
