"""How every form of the product is drawn: FORM_RENDERER in the settings."""

from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.utils.functional import cached_property


class PageField(BoundField):
    """A field that knows which part of the page's design draws it."""

    @cached_property
    def is_marked_required(self) -> bool:
        """Only where a form has both kinds: on a sign-in page the word would be noise."""
        visible = [field for field in self.form.fields.values() if not field.widget.is_hidden]
        return self.field.required and not all(field.required for field in visible)

    @property
    def control(self) -> str:
        """`check`, `file` or `plain`: the three lay-outs of templates/crm/forms/field.html."""
        kind = getattr(self.field.widget, "input_type", "")
        if kind == "checkbox" and not self.use_fieldset:
            return "check"
        return "file" if kind == "file" else "plain"


class FormRenderer(TemplatesSetting):
    form_template_name = "crm/forms/form.html"
    field_template_name = "crm/forms/field.html"
    bound_field_class = PageField
