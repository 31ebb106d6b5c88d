"""What captured callbacks of Meta's have to be read as, where their files do not say it."""

from collections.abc import Mapping

from providers.callbacks import Keyword
from providers.templates import TemplateState


def _wrote(
    kind: str, text: str = "", *, answers: str = "", file: str = "", keyword: object = None
) -> list[object]:
    return [(kind, text, answers, file, keyword)]


_OFFICIAL = "official_webhook_"
#: What has no expectation of its own in its file, with ours.
EVENTS: Mapping[str, list[object]] = {
    f"{_OFFICIAL}button_message": _wrote(
        "button",
        "Unsubscribe",
        answers="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJFNjk2OTMwNEZCQjhGMzUyQUYA",
    ),
    f"{_OFFICIAL}group_create_message": [],
    f"{_OFFICIAL}image_message": _wrote("image", "Taj Mahal", file="1003383421387256"),
    f"{_OFFICIAL}interactive_button_reply_message": _wrote(
        "button", "Cancel", answers="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI3MEM2RUJFNkI0RENGQTVDRjUA"
    ),
    f"{_OFFICIAL}interactive_list_reply_message": _wrote(
        "button",
        "Priority Mail Express",
        answers="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBJGMzEyNzhENTZDMzNGODlDRDgA",
    ),
    f"{_OFFICIAL}location_message": _wrote(
        "location",
        "Philz Coffee\n101 Forest Ave, Palo Alto, CA 94301\n37.442215, -122.161659",
    ),
    f"{_OFFICIAL}reaction_message": _wrote(
        "reaction", "👍", answers="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGBI0RTJEOTc2ODVERUY5RDlGNkYA"
    ),
    f"{_OFFICIAL}text_message": _wrote("text", "Does it come in another color?"),
    f"{_OFFICIAL}text_message_from_click_to_whatsapp_ad": _wrote(
        "text", "Hello! Can I get more info on this?"
    ),
    f"{_OFFICIAL}text_message_with_context_product_inquiry": _wrote(
        "text",
        "Is this still available?",
        answers="wamid.HBgLMTY1MDM4Nzk0MzkVAgARGA9wcm9kdWN0X2lucXVpcnkA",
    ),
    "webhook_account_update_account_deleted": [("ACCOUNT_DELETED", True)],
    "webhook_account_update_account_offboarded": [("ACCOUNT_OFFBOARDED", True)],
    "webhook_account_update_account_reconnected": [("ACCOUNT_RECONNECTED", False)],
    "webhook_account_update_account_restriction": [("ACCOUNT_RESTRICTION", True)],
    "webhook_account_update_ad_account_linked": [],
    "webhook_account_update_authentication_international_eligibility": [],
    "webhook_account_update_mm_api_for_wa_terms_of_service": [],
    "webhook_account_update_partner_app_installed": [],
    "webhook_callback_button_button": _wrote("button", "title", answers="wamid.xyzxyz"),
    "webhook_callback_button_quick_reply_without_context": _wrote("button", "title"),
    "webhook_edited_message_image": _wrote(
        "image", "Updated image caption", answers="M0", file="1234567890"
    ),
    "webhook_message_chosen_location": _wrote(
        "location",
        "Facebook HQ\n1 Hacker Way, Menlo Park, CA 94025\n37.461198, -122.216438",
    ),
    "webhook_message_current_location": _wrote("location", "12.250890, 43.905390"),
    "webhook_message_document": _wrote("document", "caption", file="1234567890987654321"),
    "webhook_message_forwarded": _wrote("text", "forwarded text"),
    "webhook_message_forwarded_many_times": _wrote("text", "text forwarded many times"),
    "webhook_message_image": _wrote("image", file="65463453"),
    "webhook_message_interactive_message_with_err": _wrote("button", answers="wamid.gvwegfretge=="),
    "webhook_message_media_with_url": _wrote("image", file="65463453"),
    "webhook_message_order": _wrote(
        "other", "3 × HAMBURGER · 30 ILS\n2 × FRENCH_FRIES · 35 ILS\n2 × SODA · 10 ILS"
    ),
    "webhook_message_referral": _wrote("text", "BODY"),
    "webhook_message_reply": _wrote("text", "replied text", answers="wamid.xyzxyz=="),
    "webhook_message_text": _wrote("text", "Body Text"),
    "webhook_message_unreaction_empty": _wrote("reaction", answers="wamid.yzxyzx="),
    "webhook_message_unreaction_no_emoji": _wrote("reaction", answers="wamid.yzxyzx="),
    "webhook_message_unsupported_with_type": _wrote("other"),
    "webhook_message_video": _wrote("video", "caption", file="765756756"),
    "webhook_message_voice": _wrote("audio", file="1234567890987654321"),
    "webhook_outgoing_message_edit": [],
    "webhook_system_identity_change": [],
    "webhook_system_phone_number_change": [("number", "+972987654321", "+972912345678")],
    "webhook_template_quality_update_yellow": [("welcome_template", "en_US", None)],
    "webhook_template_status_update_rejected": [("abandoned_cart", "en", TemplateState.REJECTED)],
    "webhook_user_marketing_preferences_resume": _wrote(
        "preference", "User requested to resume marketing messages", keyword=Keyword.OPT_IN
    ),
}
