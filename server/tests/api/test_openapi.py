"""The UI is typed by the API that it meets."""

from server.tests.support.openapi import OPENAPI, openapi_text


def test_the_ui_has_the_types_of_the_api_as_it_is() -> None:
    written = OPENAPI.read_text(encoding="utf-8")

    assert written == openapi_text(), "ui/openapi.json is not what the server says now: run 'make openapi'"
