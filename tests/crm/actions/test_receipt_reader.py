"""Files are read in a process of their own, whose end is nobody else's."""

import json
import logging
from pathlib import Path

import pytest

from crm.actions import receipt_reader, receipt_sandbox
from crm.actions.receipt_copies import Copy, LeftOut, Limits, Unreadable, UnreadableError
from rules.receipt_files import FileKind
from tests.uploads import jpeg, pdf, png_claiming, stream

LIMITS = Limits(pixels=1_000_000, pages=3)
SPECIFICATION = b"<< /Type /Filespec /F (a.txt) /EF << /F 10 0 R >> >>"
WITH_ATTACHMENT = pdf(
    catalog=b"/Names << /EmbeddedFiles << /Names [(a.txt) 11 0 R] >> >>",
    more=(stream(b"text"), SPECIFICATION),
)


def read(folder: Path, content: bytes, kind: FileKind, to: str = "copy") -> Copy:
    (folder / "upload").write_bytes(content)
    paths = {"to": folder / to, "thumbnail": folder / "small"}
    return receipt_reader.copy_file(folder / "upload", kind, **paths, limits=LIMITS)


def test_an_image_is_copied_in_another_process(tmp_path: Path) -> None:
    copy = read(tmp_path, jpeg(), FileKind.JPEG)
    assert copy == Copy(kind=FileKind.JPEG, width=48, height=32)
    assert (tmp_path / "copy").stat().st_size > 0
    assert (tmp_path / "small").stat().st_size > 0


def test_a_pdf_is_copied_and_its_pages_are_drawn(tmp_path: Path) -> None:
    copy = read(tmp_path, WITH_ATTACHMENT, FileKind.PDF)
    assert copy == Copy(kind=FileKind.PDF, pages=1, left_out=(LeftOut.ATTACHMENTS,))
    receipt_reader.draw_page(tmp_path / "copy", 1, to=tmp_path / "page")
    assert (tmp_path / "page").read_bytes().startswith(b"RIFF")


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (jpeg()[:300], FileKind.JPEG, Unreadable.DAMAGED),
        (png_claiming(50_000, 50_000), FileKind.PNG, Unreadable.TOO_MANY_PIXELS),
        (pdf(pages=4), FileKind.PDF, Unreadable.TOO_MANY_PAGES),
        (pdf(pages=0), FileKind.PDF, Unreadable.DAMAGED),
    ],
)
def test_the_reason_comes_back(
    tmp_path: Path, content: bytes, kind: FileKind, reason: Unreadable
) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(tmp_path, content, kind)
    assert refused.value.reason is reason


def test_a_process_that_breaks_down_is_a_damaged_file_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(UnreadableError) as refused:
        read(tmp_path, jpeg(), FileKind.JPEG, to="no such folder/copy")
    assert refused.value.reason is Unreadable.DAMAGED
    assert "FileNotFoundError" in caplog.text


def test_a_pdf_made_to_fill_the_memory_ends_its_own_process_only(tmp_path: Path) -> None:
    form = (
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 10 0 R >> >>"
    )
    endless = pdf(
        page=b"/Contents 11 0 R /Resources << /XObject << /X 10 0 R >> >>",
        more=(stream(b"/X Do " * 3, form), stream(b"/X Do")),
    )
    with pytest.raises(UnreadableError) as refused:
        read(tmp_path, endless, FileKind.PDF)
    assert refused.value.reason is Unreadable.TOO_HARD


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receipt_reader, "TIMEOUT_S", 0.001)
    with pytest.raises(UnreadableError) as refused:
        read(tmp_path, jpeg(), FileKind.JPEG)
    assert refused.value.reason is Unreadable.TOO_HARD


def test_the_process_inherits_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "of the installation")
    monkeypatch.setenv("DATABASE_URL", "postgres://user:password@localhost/db")
    assert {"SECRET_KEY", "DATABASE_URL"}.isdisjoint(receipt_reader.environment())


def test_the_process_answers_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The limits would stay with the process that runs the tests.
    monkeypatch.setattr(receipt_sandbox, "LIMITS", ())
    source = tmp_path / "upload"
    source.write_bytes(jpeg())
    folder = [str(tmp_path / name) for name in ("upload", "copy", "small")]
    receipt_sandbox.main("copy", "jpeg", *folder, "1000000", "1")
    assert json.loads(capsys.readouterr().out)["width"] == 48
    receipt_sandbox.main("copy", "jpeg", *folder, "10", "1")
    assert json.loads(capsys.readouterr().out) == {"unreadable": "too_many_pixels"}
    source.write_bytes(pdf())
    receipt_sandbox.main("copy", "pdf", *folder, "10", "1")
    assert json.loads(capsys.readouterr().out)["pages"] == 1
    receipt_sandbox.main("page", "1", folder[1], folder[2])
    assert json.loads(capsys.readouterr().out) == {}
