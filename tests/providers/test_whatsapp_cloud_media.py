import asyncio
from collections.abc import Iterator

import pytest

from providers.callbacks import InboundMedia, Media
from providers.errors import LookupFailedError
from providers.whatsapp_cloud import WhatsAppCloud
from providers.whatsapp_cloud_media import MEDIA_HOSTS
from tests.stand_ins.base import serving
from tests.stand_ins.whatsapp_cloud import WhatsAppCloudStandIn

PHOTO = InboundMedia(reference="700001", content_type="image/jpeg", file_name="photo.jpg")


@pytest.fixture
def meta() -> Iterator[WhatsAppCloudStandIn]:
    with serving(WhatsAppCloudStandIn()) as stand_in:
        stand_in.media["700001"] = ("image/jpeg", "photo.jpg", b"\xff\xd8\xffphoto")
        yield stand_in


def fetched(
    meta: WhatsAppCloudStandIn, media: InboundMedia = PHOTO, *, at_most: int = 1000
) -> Media:
    async def once() -> Media:
        async with WhatsAppCloud(meta.settings) as provider:
            return await provider.fetch(media, at_most=at_most)

    return asyncio.run(once())


def test_a_file_is_fetched_with_the_account_s_token(meta: WhatsAppCloudStandIn) -> None:
    assert fetched(meta) == Media(
        content=b"\xff\xd8\xffphoto", content_type="image/jpeg", file_name="photo.jpg"
    )
    assert [request.path for request in meta.requests] == [
        "/v25.0/700001",
        "/media-store/700001",
    ]


def test_the_token_is_given_to_no_other_server(meta: WhatsAppCloudStandIn) -> None:
    with serving(WhatsAppCloudStandIn()) as other:
        for address in (
            f"{other.url}/media-store/700001",
            f"http://lookaside.fbsbx.com@127.0.0.1:{other.url.rpartition(':')[2]}/x",
            "http://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",  # not encrypted
            "https://lookaside.fbsbx.com:8443/x",
            "https://lookaside.fbsbx.com.evil.example/x",
            "https://evil.example/?lookaside.fbsbx.com",
            "file:///etc/passwd",
            "//127.0.0.1/x",
            "",
        ):
            meta.media_urls = {"700001": address}
            with pytest.raises(LookupFailedError, match="not its own"):
                fetched(meta)
        assert other.requests == []
    assert {request.path for request in meta.requests} == {"/v25.0/700001"}


def test_only_meta_s_own_stores_may_have_the_token() -> None:
    assert {"lookaside.fbsbx.com", "lookaside.facebook.com"} == MEDIA_HOSTS


@pytest.mark.parametrize("at_most", [3, 7])
def test_a_file_that_is_too_large_is_left_there(meta: WhatsAppCloudStandIn, at_most: int) -> None:
    with pytest.raises(LookupFailedError, match="too large"):
        fetched(meta, at_most=at_most)
    assert [request.path for request in meta.requests] == ["/v25.0/700001"]


@pytest.mark.parametrize("reference", ["", "../me", "1?fields=x", "a/b", "é", "1" * 500])
def test_what_is_no_id_is_not_asked_for(meta: WhatsAppCloudStandIn, reference: str) -> None:
    with pytest.raises(LookupFailedError):
        fetched(meta, InboundMedia(reference=reference))
    assert meta.requests == []


def test_a_file_that_is_gone_says_so(meta: WhatsAppCloudStandIn) -> None:
    with pytest.raises(LookupFailedError, match="does not exist"):
        fetched(meta, InboundMedia(reference="42"))


def test_a_file_that_was_changed_on_its_way_is_not_kept(meta: WhatsAppCloudStandIn) -> None:
    meta.media["700002"] = ("image/jpeg", "photo.jpg", b"another")
    meta.media_urls = {"700001": f"{meta.url}/media-store/700002"}
    with pytest.raises(LookupFailedError, match="not what was sent"):
        fetched(meta)


def test_a_server_that_does_not_answer_is_told(meta: WhatsAppCloudStandIn) -> None:
    with serving(WhatsAppCloudStandIn()) as gone:
        pass
    with pytest.raises(LookupFailedError):
        fetched(gone)
