"""How much of an upload is taken in at all."""

from typing import override

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler


class CappedUploadHandler(FileUploadHandler):
    """Reads a file that is too large to its end and keeps no more than shows that it is.

    A connection cut off in the middle would show a person nothing but an error of the browser.
    """

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return raw_data if start <= settings.RECEIPT_MAX_BYTES else None

    @override
    def file_complete(self, file_size: int) -> None:
        return None
