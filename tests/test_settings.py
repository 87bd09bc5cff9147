"""Settings: what an operator types wrong is named; what is secret is never shown."""

from pathlib import Path

import pytest

from gateway import settings
from gateway.errors import ConfigurationError


def test_the_defaults_listen_on_loopback_only() -> None:
    chosen = settings.read()
    assert (chosen.host, chosen.port, chosen.loopback) == ("127.0.0.1", 8080, True)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "gateway.example"])
def test_another_address_without_tokens_is_refused(host: str) -> None:
    with pytest.raises(ConfigurationError, match="GATEWAY_TOKENS"):
        settings.read(host=host)


def test_another_address_with_tokens_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKENS", "first, second,")
    chosen = settings.read(host="0.0.0.0")
    assert [token.get_secret_value() for token in chosen.tokens] == ["first", "second"]


def test_trusted_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.read().trusted_proxies == ()
    monkeypatch.setenv("GATEWAY_TRUSTED_PROXIES", "192.0.2.1, 10.0.0.0/8,2001:db8::/32,")
    assert list(map(str, settings.read().trusted_proxies)) == ["192.0.2.1/32", "10.0.0.0/8", "2001:db8::/32"]


@pytest.mark.parametrize("given", ["*", "proxy.example", "10.0.0.0/33", "10.0.0.0.1"])
def test_a_proxy_that_is_no_address_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("GATEWAY_TRUSTED_PROXIES", given)
    with pytest.raises(ConfigurationError, match="GATEWAY_TRUSTED_PROXIES"):
        settings.read()


@pytest.mark.parametrize("given", ["app.example", "https://app.example/", "https://app.example/x", "null", "https://*"])
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", f"https://good.example:8443,{given}")
    with pytest.raises(ConfigurationError, match="GATEWAY_CORS_ORIGINS"):
        settings.read()


def test_any_origin_is_for_those_with_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_CORS_ORIGINS", "https://a.example, *")
    with pytest.raises(ConfigurationError, match="GATEWAY_CORS_ORIGINS"):
        settings.read()
    monkeypatch.setenv("GATEWAY_TOKENS", "secret")
    assert settings.read().cors_origins == ("https://a.example", "*")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_every_loopback_address_is_loopback(host: str) -> None:
    assert settings.read(host=host).loopback


def test_an_option_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "9000")
    assert settings.read().port == 9000
    assert settings.read(port=9001).port == 9001


def test_a_wrong_value_is_named_but_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "hunter2")
    with pytest.raises(ConfigurationError, match="GATEWAY_PORT") as caught:
        settings.read()
    assert "hunter2" not in caught.value.text


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_TOKENS", "hunter2")
    monkeypatch.setenv("GATEWAY_MONGO_URI", "mongodb://user:hunter3@localhost")
    shown = repr(settings.read()) + str(settings.read())
    assert "hunter" not in shown


def test_partners_are_in_the_file_that_is_named_or_else_in_the_data_folder() -> None:
    assert settings.read(data_dir=Path("/srv/data")).partners_file == Path("/srv/data/partners.yaml")
    named = settings.read(data_dir=Path("/srv/data"), partners=Path("/etc/partners.yaml"))
    assert named.partners_file == Path("/etc/partners.yaml")
