"""The picker's field."""

from datetime import UTC, datetime

from bootstrap_datepicker_plus.widgets import DateTimePickerInput
from django import forms

from crm.forms.widgets import Preset, ScheduleInput

NOW = datetime(2026, 11, 22, 9, 4)


class WhenForm(forms.Form):
    when = forms.DateTimeField(widget=ScheduleInput(now=NOW))


def test_picker_is_a_plain_local_field_to_the_minute() -> None:
    html = ScheduleInput(now=NOW).render("when", NOW, {"id": "id_when"})
    assert '<input type="datetime-local" name="when" value="2026-11-22T09:04" id="id_when"' in html
    assert 'data-now="2026-11-22T09:04"' in html


def test_picker_takes_what_browsers_send() -> None:
    form = WhenForm({"when": "2026-11-24T09:30"})
    assert form.is_valid()
    assert form.cleaned_data["when"] == datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    assert 'value="2026-11-24T09:30"' in str(form)


def test_presets_are_wall_times_or_minutes() -> None:
    presets = [Preset(label="In 1 hour", minutes=60), Preset(label="Soon", wall=NOW)]
    html = ScheduleInput(now=NOW, presets=presets).render("when", None, {"id": "id_when"})
    assert 'data-picker-set="" data-minutes="60">In 1 hour</button>' in html
    assert 'data-picker-set="2026-11-22T09:04" data-minutes="">Soon</button>' in html


def test_picker_is_the_documents_widget_and_loads_only_our_files() -> None:
    assert issubclass(ScheduleInput, DateTimePickerInput)
    media = str(WhenForm().media)
    assert "//" not in media.replace("http://testserver", "")
    for name in ("picker-dates.js", "picker-grid.js", "datepicker-widget.js"):
        assert f"crm/js/{name}" in media
    assert "crm/css/datepicker-widget.css" in media
