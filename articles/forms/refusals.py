"""How a verb's refusal stands on the form that asked for it."""

from django import forms

from articles.problems import DeskProblem, NotReady


def show(problem: DeskProblem, form: forms.BaseForm, *, otherwise: str | None = None) -> None:
    """Adds what the verb said to the fields it is about; the rest to the field `otherwise`, None: above the form."""
    if isinstance(problem, NotReady):
        for field, complaints in problem.errors.items():
            form.add_error(field if field in form.fields else otherwise, [*complaints])
    else:
        form.add_error(None, str(problem))
