"""What every store promises about the keys that servers sign with."""

from concurrent.futures import ThreadPoolExecutor

from trilha_server.ports import Store

from server.tests.storage.conftest import Opener


class SigningKeysSuite:
    """A key is made once."""

    def test_the_first_key_of_a_name_stays(self, store: Store) -> None:
        first = store.keys.signing_key("tokens", b"\x00first\xff")

        assert first == b"\x00first\xff"
        assert store.keys.signing_key("tokens", b"second") == first

    def test_every_name_has_a_key_of_its_own(self, store: Store) -> None:
        assert store.keys.signing_key("tokens", b"one") == b"one"
        assert store.keys.signing_key("addresses", b"two") == b"two"

    def test_a_key_outlives_the_server(self, opener: Opener) -> None:
        opener.open().keys.signing_key("tokens", b"first")
        opener.close()

        assert opener.open().keys.signing_key("tokens", b"second") == b"first"

    def test_all_who_ask_at_once_read_the_same(self, store: Store) -> None:
        with ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(store.keys.signing_key, "tokens", bytes([number])) for number in range(16)]
            found = {future.result() for future in asked}

        assert len(found) == 1
