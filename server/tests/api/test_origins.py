"""Who looks at another site's page does not write here through it."""

import pytest

from server.tests.support.client import Client

NEW = {"name": "/Shared/from-a-page"}


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("path", ["/api/v1/experiments", "/api/2.0/mlflow/experiments/create", "/v1/traces"])
def test_a_page_of_another_site_may_not_write(client: Client, path: str, site: str) -> None:
    answer = client.post(path, json=NEW, headers={"sec-fetch-site": site})

    assert answer.status_code == 403
    assert "another site" in answer.text


def test_what_is_read_is_left_to_the_browsers_own_rules(client: Client) -> None:
    assert client.get("/api/v1/experiments", headers={"sec-fetch-site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {}])
def test_the_servers_own_page_and_programs_may_write(client: Client, headers: dict[str, str]) -> None:
    body = {"name": f"/Shared/own-{len(headers)}-{headers.get('sec-fetch-site')}"}

    assert client.post("/api/v1/experiments", json=body, headers=headers).status_code == 200
