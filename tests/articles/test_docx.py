"""A story in a Word document: what comes through, and what is refused."""

import io
import zipfile
from pathlib import Path

import pytest

from articles.importing import docx
from articles.importing.plain_text import read
from articles.importing.problems import TextEmpty, TextTooLong, TextUnreadable

BRIDGE = (Path(__file__).parent.parent / "data" / "bridge.txt").read_text(encoding="utf-8")
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def paragraph(text: str, *, style: str = "", run: str = "", props: str = "") -> str:
    styled = f'<w:pPr><w:pStyle w:val="{style}"/>{props}</w:pPr>' if style or props else ""
    return f'<w:p>{styled}<w:r><w:rPr>{run}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def word_file(*paragraphs: str, **parts: str) -> bytes:
    document = f'<w:document xmlns:w="{WORD}" xmlns:r="{RELATED}"><w:body>{"".join(paragraphs)}</w:body></w:document>'
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("word/document.xml", document)
        for name, content in parts.items():
            file.writestr("word/_rels/document.xml.rels" if name == "rels" else f"word/{name}.xml", content)
    return archive.getvalue()


def test_a_word_document_is_the_same_story_as_its_plain_text():
    lines = BRIDGE.replace("&", "&amp;").splitlines()
    parsed, original = read(word_file(*map(paragraph, lines))), read(BRIDGE.encode())
    assert (parsed.section, parsed.headline, parsed.body) == (original.section, original.headline, original.body)
    assert (parsed.boilerplate, parsed.digest) == (original.boilerplate, original.digest)


def test_a_word_document_keeps_its_markup():
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="t" Type="{RELATED}/hyperlink" Target="https://t.me/harbourlights" TargetMode="External"/>'
        f'<Relationship Id="j" Type="{RELATED}/hyperlink" Target="javascript:alert(1)" TargetMode="External"/>'
        "</Relationships>"
    )
    numbering = (
        f'<w:numbering xmlns:w="{WORD}"><w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0">'
        '<w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )
    item = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    parsed = read(
        word_file(
            paragraph("Bridge opens", style="Heading1"),
            "<w:p/>",
            "<w:p><w:r><w:t>It </w:t></w:r>"
            "<w:r><w:rPr><w:b/></w:rPr><w:t>is</w:t><w:br/><w:t>R&amp;D</w:t></w:r></w:p>",
            paragraph("Who came", style="Heading2"),
            paragraph("Ferrymen", props=item),
            paragraph("Children", run="<w:i/>", props=item),
            '<w:p><w:hyperlink r:id="j"><w:r><w:t>Click</w:t></w:r></w:hyperlink></w:p>',
            "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>2,000</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
            '<w:p><w:r><w:t>Follow us on </w:t></w:r><w:hyperlink r:id="t"><w:r><w:t>Telegram</w:t></w:r>'
            "</w:hyperlink></w:p>",
            rels=rels,
            numbering=numbering,
        ),
        filename="bridge.docx",
    )
    assert (parsed.section, parsed.headline) == ("", "Bridge opens")
    assert parsed.body == (
        "<p>It <strong>is</strong></p>\n<p><strong>R&amp;D</strong></p>\n<h2>Who came</h2>\n"
        "<ul><li>Ferrymen</li><li><em>Children</em></li></ul>\n<p>Click</p>\n<p>2,000</p>"
    )
    assert parsed.boilerplate.links == {"telegram": "https://t.me/harbourlights"}
    assert any("table" in warning for warning in parsed.warnings)


def test_the_pictures_and_the_notes_of_a_word_document():
    drawing = (
        '<w:p><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing">'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:blipFill>'
        '<a:blip r:embed="p"/></pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )
    parsed = read(
        word_file(
            *map(paragraph, ["News", "Port Vela opens new bridge", "Cars followed."]),
            drawing,
            '<w:p><w:r><w:t>It is open.</w:t><w:footnoteReference w:id="1"/></w:r></w:p>',
            rels='<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="p" Type="{RELATED}/image" Target="media/bridge.png"/></Relationships>',
            footnotes=f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="1">{paragraph("The town says.")}</w:footnote>'
            "</w:footnotes>",
        )
    )
    assert parsed.body == "<p>Cars followed.</p>\n<p>It is open.<sup>[1]</sup></p>\n<ol><li>The town says.</li></ol>"
    assert parsed.warnings == ("The pictures in the document were left out. Add them to the picture library.",)


@pytest.mark.parametrize("paragraphs", ["<w:p>", "<w:sdt>" * 5000 + "</w:sdt>" * 5000])
def test_a_damaged_document(paragraphs: str):
    with pytest.raises(TextUnreadable, match="save it again"):
        read(word_file(paragraphs))


def test_an_empty_document():
    with pytest.raises(TextEmpty, match="Write the story"):
        read(word_file("<w:p/>"))


@pytest.mark.parametrize(("limit", "value"), [("MAX_UNPACKED", 50_000), ("MAX_PARTS", 50_000), ("MAX_TAGS", 10)])
def test_limits(monkeypatch: pytest.MonkeyPatch, limit: str, value: int):
    big = word_file(paragraph("a" * 100_000), paragraph("b"))
    monkeypatch.setattr(docx, limit, value)
    with pytest.raises(TextTooLong, match="far larger"):
        read(big)


def test_a_zip_that_lies_about_its_size_is_refused():
    honest = word_file(paragraph("a" * 1_000_000))
    size = zipfile.ZipFile(io.BytesIO(honest)).infolist()[0].file_size
    lying = honest.replace(size.to_bytes(4, "little"), (500).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(TextUnreadable, match="damaged"):
        read(lying)
