"""How a form is drawn: label, hint, control, error, each bound to the other."""

from django import forms
from django.test import SimpleTestCase


class VisitForm(forms.Form):
    name = forms.CharField(label="Name", help_text="As you would greet them.")
    notes = forms.CharField(label="Notes", required=False)
    agreed = forms.BooleanField(label="They agreed", required=False)
    receipt = forms.FileField(label="Receipt", required=False)
    channel = forms.ChoiceField(
        label="Send as", choices=[("sms", "SMS")], widget=forms.RadioSelect, required=False
    )
    token = forms.CharField(widget=forms.HiddenInput, required=False)


class SignInForm(forms.Form):
    login = forms.CharField()
    password = forms.CharField()


def test_control_names_its_hint_and_its_error() -> None:
    html = str(VisitForm({})["name"].as_field_group())
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html


def test_errors_are_summed_up_first_with_links_and_take_the_focus() -> None:
    html = str(VisitForm({}))
    assert html.index("error-summary") < html.index('<div class="field">')
    assert '<a href="#id_name">Name: This field is required.</a>' in html
    assert 'tabindex="-1" autofocus' in html


def test_form_without_errors_has_no_summary() -> None:
    assert "error-summary" not in str(VisitForm())


def test_required_is_said_only_where_something_is_not() -> None:
    assert str(VisitForm()).count('class="field-mark"') == 1
    assert 'class="field-mark"' not in str(SignInForm())


def test_every_kind_of_field_has_its_lay_out() -> None:
    form = VisitForm()
    assert '<label class="check" for="id_agreed"><input' in form["agreed"].as_field_group()
    assert "data-drop" in form["receipt"].as_field_group()
    SimpleTestCase().assertInHTML("<legend>Send as</legend>", form["channel"].as_field_group())


def test_hidden_fields_are_drawn_once_without_label() -> None:
    html = str(VisitForm())
    assert html.count('name="token"') == 1
    assert "id_token_" not in html


def test_what_somebody_typed_is_escaped_in_field_and_summary() -> None:
    form = VisitForm({"name": "x", "channel": "<script>alert(1)</script>"})
    assert "<script>" not in str(form)
